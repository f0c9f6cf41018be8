// The HTML report in the making: one string, and the only ways in which text gets into it. Internal to report/.
#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "report/view.hpp"

namespace assay::report {

class Page {
 public:
  Page(const record::Run& run, const record::Redactor& redactor) : run_(run), redactor_(redactor) {}

  const record::Run& run() const { return run_; }
  const record::Redactor& redactor() const { return redactor_; }

  // Markup of ours, as it is.
  Page& operator<<(std::string_view markup) {
    out_ += markup;
    return *this;
  }
  // Text of any origin as content or attribute value: redacted, control characters visible, markup escaped.
  std::string text(std::string_view raw, std::size_t limit = 1000) const;
  // The same as content only, with equal secrets in equal colours.
  std::string marked(std::string_view raw, std::size_t limit = 1000) const;
  // A redacted message of many lines, for <pre>.
  std::string message(std::string_view raw, std::size_t limit) const;
  // An anchor made of an id of ours; and the reference to it.
  std::string anchor(std::string_view id) const;
  std::string reference(std::string_view id) const { return "#" + anchor(id); }

  // True for the first mention of an exchange: only that carries its anchor and content.
  bool first_time(int exchange) { return written_.insert(exchange).second; }

  std::string take() { return std::move(out_); }

 private:
  const record::Run& run_;
  const record::Redactor& redactor_;
  std::string out_;
  std::set<int> written_;
};

std::string_view verdict_class(record::Verdict verdict);  // pass, fail, warn, note, open (unproven) or none
std::string badge(record::Verdict verdict);               // glyph and word
std::string badge(record::Verdict verdict, std::string_view words);
// "RFC 6749 section 4.1.2", or other words, linked if the clause has a URL.
std::string clause_link(const Page& page, const record::Check& check, std::string_view said = {});

// The sections, in their order. Each writes nothing if it has nothing to say.
void html_head(Page& page);
void html_fix_first(Page& page);
void html_load(Page& page);
void html_coverage(Page& page);
void html_rules(Page& page);
void html_left_over(Page& page);
void html_setting(Page& page);
void html_data(Page& page);

void html_exchanges(Page& page, const std::vector<int>& ids);  // folded, each with its request and response
std::string load_chart(const record::Load& load);              // inline SVG; "" with fewer than two seconds

std::string percentile_chart(const record::Load& load);  // the same: times by percentile; "" with few flows

}  // namespace assay::report

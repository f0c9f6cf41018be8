// The HTML report in the making: the page, what its sections share, and the sections. Internal to report/.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "report/html_text.hpp"
#include "report/view.hpp"
#include "report/wire.hpp"

namespace assay::report {

class Page {
 public:
  Page(const record::Run& run, const record::Redactor& redactor) : run_(run), redactor_(redactor) {}

  const record::Run& run() const { return run_; }
  const record::Redactor& redactor() const { return redactor_; }

  Page& operator<<(Markup markup) {
    out_ += markup.view();
    return *this;
  }
  Page& operator<<(const Html& html) {
    out_ += html.str();
    return *this;
  }
  template <SafeOnPage... A>
  Page& put(fmt::format_string<const A&...> format, const A&... arguments) {
    return *this << markup<A...>(format, arguments...);
  }

  // Text of any origin as content or attribute value: redacted, control characters visible, markup escaped.
  Html text(std::string_view raw, std::size_t limit = 1000) const;
  // The same as content only, with equal secrets in equal colours.
  Html marked(std::string_view raw, std::size_t limit = 1000) const;
  // A line of a message that is redacted already.
  Html line(std::string_view redacted) const;
  // An anchor made of an id of ours; a reference to it is "#" and the same.
  Html anchor(std::string_view id) const;

  // True for the first mention of an exchange: only that carries its anchor and content.
  bool first_time(int exchange) { return written_.insert(exchange).second; }
  // The address of a rule or of one case of it; cases of a rule that holds are told together.
  Html place_of(const record::Rule& rule) const;
  // Where a clause stands in the coverage table: "k" and this number.
  std::size_t clause_number(const std::string& clause) {
    return clauses_.emplace(clause, clauses_.size()).first->second;
  }
  // Whether so many bytes of messages still fit; takes them if they do. What fails has more room than what holds.
  bool take_room(std::size_t bytes, bool for_failure);

  std::string take() { return std::move(out_); }

 private:
  const record::Run& run_;
  const record::Redactor& redactor_;
  std::string out_;
  std::set<int> written_;
  std::map<std::string, std::size_t> clauses_;
  std::size_t messages_ = 0;
};

Markup verdict_class(record::Verdict verdict);  // pass, fail, warn, note, open (unproven), waived or none
Html badge(record::Verdict verdict);            // glyph and word
Html badge(record::Verdict verdict, std::string_view words);
// "RFC 6749 section 4.1.2", or other words, linked if the clause has a URL.
Html clause_link(const Page& page, const record::Check& check, std::string_view said = {});
// "3 passed, 1 failed" in the order in which counts are told.
Html told_counts(const std::map<record::Verdict, std::size_t>& counts);
std::string took_words(std::chrono::nanoseconds took);

inline constexpr std::size_t kExchangesOfARule = 24;  // a race has hundreds
Html race_line(const Page& page, const record::Race& race);
bool holds(record::Verdict verdict);  // pass or note
// What is inside the fold of a rule all of whose cases hold. Its checks and cases have no addresses of their own.
void html_held(Page& page, const RuleGroup& group);

// The sections, in their order. Each writes nothing if it has nothing to say.
void html_top(Page& page);
void html_head(Page& page);
void html_fix_first(Page& page);
void html_load(Page& page);
void html_rules(Page& page);
void html_left_over(Page& page);
void html_changes(Page& page);  // since the baseline; waivers
void html_coverage(Page& page);
void html_setting(Page& page);
void html_data(Page& page);

// What the exchanges of a rule say together: a sequence diagram, and the same as a list, each with its request and response
// where they fit. `shown` are those whose content matters, `checks` mark what they accuse.
struct Story {
  std::vector<int> exchanges{};
  std::vector<int> shown{};
  const std::vector<record::Check>* checks = nullptr;
  bool failure =
      false;  // of something that has to be mended: more room, and what changed since the last alike exchange
};
void html_exchanges(Page& page, const Story& story);
Html sequence_diagram(const Page& page, const std::vector<Wire>& wires, const std::vector<record::Check>& checks);
bool is_accused(const std::vector<record::Check>& checks, int exchange);

// Inline SVG; empty where there is too little to draw.
Html rate_chart(const record::Load& load);        // arrivals and completions per second
Html time_chart(const record::Load& load);        // p50, p90, p99 over time, and our own lateness
Html percentile_chart(const record::Load& load);  // times by percentile, from the plan and from the start
std::size_t charted_seconds(const record::Load& load);
void html_load_tables(Page& page, const record::Load& load);  // times, limit, objectives, invariants, errors
void seconds_table(Page& page, const record::Load& load, bool times);
void percentile_table(Page& page, const record::Load& load);

}  // namespace assay::report

// The HTML report as a whole, and the one door through which text enters it. The sections are in html_*.cpp, the style sheet
// in reports/html/report.css.
#include "report/html.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/embedded.hpp"
#include "report/reports.hpp"
#include "report/xml.hpp"

namespace assay::report {
namespace {

// The first secret of each usual kind has a colour of its own; neighbours in number never share one.
unsigned colour_of(std::string_view kind) {
  static constexpr std::string_view kinds[] = {"access",   "code",   "refresh",       "verifier",
                                               "password", "cookie", "client-secret", "csrf"};
  unsigned sum = 0;
  for (unsigned i = 0; i < std::size(kinds); ++i)
    if (kinds[i] == kind) return i;
  for (const char c : kind) sum = sum * 31 + static_cast<unsigned char>(c);
  return sum % 8;
}

// "‹access#2 43 chars›" in the colour of access#2; labels of unknown values have no number and no colour.
std::string with_chips(std::string_view escaped) {
  constexpr std::string_view open = "‹", close = "›";
  std::string out;
  for (;;) {
    const auto begin = escaped.find(open);
    const auto end = begin == std::string_view::npos ? begin : escaped.find(close, begin);
    if (end == std::string_view::npos) break;
    if (end - begin > 80) {
      out += escaped.substr(0, begin + open.size());
      escaped.remove_prefix(begin + open.size());
      continue;
    }
    const auto label = escaped.substr(begin, end + close.size() - begin);
    std::string colour;
    if (const auto sign = label.find('#'); sign != std::string_view::npos) {
      unsigned number = 0;
      std::from_chars(label.data() + sign + 1, label.data() + label.size(), number);
      colour = fmt::format(" s{}", (colour_of(label.substr(open.size(), sign - open.size())) + 3 * (number + 7)) % 8);
    }
    out += escaped.substr(0, begin);
    out += fmt::format("<span class=\"secret{}\">{}</span>", colour, label);
    escaped.remove_prefix(end + close.size());
  }
  out += escaped;
  return out;
}

std::string_view style_sheet() {
  for (const auto& file : base::embedded_files())
    if (file.path == "reports/html/report.css") return file.content;
  return {};
}

}  // namespace

std::string Page::text(std::string_view raw, std::size_t limit) const {
  return xml_escaped(shown(redactor_, raw, limit));
}

std::string Page::marked(std::string_view raw, std::size_t limit) const { return with_chips(text(raw, limit)); }

std::string Page::message(std::string_view raw, std::size_t limit) const {
  const auto shown = shown_lines(redactor_, raw, limit);
  std::string out;
  for (const auto& line : shown.lines) out += with_chips(xml_escaped(line)) + "\n";
  if (shown.cut) out += fmt::format("… cut after {} bytes; run.json has more\n", grouped(limit));
  return out;
}

std::string Page::anchor(std::string_view id) const {
  auto out = text(id, 200);
  for (char& c : out)
    if (c == ' ') c = '-';
  return out;
}

std::string_view verdict_class(record::Verdict verdict) {
  using enum record::Verdict;
  switch (verdict) {
    case pass: return "pass";
    case fail: return "fail";
    case warn: return "warn";
    case note: return "note";
    default: return unproven(verdict) ? "open" : "none";
  }
}

std::string badge(record::Verdict verdict, std::string_view words) {
  using enum record::Verdict;
  std::string_view glyph = "·";
  if (verdict == pass) glyph = "✓";
  else if (verdict == fail) glyph = "✗";
  else if (verdict == warn) glyph = "!";
  else if (verdict == note) glyph = "i";
  else if (verdict == inconclusive) glyph = "?";
  else if (unproven(verdict)) glyph = "■";
  return fmt::format("<span class=\"v {}\"><span aria-hidden=\"true\">{}</span> {}</span>", verdict_class(verdict),
                     glyph, words);
}

std::string badge(record::Verdict verdict) { return badge(verdict, word(verdict)); }

std::string clause_link(const Page& page, const record::Check& check, std::string_view said) {
  const auto words = page.text(!said.empty() ? said : check.reference.empty() ? check.clause : check.reference);
  if (!check.url.starts_with("https://")) return words;
  return fmt::format("<a href=\"{}\" rel=\"noopener noreferrer\">{}</a>", page.text(check.url), words);
}

std::string html(const record::Run& run, const record::Redactor& redactor) {
  Page page(run, redactor);
  // Nothing on this page may run or load anything, whatever a server sent.
  page << "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
          "base-uri 'none'; "
          "form-action 'none'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n<title>"
       << page.text(run.result) << " · " << page.text(target_words(run)) << " · assay</title>\n<style>\n"
       << style_sheet() << "</style>\n</head>\n<body>\n";
  html_head(page);
  page << "<main>\n";
  html_fix_first(page);
  html_load(page);
  html_rules(page);
  html_left_over(page);
  html_coverage(page);
  html_setting(page);
  html_data(page);
  page << "</main>\n<footer><p>Written by assay " << page.text(run.tool_version)
       << ". Secrets are replaced by labels; equal labels mean equal values.</p></footer>\n</body>\n</html>\n";
  return page.take();
}

}  // namespace assay::report

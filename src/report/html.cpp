// The HTML report as a whole, and the one door through which text enters it. The sections are in html_*.cpp; page.html, app.css
// and app.js are in reports/html.
#include "report/html.hpp"

#include <fmt/format.h>

#include <charconv>
#include <map>

#include "base/embedded.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "report/reports.hpp"
#include "report/xml.hpp"

namespace assay::report {
namespace {

constexpr std::size_t kRoomForMessages = 2'600'000;  // bytes of messages on the page, before markup
constexpr std::size_t kRoomWhereAllIsWell = 1'300'000;

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
Html with_chips(std::string_view raw) {
  constexpr std::string_view open = "‹", close = "›";
  Html out;
  for (;;) {
    const auto begin = raw.find(open);
    const auto end = begin == std::string_view::npos ? begin : raw.find(close, begin);
    if (end == std::string_view::npos) break;
    if (end - begin > 80) {
      out += escaped(raw.substr(0, begin + open.size()));
      raw.remove_prefix(begin + open.size());
      continue;
    }
    const auto label = raw.substr(begin, end + close.size() - begin);
    out += escaped(raw.substr(0, begin));
    if (const auto sign = label.find('#'); sign != std::string_view::npos) {
      unsigned number = 0;
      std::from_chars(label.data() + sign + 1, label.data() + label.size(), number);
      const auto kind = label.substr(open.size(), sign - open.size());
      out += markup("<mark class=s{}>{}</mark>", (colour_of(kind) + 3 * (number % 8 + 7)) % 8, escaped(label));
    } else {
      out += markup("<mark>{}</mark>", escaped(label));
    }
    raw.remove_prefix(end + close.size());
  }
  return out + escaped(raw);
}

std::string_view part(std::string_view name) {
  for (const auto& file : base::embedded_files())
    if (file.path.starts_with("reports/html/") && file.path.substr(13) == name) return file.content;
  return {};
}

// Without indentation and without lines that are nothing but a comment: what only its authors need.
std::string packed(std::string_view source) {
  std::string out;
  out.reserve(source.size());
  bool comment = false;
  for (auto line : base::split(source, '\n')) {
    line = base::trim(line);
    comment = comment || line.starts_with("/*");
    const bool whole = comment || line.starts_with("//");
    if (comment && line.find("*/") != std::string_view::npos) comment = false;
    if (!whole && !line.empty()) out.append(line).append("\n");
  }
  return out;
}

// A style sheet besides without the blanks around its marks; none of ours is in a string.
std::string packed_style(std::string_view source) {
  auto out = packed(source);
  for (const auto& [from, to] : {std::pair<std::string_view, std::string_view>{" {", "{"},
                                 {"{ ", "{"},
                                 {" }", "}"},
                                 {"} ", "}"},
                                 {"; ", ";"},
                                 {": ", ":"},
                                 {", ", ","}})
    for (auto at = out.find(from); at != std::string::npos; at = out.find(from, at)) out.replace(at, from.size(), to);
  return out;
}

// As a Content-Security-Policy names an inline element: nothing else of that kind applies or runs.
std::string source_hash(std::string_view content) {
  return "'sha256-" + base::base64(crypto::sha256_bytes(content)) + "'";
}

}  // namespace

Html escaped(std::string_view text) { return Html(xml_escaped(text)); }

Html formatted(fmt::string_view format, fmt::format_args arguments) { return Html(fmt::vformat(format, arguments)); }

Html Page::text(std::string_view raw, std::size_t limit) const { return escaped(shown(redactor_, raw, limit)); }

Html Page::marked(std::string_view raw, std::size_t limit) const { return with_chips(shown(redactor_, raw, limit)); }

Html Page::line(std::string_view redacted) const { return with_chips(base::printable(redacted, std::string::npos)); }

Html Page::anchor(std::string_view id) const {
  auto out = shown(redactor_, id, 200);
  for (char& c : out)
    if (c == ' ') c = '-';
  return escaped(out);
}

Html Page::place_of(const record::Rule& rule) const {
  auto worst = record::Verdict::not_applicable;
  for (const auto& one : run_.rules)
    if (one.id == rule.id) worst = record::worse(worst, one.verdict);
  return anchor(holds(worst) ? rule.id : rule.full_id());
}

bool Page::take_room(std::size_t bytes, bool for_failure) {
  if (messages_ + bytes > (for_failure ? kRoomForMessages : kRoomWhereAllIsWell)) return false;
  messages_ += bytes;
  return true;
}

Markup verdict_class(record::Verdict verdict) {
  using enum record::Verdict;
  switch (verdict) {
    case pass: return "pass";
    case fail: return "fail";
    case warn: return "warn";
    case note: return "note";
    case waived: return "waived";
    case not_judged:
    case not_applicable: return "none";
    default: return "open";
  }
}

Html badge(record::Verdict verdict, std::string_view words) {
  using enum record::Verdict;
  // The glyph comes from the style sheet, by the class.
  return markup("<b class=\"v {}{}\">{}</b>", verdict_class(verdict),
                verdict == inconclusive ? Markup(" unclear") : Markup(""), escaped(words));
}

Html badge(record::Verdict verdict) { return badge(verdict, word(verdict)); }

Html clause_link(const Page& page, const record::Check& check, std::string_view said) {
  const auto words = page.text(!said.empty() ? said : check.reference.empty() ? check.clause : check.reference);
  if (!check.url.starts_with("https://")) return words;
  return markup("<a href=\"{}\">{}</a>", page.text(check.url), words);
}

Html told_counts(const std::map<record::Verdict, std::size_t>& counts) {
  std::string out;
  for (const auto verdict : told_order())
    if (const auto found = counts.find(verdict); found != counts.end() && found->second > 0)
      out += (out.empty() ? "" : ", ") + counted(verdict, found->second);
  return escaped(out);
}

std::string took_words(std::chrono::nanoseconds took) {
  return short_time(static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0)));
}

std::string html(const record::Run& run, const record::Redactor& redactor) {
  Page page(run, redactor);
  page << "<main id=main>\n";
  html_head(page);
  html_fix_first(page);
  html_load(page);
  html_rules(page);
  html_left_over(page);
  html_changes(page);
  html_coverage(page);
  html_setting(page);
  html_data(page);
  page << "</main>\n";
  const auto body = page.take();
  html_top(page);
  const auto top = page.take();

  const auto style = packed_style(part("app.css")), script = packed(part("app.js"));
  // Nothing else on this page may run, apply or load, whatever a server sent.
  const std::map<std::string_view, std::string> values = {
      {"policy", "default-src 'none'; style-src " + source_hash(style) + "; script-src " + source_hash(script) +
                     "; base-uri 'none'; form-action 'none'"},
      {"title", page.text(run.result + " · " + target_words(run)).str()},
      {"style", style},
      {"script", script},
      {"top", top},
      {"body", body},
      {"version", page.text(run.tool_version).str()}};
  std::string out;
  out.reserve(body.size() + style.size() + script.size() + 4096);
  for (auto rest = part("page.html"); !rest.empty();) {
    const auto begin = std::min(rest.find("{{"), rest.size());
    out += rest.substr(0, begin);
    rest.remove_prefix(begin);
    if (rest.empty()) break;
    const auto end = rest.find("}}");
    if (const auto value = values.find(rest.substr(2, end - 2)); value != values.end()) out += value->second;
    rest.remove_prefix(end + 2);
  }
  return out;
}

}  // namespace assay::report

// A broken rule as a block of text: the clause, what was expected, what the server did, why it matters, what to do, how to
// see it again. Also what JUnit shows.
#include <fmt/format.h>

#include <algorithm>

#include "report/console.hpp"

namespace assay::report {
namespace {

constexpr std::size_t kEvidenceShown = 4;

std::string evidence(const Console& console, const record::Run& run, const std::vector<int>& ids) {
  std::string out;
  for (std::size_t i = 0; i < std::min(ids.size(), kEvidenceShown); ++i) {
    if (i > 0) out += console.arrow();
    const auto* exchange = find_exchange(run, ids[i]);
    out +=
        exchange ? fmt::format("#{} {}", ids[i], console.text(exchange_words(*exchange))) : fmt::format("#{}", ids[i]);
  }
  if (ids.size() > kEvidenceShown) out += fmt::format(" and {} more", ids.size() - kEvidenceShown);
  return out;
}

void check_fields(Console& console, const record::Run& run, const record::Check& check, bool in_failure) {
  const auto reference = check.reference.empty() ? console.text(check.clause) : console.text(check.reference);
  const auto where = fmt::format("{}{}{}", to_string(check.level), reference.empty() ? "" : ", ", reference);
  console.field(
      "check", console.text(check.name) + (in_failure && check.verdict == record::Verdict::warn ? " (a warning)" : ""));
  console.field("clause", check.requirement.empty() ? where : where + ": " + console.text(check.requirement));
  console.field("expected", console.text(check.expected));
  console.field("actual", console.text(check.actual));
  console.field("note", console.text(check.reason));
  console.field("evidence", evidence(console, run, check.evidence));
}

}  // namespace

void failure_block(Console& console, const record::Run& run, const record::Rule& rule) {
  const auto id = console.text(rule.full_id());
  console.wrapped(fmt::format("{} {}  ", console.glyph(rule.verdict), console.paint(id, Paint::bold)),
                  display_width(id) + 4, console.text(rule.title));
  std::vector<int> shown;
  for (const auto& check : rule.checks) {
    if (check.verdict != record::Verdict::fail && check.verdict != record::Verdict::warn) continue;
    check_fields(console, run, check, rule.verdict == record::Verdict::fail);
    for (const int one : check.evidence)
      if (std::find(shown.begin(), shown.end(), one) == shown.end()) shown.push_back(one);
  }
  if (rule.race) {
    console.field("trials", race_words(*rule.race, console.style().utf8));
    console.field("outcomes", race_outcomes(*rule.race));
  }
  if (rule.verdict == record::Verdict::fail) console.field("why", console.text(rule.story));
  if (rule.threat && std::ranges::any_of(rule.checks, [&](const record::Check& check) {
        return (check.verdict == record::Verdict::fail || check.verdict == record::Verdict::warn) &&
               std::ranges::find(rule.threat->checks, check.name) != rule.threat->checks.end();
      }))
    console.field("threat", console.text(gain_words(rule.threat->gain) + ": " + rule.threat->how));
  for (const auto& check : rule.checks)
    if (check.verdict == record::Verdict::fail || check.verdict == record::Verdict::warn)
      console.field("advice", console.text(check.advice));
  console.command("again", console.text(again_command(run, rule)));
  if (console.style().verbosity < 1) return;
  for (const int one : shown)
    if (const auto* exchange = find_exchange(run, one)) console.exchange(*exchange);
}

}  // namespace assay::report

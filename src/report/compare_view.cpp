// Shows what changed between two runs of rules.
#include "report/compare_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "record/json_text.hpp"
#include "report/console.hpp"
#include "report/markdown_text.hpp"

namespace assay::report {
namespace {

using record::Change;
using record::Run;

constexpr std::size_t kChangesShown = 200;

bool told(const Change& change) { return change.kind != "still-failing"; }

std::string verdicts(const Change& change) {
  if (change.was.empty()) return change.is;
  if (change.is.empty()) return "was " + change.was;
  return change.was == change.is ? "still " + change.is : fmt::format("was {}, is {}", change.was, change.is);
}

std::string conclusion(const Run& now) {
  const auto& changes = now.since->changes;
  if (std::ranges::any_of(changes, record::is_regression)) return "something is worse";
  if (std::ranges::any_of(changes, [](const Change& one) { return one.kind == "fixed"; })) return "nothing is worse";
  const bool any = std::ranges::any_of(changes, told);
  return any ? "no verdict is worse" : "no difference";
}

std::string rules_differ(const Run& now) {
  return now.since->ruleset_hash != now.ruleset_hash ? "the rule sets of the two runs differ" : "";
}

}  // namespace

std::string terminal_compare(const Run& now, const record::Redactor& redactor, const TerminalStyle& style) {
  Console console(redactor, style);
  console.wrapped("", 0,
                  fmt::format("{} of {}, compared with the run of {}", console.text(target_words(now)),
                              day_and_time(now.started), day_and_time(now.since->started)));
  if (const auto differ = rules_differ(now); !differ.empty()) console.wrapped("", 0, differ);
  console.line();
  std::size_t shown = 0;
  for (const auto& change : now.since->changes) {
    if (!told(change) && style.verbosity < 1) continue;
    if (++shown > kChangesShown) break;
    const bool worse = record::is_regression(change);
    const auto mark = console.glyph(worse                    ? record::Verdict::fail
                                    : change.kind == "fixed" ? record::Verdict::pass
                                                             : record::Verdict::note);
    console.wrapped(fmt::format("{} {:<16} ", mark, change_word(change.kind)), 19, console.text(change.name()));
    console.field("verdict", console.text(verdicts(change)));
    console.field("before", console.text(change.before));
    console.field("now", console.text(change.now));
  }
  if (shown > 0) console.line();
  console.wrapped("Compared ", 9, fmt::format("{}: {}", conclusion(now), change_counts(*now.since)));
  return console.take();
}

std::string markdown_compare(const Run& now, const record::Redactor& redactor) {
  const MarkdownText md(redactor);
  std::string out = fmt::format("### Compared with {}: {}\n\n{}: {}\n", day_and_time(now.since->started),
                                conclusion(now), md.code(target_words(now)), change_counts(*now.since));
  if (const auto differ = rules_differ(now); !differ.empty()) out += "\n" + differ + "\n";
  std::size_t rows = 0;
  for (const auto& change : now.since->changes) {
    if (rows == kChangesShown) break;
    if (rows++ == 0) out += "\n| Change | Check | Verdict | Before | Now |\n| --- | --- | --- | --- | --- |\n";
    out += fmt::format("| {}{} | {} | {} | {} | {} |\n", record::is_regression(change) ? "❌ " : "",
                       change_word(change.kind), md.code(change.name(), 120), md.text(verdicts(change)),
                       md.code(change.before, 80), md.code(change.now, 80));
  }
  return out;
}

std::string json_compare(const Run& now, const record::Redactor& redactor) {
  const auto text = [&](std::string_view raw) { return shown(redactor, raw, 1000); };
  nlohmann::ordered_json changes = nlohmann::ordered_json::array();
  for (const auto& one : now.since->changes)
    changes.push_back({{"kind", one.kind},
                       {"rule", text(one.rule)},
                       {"case", text(one.case_name)},
                       {"check", text(one.check)},
                       {"was", text(one.was)},
                       {"is", text(one.is)},
                       {"before", text(one.before)},
                       {"now", text(one.now)}});
  return record::json::written({{"kind", "rules"},
                                {"target", text(now.target_name)},
                                {"before", day_and_time(now.since->started)},
                                {"now", day_and_time(now.started)},
                                {"sameRules", rules_differ(now).empty()},
                                {"regression", std::ranges::any_of(now.since->changes, record::is_regression)},
                                {"changes", std::move(changes)}});
}

}  // namespace assay::report

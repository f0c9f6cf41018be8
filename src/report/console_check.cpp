// The result of `assay check` on a terminal: short when all is well, and in the order in which a person acts otherwise.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "report/console.hpp"

namespace assay::report {
namespace {

using record::Verdict;

constexpr std::size_t kCasesShown = 5;  // in a line each, beside the one in full

std::string first_actual(const record::Rule& rule) {
  for (const auto& check : rule.checks)
    if (check.verdict == rule.verdict) return check.actual;
  return {};
}

void head(Console& console, const record::Run& run) {
  console.wrapped("", 0,
                  console.joined({"assay " + console.text(run.tool_version),
                                  fmt::format("profile {}{}{}", console.text(run.profile),
                                              run.profile_frozen.empty() ? "" : " (frozen " + console.text(run.profile_frozen) + ")",
                                              run.preset.empty() ? "" : ", preset " + console.text(run.preset)),
                                  base::plural(run.rules.empty() ? 0 : [&] {
                                    std::size_t all = 0;
                                    for (const auto& [verdict, count] : record::count_rules(run)) all += count;
                                    return all;
                                  }(), "rule")}));
  std::vector<std::string> names;
  for (const auto& client : run.clients) names.push_back(console.text(client.substr(0, client.find(' '))));
  std::vector<std::string> parts = {console.text(target_words(run))};
  if (!run.issuer.empty() && run.issuer != run.target_name) parts.push_back(console.text(run.issuer));
  if (!names.empty()) parts.push_back(fmt::format("clients {}", fmt::join(names, ", ")));
  if (!run.login_driver.empty()) parts.push_back("login: " + console.text(run.login_driver));
  console.wrapped("", 0, console.joined(parts));
  if (console.style().verbosity > 0) console.line(fmt::format("seed {}", run.seed));
  console.line();
}

void preflight(Console& console, const record::Run& run) {
  if (run.preflight.empty()) return;
  Verdict worst = Verdict::pass;
  for (const auto& check : run.preflight) worst = record::worse(worst, check.verdict);
  const auto all = base::plural(run.preflight.size(), "check");
  console.line(fmt::format("Preflight {} {}", console.glyph(worst), all));
  for (const auto& check : run.preflight) {
    if (check.verdict == Verdict::pass || check.verdict == Verdict::not_applicable) continue;
    console.wrapped(fmt::format("  {} {}  ", console.glyph(check.verdict), console.text(check.name)),
                    display_width(console.text(check.name)) + 6, console.text(check.seen));
    console.field("try", console.text(check.hint));
    console.field("product", console.text(check.product_hint));
  }
  console.line();
}

void topic_lines(Console& console, const std::vector<Topic>& all) {
  if (all.empty()) return;
  // A name, a glyph per rule, and in words what did not pass.
  std::size_t name_width = 0, most = 0;
  for (const auto& topic : all) {
    name_width = std::max(name_width, std::min<std::size_t>(display_width(console.text(topic.name)), 20));
    most = std::max(most, topic.rules.size());
  }
  const auto per_row = std::min(most, std::max<std::size_t>((console.width() - name_width - 30) / 2, 5));
  for (const auto& topic : all) {
    std::map<Verdict, std::size_t> counts;
    for (const auto& rule : topic.rules) ++counts[rule.verdict];
    std::vector<std::string> words;
    for (const auto verdict : told_order())
      if (verdict != Verdict::pass && counts[verdict] > 0) words.push_back(counted(verdict, counts[verdict]));
    const auto name = console.text(topic.name, 20);
    std::string row = name + std::string(name_width - std::min(name_width, display_width(name)) + 2, ' ');
    const auto indent = name_width + 2;
    std::size_t in_row = 0;
    for (const auto& rule : topic.rules) {
      if (in_row == per_row) {
        console.line(row);
        row.assign(indent, ' ');
        in_row = 0;
      }
      row += console.glyph(rule.verdict) + " ";
      ++in_row;
    }
    row.append(2 * (per_row - in_row) + 1, ' ');
    if (words.empty()) console.line(row);
    else console.wrapped(row, indent + 2 * per_row + 1, fmt::format("{}", fmt::join(words, ", ")));
  }
  console.line();
}

// Cases or rules, by what the server did.
using Causes = std::vector<std::pair<std::string, std::vector<std::string>>>;

void add_cause(Causes& causes, std::string cause, std::string name) {
  auto at = std::ranges::find(causes, cause, &Causes::value_type::first);
  if (at == causes.end()) at = causes.insert(at, {std::move(cause), {}});
  at->second.push_back(std::move(name));
}

std::vector<const record::Rule*> broken_cases(const RuleGroup& group, Verdict wanted) {
  std::vector<const record::Rule*> out;
  std::ranges::copy_if(group.cases, std::back_inserter(out), [&](const auto* rule) { return rule->verdict == wanted; });
  return out;
}

// The first case that fails in full, the others by what happened; all in full with -v.
void failure(Console& console, const record::Run& run, const RuleGroup& group, Verdict wanted) {
  const auto broken = broken_cases(group, wanted);
  const bool verbose = console.style().verbosity > 0;
  Causes also;
  for (std::size_t i = 0; i < broken.size(); ++i) {
    if (i > 0 && !verbose) {
      add_cause(also, console.text(first_actual(*broken[i])), "#" + console.text(broken[i]->case_name));
      continue;
    }
    if (i > 0) console.line();
    failure_block(console, run, *broken[i]);
  }
  std::size_t told = 0, shown = 1;
  for (const auto& [actual, cases] : also) {
    if (told++ == kCasesShown) break;
    console.field(told == 1 ? "also" : "", fmt::format("{} {}", fmt::join(cases, ", "), actual));
    shown += cases.size();
  }
  if (!verbose && shown < broken.size()) console.field("", fmt::format("and {} more", broken.size() - shown));
  console.line();
}

constexpr std::size_t kManyBroken = 8;  // more than so many are not all told in full
constexpr std::size_t kToldInFull = 4;  // of those; -v tells all

// When much is broken, one cause is one line: who refuses nothing is soon understood.
void failures(Console& console, const record::Run& run, const std::vector<Topic>& all, Verdict wanted) {
  std::vector<const RuleGroup*> broken;
  std::size_t failed = 0;
  for (const auto& topic : all)
    for (const auto& group : topic.rules) {
      if (!broken_cases(group, wanted).empty()) broken.push_back(&group);
      failed += broken_cases(group, Verdict::fail).empty() ? 0 : 1;
    }
  const bool all_in_full = console.style().verbosity > 0 || std::max(failed, broken.size()) <= kManyBroken;
  // Nobody reads about warnings while so much fails.
  const std::size_t in_full = wanted == Verdict::warn && failed > kManyBroken ? 0 : kToldInFull;
  Causes rest;
  for (std::size_t i = 0; i < broken.size(); ++i) {
    if (all_in_full || i < in_full) {
      failure(console, run, *broken[i], wanted);
      continue;
    }
    const auto cases = broken_cases(*broken[i], wanted);
    auto name = console.text(broken[i]->id);
    if (broken[i]->cases.size() > 1) name += fmt::format(" ({} of {} cases)", cases.size(), broken[i]->cases.size());
    add_cause(rest, console.text(first_actual(*cases.front()), 120), std::move(name));
  }
  for (const auto& [actual, names] : rest) {
    const auto left = counted(wanted, names.size());
    console.wrapped(fmt::format("{} {:<11}", console.glyph(wanted), left), std::max<std::size_t>(left.size(), 11) + 2,
                    fmt::format("{}: {}", actual, fmt::join(names, ", ")));
  }
  if (rest.empty()) return;
  console.wrapped("  ", 2, "-v tells all of them in full, and so does --html F.");
  console.line();
}

constexpr std::size_t kRulesShown = 4;  // of those that share a reason; -v shows all

// A race that found nothing has proved only so much: it says how much.
void races(Console& console, const record::Run& run) {
  bool any = false;
  for (const auto& rule : run.rules) {
    if (!rule.race || rule.verdict == Verdict::fail || rule.verdict == Verdict::warn || unproven(rule.verdict))
      continue;
    const auto id = console.text(rule.full_id());
    std::string said = race_words(*rule.race, console.style().utf8);
    if (const auto outcomes = race_outcomes(*rule.race); console.style().verbosity > 0 && !outcomes.empty())
      said += "; " + outcomes;
    console.wrapped(fmt::format("{} {}  ", console.glyph(rule.verdict), id), display_width(id) + 4, said);
    any = true;
  }
  if (any) console.line();
}

// Rules of one verdict that share a reason, said once.
void reasons(Console& console, const record::Run& run, Verdict verdict, bool name_rules) {
  std::vector<std::pair<std::string, std::vector<std::string>>> by_reason;
  for (const auto& rule : run.rules) {
    if (rule.verdict != verdict) continue;
    const auto reason = console.text(reason_of(rule));
    auto at = std::find_if(by_reason.begin(), by_reason.end(), [&](const auto& one) { return one.first == reason; });
    if (at == by_reason.end()) at = by_reason.insert(at, {reason, {}});
    at->second.push_back(console.text(rule.full_id()));
  }
  for (const auto& [reason, ids] : by_reason) {
    const auto left = counted(verdict, ids.size());
    std::string said = reason;
    if (name_rules || reason.empty()) {
      // One cause, one line: when the server is down, all rules have the same reason.
      const auto shown = console.style().verbosity > 0 || ids.size() <= kRulesShown + 1 ? ids.size() : kRulesShown;
      said += fmt::format("{}{}", reason.empty() ? "" : ": ",
                          fmt::join(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
      if (shown < ids.size()) said += fmt::format(" and {} more", ids.size() - shown);
    }
    console.wrapped(fmt::format("{} {:<18}", console.glyph(verdict), left), std::max<std::size_t>(left.size(), 18) + 2,
                    said);
  }
}

void observations(Console& console, const record::Run& run) {
  for (const auto& rule : run.rules)
    for (const auto& check : rule.checks)
      if (check.verdict == Verdict::note)
        console.wrapped("  " + console.glyph(Verdict::note) + " ", 4,
                        fmt::format("{}: {} {}", console.text(rule.full_id()),
                                    console.text(check.requirement.empty() ? check.name : check.requirement),
                                    console.text(check.actual)));
}

void left_over(Console& console, const record::Run& run) {
  bool any = false;
  for (const auto& rule : run.rules)
    any = any || unproven(rule.verdict) || rule.verdict == Verdict::waived || rule.verdict == Verdict::not_judged ||
          rule.verdict == Verdict::not_applicable;
  const bool verbose = console.style().verbosity > 0;
  for (const auto verdict :
       {Verdict::harness_error, Verdict::blocked, Verdict::inconclusive, Verdict::interrupted, Verdict::waived})
    reasons(console, run, verdict, true);
  for (const auto verdict : {Verdict::not_judged, Verdict::not_applicable}) reasons(console, run, verdict, verbose);
  if (verbose) observations(console, run);
  if (any) console.line();
}

// What a person should know about a run that went well in the end.
void remarks(Console& console, const record::Run& run) {
  std::vector<std::string> flaky;
  for (const auto& rule : run.rules)
    if (rule.flaky) flaky.push_back(console.text(rule.full_id()));
  if (!flaky.empty()) {
    const auto shown = console.style().verbosity > 0 || flaky.size() <= kRulesShown + 1 ? flaky.size() : kRulesShown;
    auto said = fmt::format(
        "did not hold at first and passed when run once more, after a lost connection or without "
        "other rules beside it: {}",
        fmt::join(flaky.begin(), flaky.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
    if (shown < flaky.size()) said += fmt::format(" and {} more", flaky.size() - shown);
    console.wrapped(
        fmt::format("{} {:<18}", console.glyph(Verdict::inconclusive), fmt::format("{} flaky", flaky.size())), 20,
        said);
  }
  if (run.slow_downs > 0)
    console.wrapped("", 0,
                    fmt::format("The server asked us to slow down {}; we paused for {} and went on one rule at a time.",
                                run.slow_downs == 1 ? "once" : std::to_string(run.slow_downs) + " times",
                                base::format_duration(run.slowed_down)));
  if (!flaky.empty() || run.slow_downs > 0) console.line();
}

constexpr std::size_t kChangesTold = 20;

void since(Console& console, const record::Run& run) {
  if (!run.since) return;
  std::size_t told = 0;
  for (const auto& change : run.since->changes) {
    if (change.kind == "still-failing" || change.kind == "changed-evidence") continue;
    if (++told > kChangesTold) continue;
    const bool worse = change.kind == "new-failure" || change.kind == "lost-proof";
    const auto mark = console.glyph(worse ? Verdict::fail : change.kind == "fixed" ? Verdict::pass : Verdict::note);
    console.wrapped(fmt::format("{} {:<18}", mark, change_word(change.kind)), 20, console.text(change.name()));
  }
  if (told > kChangesTold)
    console.wrapped("", 0, fmt::format("and {} more changes; assay compare tells all", told - kChangesTold));
  if (told > 0) console.line();
}

void summary(Console& console, const record::Run& run) {
  const auto counts = record::count_rules(run);
  std::vector<std::string> parts;
  for (const auto verdict : told_order())
    if (const auto found = counts.find(verdict); found != counts.end())
      parts.push_back(counted(verdict, found->second));
  if (parts.empty()) parts.push_back("no rule was run");
  console.wrapped("Summary  ", 9, console.joined(parts));
  if (run.since)
    console.wrapped(
        "         ", 9,
        fmt::format("since {}: {}", day_and_time(run.since->started).substr(0, 10), change_counts(*run.since)));
  if (const auto broken_off = interruption(run); !broken_off.empty()) console.wrapped("", 0, broken_off);
  std::string result = "Result   " + console.text(run.result);
  if (!run.exits.empty()) result += fmt::format(", exit {}", run.exits.front());
  if (run.exits.size() > 1) result += fmt::format(" ({} too)", fmt::join(run.exits.begin() + 1, run.exits.end(), ", "));
  console.spread(result, fmt::format("{:.1f} s", std::chrono::duration<double>(run.took).count()));
}

}  // namespace

// Waivers that somebody has to look after; the others stand with the rules that they hide.
void waiver_lines(Console& console, const record::Run& run) {
  bool any = false;
  for (const auto& waiver : run.waivers) {
    if (waiver.state == "active" || waiver.state == "unused") continue;
    const auto verdict = waiver.state == "ending" ? Verdict::warn : Verdict::fail;
    console.wrapped(fmt::format("{} {:<18}", console.glyph(verdict), console.text(waiver.state) + " waiver"), 20,
                    console.text(waiver_words(waiver)));
    any = true;
  }
  if (any) console.line();
}

std::string terminal_check(const record::Run& run, const record::Redactor& redactor, const TerminalStyle& style) {
  Console console(redactor, style);
  const auto all = topics(run);
  const bool quiet = style.verbosity < 0;
  if (!quiet) {
    head(console, run);
    preflight(console, run);
    topic_lines(console, all);
    races(console, run);
  }
  failures(console, run, all, Verdict::fail);
  if (!quiet) {
    failures(console, run, all, Verdict::warn);
    left_over(console, run);
    remarks(console, run);
  }
  waiver_lines(console, run);
  since(console, run);
  summary(console, run);
  return console.take();
}

std::string plain_line(const record::Rule& rule) {
  static constexpr std::string_view words[] = {"PASS",   "NOTE",    "N/A",     "LEFT",  "WAIVED", "WARN",
                                               "UNSURE", "BLOCKED", "STOPPED", "ERROR", "FAIL"};
  return fmt::format("{:<4} [{:>7.3f}s] {}{}", words[static_cast<std::size_t>(rule.verdict)],
                     std::chrono::duration<double>(rule.took).count(), base::printable(rule.full_id()),
                     rule.race ? " (" + race_words(*rule.race) + ")" : "") +
         (rule.flaky ? "  (flaky)" : "");
}

}  // namespace assay::report

// The words of the reports. Knows no output format.
#include "report/view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "base/url.hpp"
#include "rules/rule.hpp"

namespace assay::report {

using record::Verdict;

std::vector<Topic> topics(const record::Run& run) {
  std::vector<Topic> out;
  for (const auto& rule : run.rules) {
    const auto name = rule.topic();
    auto topic = std::find_if(out.begin(), out.end(), [&](const Topic& one) { return one.name == name; });
    if (topic == out.end()) topic = out.insert(out.end(), Topic{name, {}});
    auto group =
        std::find_if(topic->rules.begin(), topic->rules.end(), [&](const RuleGroup& one) { return one.id == rule.id; });
    if (group == topic->rules.end()) group = topic->rules.insert(group, RuleGroup{rule.id, rule.verdict, {}});
    group->verdict = record::worse(group->verdict, rule.verdict);
    group->cases.push_back(&rule);
  }
  return out;
}

const std::vector<Verdict>& told_order() {
  static const std::vector<Verdict> order = {Verdict::pass,         Verdict::fail,          Verdict::warn,
                                             Verdict::note,         Verdict::waived,        Verdict::blocked,
                                             Verdict::inconclusive, Verdict::harness_error, Verdict::interrupted,
                                             Verdict::not_judged,   Verdict::not_applicable};
  return order;
}

std::string counted(Verdict verdict, std::size_t count) {
  switch (verdict) {
    case Verdict::warn: return base::plural(count, "warning");
    case Verdict::note: return base::plural(count, "note");
    case Verdict::harness_error: return base::plural(count, "error") + " of assay";
    default: return fmt::format("{} {}", count, word(verdict));
  }
}

std::string_view word(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass: return "passed";
    case Verdict::note: return "note";
    case Verdict::not_applicable: return "not applicable";
    case Verdict::not_judged: return "not judged";
    case Verdict::waived: return "waived";
    case Verdict::warn: return "warning";
    case Verdict::inconclusive: return "inconclusive";
    case Verdict::blocked: return "blocked";
    case Verdict::interrupted: return "interrupted";
    case Verdict::harness_error: return "error of assay";
    case Verdict::fail: return "failed";
  }
  return "";
}

bool unproven(Verdict verdict) {
  return verdict == Verdict::inconclusive || verdict == Verdict::blocked || verdict == Verdict::interrupted ||
         verdict == Verdict::harness_error;
}

namespace {

std::string sentence(const record::Run& run) {
  if (run.load && (run.command == "load" || run.rules.empty())) {
    const auto& load = *run.load;
    std::string out =
        fmt::format("{} flows ended, {} failed", grouped(load.done), load.failed == 0 ? "none" : grouped(load.failed));
    if (load.dropped > 0) out += fmt::format(", {} never started", grouped(load.dropped));
    if (record::breaks_rules(load)) out += ", and rules were broken under load";
    const auto missed = std::ranges::count(load.objectives, false, &record::Objective::met);
    if (missed > 0) out += fmt::format("; {} of {} missed", missed, base::plural(load.objectives.size(), "objective"));
    return out + (load.trust == "invalid" ? "; the numbers are not to be believed." : ".");
  }
  const auto counts = record::count_rules(run);
  const auto count = [&](Verdict verdict) {
    const auto found = counts.find(verdict);
    return found == counts.end() ? std::size_t{0} : found->second;
  };
  std::size_t open = 0;
  for (const auto& [verdict, number] : counts)
    if (unproven(verdict)) open += number;
  const auto broken = count(Verdict::fail), warned = count(Verdict::warn), held = count(Verdict::pass);
  std::string out;
  if (broken > 0)
    out = fmt::format("{} {} broken, {} {}", base::plural(broken, "rule"), broken == 1 ? "is" : "are", held,
                      held == 1 ? "holds" : "hold");
  else if (held == 0 && warned == 0) out = "Nothing was proven";
  else if (warned > 0)
    out = fmt::format("No requirement is broken, {} {} not followed", base::plural(warned, "recommendation"),
                      warned == 1 ? "is" : "are");
  else if (open > 0) out = fmt::format("{} {}", base::plural(held, "rule"), held == 1 ? "holds" : "hold");
  else out = held == 1 ? "The one rule that was judged holds" : fmt::format("All {} rules that were judged hold", held);
  if (open > 0) out += fmt::format(", {} could not be judged", open);
  return out + ".";
}

}  // namespace

std::string verdict_sentence(const record::Run& run) {
  const auto out = sentence(run), broken_off = interruption(run);
  return broken_off.empty() ? out : out + " " + broken_off;
}

std::string interruption(const record::Run& run) {
  if (!run.finished)
    return "The run did not end, or goes on: this is what was known after " + base::format_duration(run.took) + ".";
  if (run.result == "INTERRUPTED") return "The run was interrupted after " + base::format_duration(run.took) + ".";
  return "";
}

std::string reason_of(const record::Rule& rule) {
  if (!rule.reason.empty()) return rule.reason;
  for (const auto& check : rule.checks)
    if (check.verdict == rule.verdict) return check.reason.empty() ? check.actual : check.reason;
  return {};
}

namespace {

// Quoted for a shell when it has to be.
std::string argument(const std::string& text) {
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("./_-:@%+=,").find(c) != std::string_view::npos;
  });
  if (plain) return text;
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace

std::string again_command(const record::Run& run, const record::Rule& rule) {
  std::string out = "assay check";
  if (!run.target_file.empty()) out += " " + argument(run.target_file);
  for (const auto& defect : run.defects) out += " --defect " + argument(defect);
  return out + " --only " + argument(rule.id) + " -v";
}

std::string target_words(const record::Run& run) {
  std::string out = run.target_name;
  for (std::size_t i = 0; i < run.defects.size(); ++i) out += (i == 0 ? " with " : ", ") + run.defects[i];
  return out;
}

std::string gain_words(std::string_view gain) {
  std::string out(gain.substr(0, 40));
  std::ranges::replace(out, '-', ' ');
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out;
}

std::size_t gain_rank(std::string_view gain) {
  return static_cast<std::size_t>(std::ranges::find(rules::kGains, gain) - std::begin(rules::kGains));
}

const record::Exchange* find_exchange(const record::Run& run, int id) {
  // Almost always in order of id.
  const auto guess = static_cast<std::size_t>(id) - 1;
  if (id >= 1 && guess < run.exchanges.size() && run.exchanges[guess].id == id) return &run.exchanges[guess];
  for (const auto& exchange : run.exchanges)
    if (exchange.id == id) return &exchange;
  return nullptr;
}

std::string exchange_words(const record::Exchange& exchange) {
  const auto& name = exchange.step.empty() ? exchange.purpose : exchange.step;
  return exchange.outcome == "ok" ? fmt::format("{} {}", name, exchange.status) : name + " " + exchange.outcome;
}

std::string short_time(std::uint64_t ns, bool utf8) {
  const auto value = static_cast<double>(ns);
  if (ns < 999'500) return fmt::format("{:.0f} {}", value / 1e3, utf8 ? "µs" : "us");
  if (ns < 9'995'000) return fmt::format("{:.2f} ms", value / 1e6);
  if (ns < 999'500'000) return fmt::format("{:.0f} ms", value / 1e6);
  if (ns < 9'995'000'000) return fmt::format("{:.2f} s", value / 1e9);
  return fmt::format("{:.1f} s", value / 1e9);
}

std::string per_second(std::uint64_t number, std::chrono::nanoseconds span) {
  const double seconds = std::chrono::duration<double>(span).count();
  const double rate = seconds > 0 ? static_cast<double>(number) / seconds : 0;
  return rate < 999.5 ? fmt::format("{:.1f}", rate) : grouped(static_cast<std::uint64_t>(std::llround(rate)));
}

std::string grouped(std::uint64_t number) {
  const auto digits = std::to_string(number);
  if (digits.size() < 5) return digits;
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ' ';
    out += digits[i];
  }
  return out;
}

std::string day_and_time(record::WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

std::string host_of(const record::Run& run) {
  const auto url = base::parse_url(run.issuer);
  return url ? url->host : std::string();
}

std::string shown(const record::Redactor& redactor, std::string_view text, std::size_t limit) {
  return base::printable(redactor.redact(text), limit);
}

ShownLines shown_lines(const record::Redactor& redactor, std::string_view message, std::size_t limit) {
  // Redaction first: a secret may lie across the place of the cut.
  const auto safe = redactor.redact(message);
  std::string_view rest = safe;
  ShownLines out;
  if (rest.size() > limit) {
    out.cut = true;
    while (limit > 0 && (static_cast<unsigned char>(rest[limit]) & 0xc0) == 0x80) --limit;
    rest = rest.substr(0, limit);
  }
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    auto line = rest.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    out.lines.push_back(base::printable(line, std::string::npos));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

}  // namespace assay::report

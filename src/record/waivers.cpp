#include "record/waivers.hpp"

#include <algorithm>

#include "base/day.hpp"

namespace assay::record {
namespace {

// What one waiver met among the checks of a run.
struct Met {
  bool passes = false, doubtful = false;
};

std::string waived_words(const Waiver& waiver) {
  return "waived until " + waiver.until + ": " + waiver.reason + " (" + waiver.owner + ")";
}

void apply(Waiver& waiver, bool over, Rule& rule, Met& met) {
  bool changed = false;
  for (auto& check : rule.checks) {
    if (check.name != waiver.check) continue;
    if (check.verdict == Verdict::fail || check.verdict == Verdict::warn) {
      if (over) {
        check.reason = "its waiver ended on " + waiver.until + " (" + waiver.owner + ")";
        waiver.state = "expired";
        continue;
      }
      check.verdict = Verdict::waived;
      check.reason = waived_words(waiver);
      waiver.hides.push_back(rule.full_id() + "#" + check.name);
      changed = true;
    } else if ((check.verdict == Verdict::pass || check.verdict == Verdict::note) && !rule.race && !rule.flaky) {
      met.passes = true;
    } else {
      met.doubtful = true;
    }
  }
  if (!changed) return;
  auto worst = Verdict::not_applicable;
  for (const auto& check : rule.checks) worst = worse(worst, check.verdict);
  rule.verdict = worst;
}

// Blanks do not make another objective.
std::string without_blanks(std::string text) {
  std::erase(text, ' ');
  return text;
}

void apply(Waiver& waiver, bool over, Load& load) {
  const auto waive = [&](std::string& waived, const std::string& name) {
    waived.clear();
    if (over) {
      waiver.state = "expired";
      return;
    }
    waived = waived_words(waiver);
    waiver.hides.push_back(name);
  };
  for (auto& one : load.invariants)
    if (one.broken > 0 && one.id == waiver.rule && one.check == waiver.check)
      waive(one.waived, one.id + "#" + one.check);
  for (auto& one : load.objectives)
    if (!one.met && waiver.rule == kObjectiveRule && without_blanks(one.text) == without_blanks(waiver.check))
      waive(one.waived, std::string(kObjectiveRule) + "#" + one.text);
}

}  // namespace

void apply_waivers(Run& run) {
  const auto today = std::chrono::floor<std::chrono::days>(run.started);
  for (auto& waiver : run.waivers) {
    const auto last = base::parse_day(waiver.until);
    waiver.days_left = last ? static_cast<int>((*last - today).count()) : -1;
    waiver.state.clear();
    waiver.hides.clear();
    Met met;
    for (auto& rule : run.rules)
      if (rule.id == waiver.rule || rule.full_id() == waiver.rule) apply(waiver, waiver.days_left < 0, rule, met);
    if (run.load) apply(waiver, waiver.days_left < 0, *run.load);
    if (!waiver.state.empty()) continue;
    if (!waiver.hides.empty()) waiver.state = waiver.days_left <= kEndingSoon ? "ending" : "active";
    else if (met.passes && !met.doubtful) waiver.state = "stale";
    else waiver.state = waiver.days_left < 0 ? "expired" : "unused";
  }
}

bool has_stale_waiver(const Run& run) {
  return std::ranges::any_of(run.waivers, [](const Waiver& one) { return one.state == "stale"; });
}

}  // namespace assay::record

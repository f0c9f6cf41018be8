// Counting what a run holds. Knows nothing of how it came about or how it is shown.
#include "record/run.hpp"

#include <string_view>
#include <unordered_map>

namespace assay::record {

std::uint64_t count_violations(const Load& load) {
  std::uint64_t out = 0;
  for (const auto& [name, count] : load.violations) out += count;
  for (const auto& one : load.invariants)
    if (!load.violations.contains(one.id + "#" + one.check)) out += one.broken;
  return out;
}

bool breaks_rules(const Load& load) {
  if (!load.violations.empty()) return true;
  for (const auto& one : load.invariants)
    if (one.broken > 0 && one.level == Level::must && one.waived.empty()) return true;
  for (const auto& one : load.journeys)
    if (one.race && one.race->violations > 0) return true;
  return false;
}

bool misses_objectives(const Load& load) {
  for (const auto& one : load.objectives)
    if (!one.met && one.waived.empty()) return true;
  return false;
}

bool tolerates_failures(const Load& load) {
  for (const auto& one : load.objectives)
    if (one.text.starts_with("errors")) return true;
  return false;
}

std::map<Verdict, std::size_t> count_rules(const Run& run) {
  std::unordered_map<std::string_view, Verdict> worst;
  for (const auto& rule : run.rules) {
    const auto [at, inserted] = worst.emplace(rule.id, rule.verdict);
    if (!inserted) at->second = worse(at->second, rule.verdict);
  }
  std::map<Verdict, std::size_t> counts;
  for (const auto& [id, verdict] : worst) ++counts[verdict];
  return counts;
}

}  // namespace assay::record

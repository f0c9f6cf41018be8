// What came of a load run, in words that every report uses.
#include <fmt/format.h>

#include "base/text.hpp"
#include "report/view.hpp"

namespace assay::report {

std::string limit_sentence(const record::Limit& limit) {
  const record::LimitPoint* missed = nullptr;  // the lowest rate that was too much
  for (const auto& point : limit.curve)
    if (!point.met && (!missed || point.rate < missed->rate)) missed = &point;
  std::string out =
      limit.rate > 0 ? fmt::format("met every objective up to {:g}/s", limit.rate) : "no rate met the objectives";
  if (missed) out += fmt::format("; at {:g}/s: {}", missed->rate, missed->why);
  if (limit.reached_generator) out += "; the server may carry more than this generator could ask of it";
  return out;
}

std::string objective_words(const record::Objective& objective) {
  std::string out = objective.text;
  if (objective.window.count() > 0) out += " in each " + base::format_duration(objective.window);
  out += ": " + objective.actual;
  if (objective.aborted) out += "; the run was ended because of it";
  if (!objective.waived.empty()) out += "; " + objective.waived;
  return out;
}

std::string invariant_words(const record::Invariant& invariant) {
  const auto times = [](std::uint64_t count) { return grouped(count) + (count == 1 ? " time" : " times"); };
  if (invariant.broken == 0 && !invariant.not_judged.empty()) return "not judged: " + invariant.not_judged;
  std::string out = invariant.broken > 0 ? "broken " + times(invariant.broken) + ", held " + times(invariant.held)
                                         : "held " + times(invariant.held);
  if (!invariant.finding.empty()) out += ": " + invariant.finding;
  if (!invariant.waived.empty()) out += "; " + invariant.waived;
  return out;
}

record::Verdict verdict_of(const record::Invariant& invariant) {
  using enum record::Verdict;
  if (invariant.broken == 0) return invariant.not_judged.empty() ? pass : not_judged;
  if (!invariant.waived.empty()) return waived;
  switch (invariant.level) {
    case record::Level::must: return fail;
    case record::Level::should: return warn;
    default: return note;
  }
}

record::Verdict verdict_of(const record::Objective& objective) {
  using enum record::Verdict;
  return objective.met ? pass : objective.waived.empty() ? fail : waived;
}

}  // namespace assay::report

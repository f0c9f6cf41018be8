// The search for the highest rate at which a server meets the objectives: doubling until one is missed, then halving the
// distance. What runs a step, and for how long, is the caller's; the search knows only rates and outcomes.
#pragma once
#include <functional>
#include <optional>
#include <span>

#include "record/run.hpp"
#include "rules/load_plan.hpp"

namespace assay::load {

struct LimitStep {
  record::LimitPoint point;
  bool generator = false;  // the step says nothing about the server: we were too slow
};

struct LimitSearch {
  double first = 10;        // flows per second of the first step
  double precision = 0.05;  // ends when the lowest rate that missed is so near to the highest that met
  double lowest = 0.5, highest = 1e6;
  unsigned most_steps = 24;
};

// `run_once`: nullopt ends the search where it is (somebody pressed Ctrl-C).
record::Limit search_limit(const LimitSearch& search,
                           const std::function<std::optional<LimitStep>(double rate)>& run_once);

struct FoundLimit {
  record::Limit limit;
  record::Load load;  // of the step with the highest rate that met the objectives; of none: the last step
};

// The same with load runs. Each step is `plan` at a constant rate for its whole duration, after a warm-up in which the server
// settles. It is met when every objective is, nearly all flows ended in time, and the generator is to be believed.
// `run_once` runs a plan; nullopt: it was interrupted. `told`: what is found so far, after each step.
FoundLimit find_limit(const rules::LoadPlan& plan, std::span<const rules::LoadObjective> objectives,
                      const std::function<std::optional<record::Load>(const rules::LoadPlan&)>& run_once,
                      const std::function<void(const FoundLimit&)>& told = {});

}  // namespace assay::load

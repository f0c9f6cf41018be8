// Can this plan be run at all? Says no before the first request of the load, with the arithmetic. Pure: no clock, no I/O.
#pragma once
#include <algorithm>
#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "rules/load_plan.hpp"
#include "rules/rule.hpp"
#include "rules/target.hpp"

namespace assay::load {

// What one flow took when its rule was tried once.
struct Trial {
  std::size_t requests = 0, act_requests = 0;  // all; without what the rule arranges
  std::chrono::nanoseconds took{}, act_took{};
};

inline double requests_of_arranging(const Trial& trial) {
  return static_cast<double>(trial.requests - std::min(trial.requests, trial.act_requests));
}

double highest_rate(const rules::LoadPlan& plan);  // flows per second, without rules beside; 0: closed model

// How many prepared flows a journey has in store: unless its plan says so, what a second needs; of the closed model one for
// every user.
unsigned pool_of(const rules::LoadPlan& plan, const rules::LoadJourney& journey);

// Everything that is wrong, each with what to do. `rules`: the journeys, then the rules beside them, in the order of the plan.
std::vector<std::string> impossible(const rules::LoadPlan& plan, std::span<const rules::Rule* const> rules,
                                    const rules::Target& target);
// The same, once every rule was tried. `trials` as `rules`.
std::vector<std::string> impossible_after_trial(const rules::LoadPlan& plan, std::span<const Trial> trials);

// What will say little: rules beside that hardly ever run. Empty: nothing.
std::string futile(const rules::LoadPlan& plan);

// Requests that one planned flow costs on average, with those beside it. What is prepared once and kept is not counted.
double requests_per_flow(const rules::LoadPlan& plan, std::span<const Trial> trials);

}  // namespace assay::load

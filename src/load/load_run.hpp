// Runs a load plan: rules as journeys, again and again, on one thread per worker, and measures them. The same compiled rules that
// `check` runs: every answer is judged while it is timed.
#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/bound_target.hpp"
#include "load/evidence.hpp"
#include "load/snapshot.hpp"
#include "net/client.hpp"
#include "record/run.hpp"
#include "rules/load_plan.hpp"
#include "rules/rule.hpp"

namespace assay::load {

// A rule of the plan. `lacking[i]`: check i of the rule cannot be judged here.
struct PlannedRule {
  const rules::Rule* rule = nullptr;
  std::vector<bool> lacking;
  double arranging = 1;  // requests that its arrangements take
};

// Requests per second that preparing flows may take, over all workers.
struct PreparingLimit {
  double before = 0;  // until the arrivals begin
  double during = 0;  // then, for flows that are kept; those that are used up come at the rate of the plan
};

struct LoadResult {
  record::Load load;               // its invariants without what the library says of them: see complete_invariants
  std::vector<Evidence> evidence;  // of the first flows that broke something
};

struct LoadOptions {
  unsigned workers = 0;        // threads; 0: one per core, never more than users
  unsigned most_users = 4000;  // open model: flows in flight at once; more wait, and the wait is measured
  std::uint64_t seed = 0;      // of Poisson arrivals
  std::chrono::nanoseconds preparation{std::chrono::seconds(60)};  // flows that are prepared must be ready by then
  std::optional<PreparingLimit> preparing;     // nullopt: as fast as it goes, and within `preparation`
  const std::atomic<bool>* cut = nullptr;      // becomes true: do not drain, cut off what is under way
  std::vector<const rules::Rule*> invariants;  // the rules with an invariant that are watched
  std::vector<std::string> failures;           // "rule#check" of those whose breaking counts as a violation
  // How often metadata and keys are looked at; 0: never.
  std::chrono::nanoseconds documents_every{std::chrono::seconds(1)};
  bool polite = false;        // a server that asks for a pause gets it
  net::ClientOptions client;  // resumes TLS sessions only if the plan wants that, too
  bool bundled = false;       // the target is the mock in this process
  double others_before = 0;   // share of this machine's processor time that other processes used just before
  // Called like `progress`, once something is measured, with what makes the result so far: everything up to the last second
  // but what only all workers together show. Evidence keeps its place from call to call, and in the result at the end.
  std::function<void(const std::function<LoadResult()>& so_far)> journal;
};

// Whether all endpoints under load are on this machine.
bool is_on_this_machine(const engine::BoundTarget& target);

// `rules`: the journeys of the plan and then what runs beside them, in its order. Runs until the plan is over or `stop` becomes
// true; then what is under way may end, as long as the plan's drain lasts, and what is cut off after that says nothing. `progress` is called about once a second on the calling thread.
LoadResult run_load(const rules::LoadPlan& plan, std::span<const PlannedRule> rules, const engine::BoundTarget& target,
                    const LoadOptions& options, const std::atomic<bool>& stop,
                    const std::function<void(const Snapshot&)>& progress);

}  // namespace assay::load

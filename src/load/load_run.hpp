// Runs a journey again and again, on one thread per worker, and measures it. The same compiled rule that `check` runs: every
// answer is judged while it is timed.
#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <string>

#include "engine/bound_target.hpp"
#include "engine/check_run.hpp"
#include "load/snapshot.hpp"
#include "net/client.hpp"
#include "record/run.hpp"

namespace assay::load {

struct LoadOptions {
  double rate = 0;       // flows per second: the open model; 0: the closed model
  unsigned users = 16;   // closed model
  unsigned workers = 0;  // threads; 0: one per core, never more than users
  std::chrono::nanoseconds duration{std::chrono::seconds(10)}, warm_up{};
  std::chrono::nanoseconds drain{std::chrono::seconds(5)};  // how long flows under way may still take after the end
  unsigned most_users = 4000;  // open model: flows in flight at once; more wait, and the wait is measured
  net::ClientOptions client;
};

// Runs until the plan is over or `stop` becomes true (then what was under way is cut off and not counted). `progress` is called
// about once a second on the calling thread. `lacking[i]`: check i of the rule cannot be judged here.
record::Load run_load(const rules::Rule& rule, const engine::BoundTarget& target, const std::vector<bool>& lacking,
                      const LoadOptions& options, const std::atomic<bool>& stop,
                      const std::function<void(const Snapshot&)>& progress);

}  // namespace assay::load

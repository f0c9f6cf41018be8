// One thread of a load run: an io_context of its own, its users, its arrivals. Shares nothing with other workers but the
// moment of the start, the order to stop, some counters for the live line, and what it hands over once a second.
#pragma once
#include <atomic>
#include <expected>
#include <memory>
#include <span>

#include "load/load_run.hpp"
#include "load/measurements.hpp"
#include "load/politeness.hpp"

namespace assay::load {

struct Counters {  // written by one worker, read by the reporter; since the start, warm-up included
  std::atomic<std::uint64_t> planned{0}, started{0}, done{0}, failed{0}, requests{0}, late{0}, waiting{0}, sessions{0};
  std::atomic<unsigned> in_flight{0};
  std::atomic<unsigned> most_busy{0};
  std::atomic<double> busy{0};         // of one core, in the last second
  std::atomic<double> cpu_seconds{0};  // of the measurement so far
  std::atomic<bool> prepared{false};   // its flows that are prepared are ready
};

// When the arrivals begin: known once all workers are ready.
class Start {
 public:
  void set(std::chrono::steady_clock::time_point when) { ticks_.store(when.time_since_epoch().count()); }
  std::optional<std::chrono::steady_clock::time_point> get() const {
    const auto ticks = ticks_.load();
    if (ticks == 0) return std::nullopt;
    return std::chrono::steady_clock::time_point(std::chrono::steady_clock::duration(ticks));
  }

 private:
  std::atomic<std::chrono::steady_clock::rep> ticks_{0};
};

struct WorkerTask {
  const rules::LoadPlan& plan;
  std::span<const PlannedRule> rules;
  std::span<const engine::Program> programs;  // of the rules
  std::span<const int> rules_users;           // how many of the target's users each rule needs
  int users_known = 0;                        // how many the target has
  const engine::Oracle& oracle;
  const LoadOptions& options;
  unsigned index = 0, workers = 1;
  unsigned users = 1;  // closed model: of this worker; open model: the most
  const Start& start;
  const std::atomic<bool>& stop;
  Politeness* politeness = nullptr;  // null: the server is loaded whatever it asks for

  bool pausing() const { return politeness && politeness->pausing(); }
};

// Runs to the end of the plan on the calling thread. A failure: the thread could not be set up, or its flows not be prepared.
std::expected<void, base::Failure> run_worker(const WorkerTask& task, Counters& counters, Measurements& out);

}  // namespace assay::load

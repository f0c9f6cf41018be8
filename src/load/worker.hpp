// One thread of a load run: an io_context of its own, its users, its arrivals. Shares nothing with other workers but the
// moment of the start, the order to stop, and four counters for the live line.
#pragma once
#include <atomic>
#include <expected>
#include <memory>

#include "load/arrival_plan.hpp"
#include "load/load_run.hpp"
#include "load/measurements.hpp"

namespace assay::load {

struct Counters {  // written by one worker, read by the reporter
  std::atomic<std::uint64_t> planned{0}, started{0}, done{0}, failed{0};
};

struct WorkerTask {
  const engine::Program& program;
  const engine::Oracle& oracle;
  const std::vector<bool>& lacking;
  const LoadOptions& options;
  unsigned index = 0, workers = 1;
  unsigned users = 1;  // closed model: of this worker; open model: the most
  std::chrono::steady_clock::time_point start;
  const std::atomic<bool>& stop;
};

// Runs to the end of the plan on the calling thread. A failure: the thread could not be set up.
std::expected<void, base::Failure> run_worker(const WorkerTask& task, Counters& counters, Measurements& out);

}  // namespace assay::load

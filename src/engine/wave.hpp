// What a race left behind, and when its copies are let go.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "engine/step_result.hpp"
#include "net/transport.hpp"

namespace assay::engine {

struct Wave {
  std::vector<std::unique_ptr<StepResult>> copies;  // one per copy; those of one trial are reused by the next
  std::size_t size = 0;                             // of the last wave
  std::chrono::nanoseconds spread{};                // between the first and the last release

  std::span<const std::unique_ptr<StepResult>> results() const { return {copies.data(), size}; }
};

// Offsets for the copies of one trial. Half of the trials have none. In the others the copies are spread over up to 0.2, 1, 5
// or 20 ms, or over the whole median latency, after the first copy or before it; never over more than the median latency,
// because what a race wins lies between the read and the write of one request. No latency is known before the first trial.
std::vector<std::chrono::nanoseconds> race_offsets(unsigned round, std::size_t copies,
                                                   std::chrono::nanoseconds median_latency);

}  // namespace assay::engine

// When flows are due in the open model. Pure: no clock, no I/O. The plan does not look at the server: that is the point.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>

namespace assay::load {

// A constant rate, split over workers by interleaving: worker w of n gets arrivals w, w+n, w+2n, ...
class ArrivalPlan {
 public:
  // rate: flows per second over all workers, above 0.
  ArrivalPlan(double rate, std::chrono::nanoseconds duration, unsigned worker, unsigned workers)
      : rate_(rate), duration_(duration), next_(worker), stride_(workers) {}

  // The due time of this worker's next arrival after the start of the run; nullopt when the plan is over.
  std::optional<std::chrono::nanoseconds> next() const {
    const std::chrono::nanoseconds due(static_cast<std::int64_t>(static_cast<double>(next_) / rate_ * 1e9));
    if (due >= duration_) return std::nullopt;
    return due;
  }
  void advance() { next_ += stride_; }

 private:
  double rate_;
  std::chrono::nanoseconds duration_;
  std::uint64_t next_;
  std::uint64_t stride_;
};

}  // namespace assay::load

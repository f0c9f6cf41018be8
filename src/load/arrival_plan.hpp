// When flows are due in the open model. Pure: no clock, no I/O. The plan does not look at the server: that is the point.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <vector>

#include "rules/load_plan.hpp"

namespace assay::load {

// The stages one after the other, split over workers. Constant arrivals are numbered and interleaved: worker w of n gets
// w, w+n, w+2n, ... Poisson arrivals are independent, so that every worker makes a n-th of the rate for itself.
class ArrivalPlan {
 public:
  ArrivalPlan(std::span<const rules::LoadStage> stages, rules::ArrivalProcess process, unsigned worker,
              unsigned workers, std::uint64_t seed = 0);

  // The due time of this worker's next arrival after the start of the run; nullopt when the plan is over.
  std::optional<std::chrono::nanoseconds> next() const;
  void advance();

 private:
  struct Segment {
    rules::LoadStage stage;
    double before = 0;  // arrivals of all workers in the stages before
    std::chrono::nanoseconds begins{};
  };

  std::vector<Segment> segments_;
  double total_ = 0;     // arrivals of all workers over the whole plan
  double position_ = 0;  // of the next arrival, counted over all workers
  unsigned workers_;
  bool poisson_;
  std::mt19937_64 random_;
  std::exponential_distribution<double> gap_{1.0};
};

// The stages with the warm-up before them, at the rate that the first stage begins with.
std::vector<rules::LoadStage> with_warm_up(const rules::LoadPlan& plan);
// How many flows per second the plan asks for, on average.
double mean_rate(std::span<const rules::LoadStage> stages);
std::chrono::nanoseconds total_duration(const rules::LoadPlan& plan);  // without warm-up

}  // namespace assay::load

// Puts together what the workers of a load run hand over: snapshots while it goes on, and the record of it. Runs on a thread of its
// own, where it costs the workers nothing.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "load/worker.hpp"

namespace assay::load {

class Reporter {
 public:
  Reporter(const rules::LoadPlan& plan, std::span<const PlannedRule> rules, const StepNames& names,
           std::span<const std::unique_ptr<Counters>> counters, std::deque<Measurements>& workers);

  // Takes what was handed over. `now`: since the arrivals began, warm-up included; `last`: all workers have ended.
  Snapshot snapshot(Nanoseconds now, bool last = false);
  // What has been taken so far, as counts, times, journeys and seconds of the record.
  void describe(record::Load& out) const;
  const Part& sum() const { return sum_; }
  InvariantCounts invariants() const;  // of all workers, as of the last seconds that they handed over

 private:
  // A worker may hand over a second some time after it is over.
  static constexpr std::size_t kOpenSeconds = 4;
  struct Open {
    record::Histogram response, lateness;
  };

  bool beside(std::size_t rule) const { return rule >= plan_.journeys.size(); }
  void take(const Part& part, Interval& interval);
  void finish();

  const rules::LoadPlan& plan_;
  std::span<const PlannedRule> rules_;
  const StepNames& names_;
  std::span<const std::unique_ptr<Counters>> counters_;
  std::deque<Measurements>& workers_;
  Part sum_;
  std::vector<std::optional<InvariantCounts>> invariants_;  // by worker
  std::vector<record::LoadSecond> seconds_;
  std::deque<Open> open_;  // of the seconds that are not finished
  std::size_t finished_ = 0;
  std::uint64_t dropped_ = 0;
  Nanoseconds measured_{};
};

}  // namespace assay::load

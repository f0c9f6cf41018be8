// Whether one side of load runs is slower or faster than the other, by whole histograms and not by averages. A difference is
// only called one when several runs of each side agree on it. Knows nothing of how it is shown.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "record/run.hpp"

namespace assay::record {

inline constexpr std::size_t kRunsPerSide = 3;          // fewer show no difference in times
inline constexpr double kLeastShare = 0.10;             // of the old value
inline constexpr std::uint64_t kLeastTime = 1'000'000;  // ns

// One percentile of one step, over all runs of a side, and its range from run to run.
struct LoadRow {
  std::string step;       // "flow (response)", "token"
  double percentile = 0;  // 99
  std::uint64_t before = 0, before_low = 0, before_high = 0;
  std::uint64_t now = 0, now_low = 0, now_high = 0;
  std::string change;  // "slower", "faster"; empty: no difference that these runs can show
};

struct LoadComparison {
  std::size_t runs_before = 0, runs_now = 0;
  std::vector<LoadRow> rows;
  std::uint64_t failed_before = 0, done_before = 0, failed_now = 0, done_now = 0;
  std::vector<std::string> broken, mended;  // violations, objectives, failures that one side has and the other not
  bool enough = false;                      // runs per side, to say something about times

  bool regression() const;
  bool anything() const;
};

LoadComparison compare_load(std::span<const Run> before, std::span<const Run> now);

// Why these are not runs of one plan against one target; empty: they are.
std::string incomparable_load(const Run& one, const Run& other);

}  // namespace assay::record

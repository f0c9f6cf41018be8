// What workers count adds up.
#include "load/measurements.hpp"

#include <gtest/gtest.h>

namespace assay::load {
namespace {

Measurements sample(std::uint64_t factor) {
  Measurements out;
  out.planned = 10 * factor;
  out.started = 9 * factor;
  out.done = 8 * factor;
  out.failed = 3 * factor;
  out.dropped = 1 * factor;
  out.requests = 20 * factor;
  out.cpu_seconds = 0.5;
  out.most_busy = 4;
  out.steps.resize(2);
  out.steps[0].name = "token";
  out.steps[0].done = factor;
  out.steps[1].failed = factor;
  out.steps[0].service.record(1000 * factor);
  out.flow_response.record(5000 * factor);
  out.flow_service.record(4000);
  out.lateness.record(10);
  out.second(std::chrono::milliseconds(1500)).done = factor;
  out.second(std::chrono::milliseconds(1500)).times.record(1000);
  out.errors["status 503"] = factor;
  out.violations["a/b#c"] = 1;
  return out;
}

TEST(Measurements, Merge) {
  Measurements sum;
  sum.steps.resize(2);
  sum.merge(sample(1));
  auto other = sample(2);
  other.second(std::chrono::seconds(3)).planned = 7;
  other.errors["timed out"] = 5;
  sum.merge(other);
  EXPECT_EQ(sum.planned, 30u);
  EXPECT_EQ(sum.started, 27u);
  EXPECT_EQ(sum.done, 24u);
  EXPECT_EQ(sum.failed, 9u);
  EXPECT_EQ(sum.dropped, 3u);
  EXPECT_EQ(sum.requests, 60u);
  EXPECT_EQ(sum.cpu_seconds, 1.0);
  EXPECT_EQ(sum.most_busy, 8u);
  EXPECT_EQ(sum.steps[0].done, 3u);
  EXPECT_EQ(sum.steps[1].failed, 3u);
  EXPECT_EQ(sum.steps[0].service.count(), 2u);
  EXPECT_EQ(sum.flow_response.max(), 10'000u);
  EXPECT_EQ(sum.flow_service.count(), 2u);
  EXPECT_EQ(sum.lateness.count(), 2u);
  ASSERT_EQ(sum.seconds.size(), 4u);
  EXPECT_EQ(sum.seconds[1].done, 3u);
  EXPECT_EQ(sum.seconds[1].times.count(), 2u);
  EXPECT_EQ(sum.seconds[3].planned, 7u);
  EXPECT_EQ(sum.errors, (std::map<std::string, std::uint64_t>{{"status 503", 3}, {"timed out", 5}}));
  EXPECT_EQ(sum.violations.at("a/b#c"), 2u);
}

TEST(Measurements, SecondsGrowAndNeverGoBelowZero) {
  Measurements out;
  out.second(std::chrono::nanoseconds(-5)).started = 1;
  EXPECT_EQ(out.seconds.size(), 1u);
  out.second(std::chrono::nanoseconds(999'999'999)).started += 1;
  EXPECT_EQ(out.seconds.size(), 1u);
  EXPECT_EQ(out.seconds[0].started, 2u);
  out.second(std::chrono::seconds(2));
  EXPECT_EQ(out.seconds.size(), 3u);
}

}  // namespace
}  // namespace assay::load

// Objectives over runs and windows: pure numbers in, verdicts out.
#include "load/objectives.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::load {
namespace {

using namespace std::chrono_literals;
using Metric = rules::LoadObjective::Metric;

constexpr std::uint64_t kMs = 1'000'000;

rules::LoadObjective below(Metric metric, double limit, double percentile = 0, std::string of = "") {
  rules::LoadObjective out;
  out.text = "some objective";
  out.metric = metric;
  out.limit = limit;
  out.percentile = percentile;
  out.of = std::move(of);
  return out;
}

record::Load some_load() {
  record::Load out;
  out.measured_duration = 10s;
  out.planned = 1010;
  out.done = 1000;
  out.failed = 5;
  out.dropped = 10;
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    out.flow_response.record(i * 100'000);
    out.lateness.record(i * 1000);
  }
  out.steps.resize(2);
  out.steps[0].name = out.steps[1].name = "token";
  out.steps[0].done = out.steps[1].done = 500;
  out.steps[0].failed = 2;
  for (int i = 0; i < 500; ++i) {
    out.steps[0].service.record(4 * kMs);
    out.steps[1].service.record(8 * kMs);
  }
  out.journeys.resize(1);
  out.journeys[0].rule = "code/single-use";
  out.journeys[0].done = 1000;
  out.journeys[0].response.record(77 * kMs);
  out.violations["a/b#c"] = 2;
  return out;
}

TEST(Objectives, EveryMetric) {
  const auto load = some_load();
  struct Row {
    rules::LoadObjective objective;
    bool met;
    std::string actual;
  };
  auto rate = below(Metric::rate, 100);
  rate.at_least = true;
  auto higher = rate;
  higher.limit = 100.5;
  const Row table[] = {
      {below(Metric::percentile, 100e6, 99), true, "99 ms"},
      {below(Metric::percentile, 90e6, 99), false, "99 ms"},
      {below(Metric::percentile, 9e6, 99, "token"), true, "8.00 ms"},  // both steps of that name
      {below(Metric::percentile, 9e6, 50, "token"), true, "4.01 ms"},
      {below(Metric::percentile, 70e6, 50, "code/single-use"), false, "77 ms"},
      {below(Metric::mean, 51e6), true, "50 ms"},
      {below(Metric::mean, 51e6, 0, "flow"), true, "50 ms"},
      {below(Metric::errors, 0.01), true, "0.5 %"},
      {below(Metric::errors, 0.005), false, "0.5 %"},  // below means below
      {below(Metric::errors, 0.01, 0, "token"), true, "0.2 %"},
      {below(Metric::dropped, 0.01), true, "0.99 %"},
      {below(Metric::violations, 1), false, "2"},
      {below(Metric::lateness, 1e6, 99), true, "991 µs"},
      {rate, true, "100/s"},
      {higher, false, "100/s"},
      {below(Metric::percentile, 9e6, 99, "no such step"), false, "nothing ended"},
  };
  for (const auto& row : table) {
    const auto judged = judge_objective(row.objective, load);
    EXPECT_EQ(judged.met, row.met) << row.actual;
    EXPECT_EQ(judged.actual, row.actual);
  }
}

TEST(Objectives, ARunWithoutAnyAnswerMeetsNothing) {
  record::Load nothing;
  nothing.planned = 10;
  EXPECT_FALSE(judge_objective(below(Metric::percentile, 1e9, 99), nothing).met);
  EXPECT_FALSE(judge_objective(below(Metric::errors, 1), nothing).met);
  EXPECT_TRUE(judge_objective(below(Metric::lateness, 1e6, 99), nothing).met);
}

Interval second_of(int second, std::uint64_t ns, std::uint64_t count = 100, std::uint64_t failed = 0) {
  Interval out;
  out.from = std::chrono::seconds(second);
  out.to = std::chrono::seconds(second + 1);
  out.planned = count;
  out.done = count;
  out.failed = failed;
  for (std::uint64_t i = 0; i < count; ++i) out.response.record(ns);
  return out;
}

TEST(WindowedObjectives, EachWindowCounts) {
  auto p99 = below(Metric::percentile, 60e6, 99);
  p99.window = 5s;
  const auto whole = below(Metric::percentile, 60e6, 50);
  const std::vector<rules::LoadObjective> all = {p99, whole};
  WindowedObjectives windows(all);
  record::Load load;
  for (int second = 0; second < 22; ++second) {
    const std::uint64_t ns = second == 7 ? 80 * kMs : second == 12 ? 400 * kMs : 20 * kMs;
    EXPECT_FALSE(windows.add(second_of(second, ns)));
    for (int i = 0; i < 100; ++i) load.flow_response.record(ns);
  }
  const auto results = windows.results(load);
  ASSERT_EQ(results.size(), 2u);
  EXPECT_FALSE(results[0].met);
  EXPECT_EQ(results[0].actual, "400 ms at 10 s, 2 of 4 windows");  // the last one was not filled
  EXPECT_EQ(results[0].window, 5s);
  EXPECT_TRUE(results[1].met);
  EXPECT_EQ(results[1].window, 0s);
}

TEST(WindowedObjectives, AMissCanEndTheRun) {
  auto errors = below(Metric::errors, 0.1);
  errors.window = 2s;
  errors.abort = true;
  const std::vector<rules::LoadObjective> all = {errors};
  WindowedObjectives windows(all);
  EXPECT_FALSE(windows.add(second_of(0, kMs)));
  EXPECT_FALSE(windows.add(second_of(1, kMs)));
  EXPECT_FALSE(windows.add(second_of(2, kMs, 100, 60)));
  EXPECT_TRUE(windows.add(second_of(3, kMs)));
  const auto result = windows.results(record::Load{}).at(0);
  EXPECT_TRUE(result.aborted);
  EXPECT_FALSE(result.met);
  EXPECT_EQ(result.actual, "30 % at 2 s, 1 of 2 windows");
}

// Answers that do not come have no times: a window in which flows were due and none ended is the worst there is.
TEST(WindowedObjectives, SilenceIsAMiss) {
  auto p99 = below(Metric::percentile, 60e6, 99);
  p99.window = 1s;
  const std::vector<rules::LoadObjective> all = {p99};
  WindowedObjectives windows(all);
  windows.add(second_of(0, kMs));
  Interval silent;
  silent.from = 1s;
  silent.to = 2s;
  silent.planned = 50;
  windows.add(silent);
  windows.add(second_of(2, 100 * kMs));
  silent.planned = 0;
  silent.from = 3s;
  silent.to = 4s;
  windows.add(silent);  // nothing was to happen
  const auto result = windows.results(record::Load{}).at(0);
  EXPECT_EQ(result.actual, "nothing ended at 1 s, 2 of 3 windows");
}

TEST(WindowedObjectives, AShortRunIsItsOnlyWindow) {
  auto p99 = below(Metric::percentile, 60e6, 99);
  p99.window = 10s;
  const std::vector<rules::LoadObjective> all = {p99};
  WindowedObjectives windows(all);
  windows.add(second_of(0, 70 * kMs));
  const auto result = windows.results(record::Load{}).at(0);
  EXPECT_FALSE(result.met);
  EXPECT_THAT(result.actual, testing::HasSubstr("1 of 1 window"));
}

TEST(Interval, AddsUp) {
  auto sum = second_of(0, kMs);
  sum.steps.push_back({.name = "token", .done = 1, .failed = 0, .times = {}});
  auto later = second_of(1, 3 * kMs, 50, 2);
  later.steps.push_back({.name = "token", .done = 2, .failed = 1, .times = {}});
  later.steps.push_back({.name = "authorize", .done = 4, .failed = 0, .times = {}});
  sum.merge(later);
  EXPECT_EQ(sum.from, 0s);
  EXPECT_EQ(sum.to, 2s);
  EXPECT_EQ(sum.done, 150u);
  EXPECT_EQ(sum.failed, 2u);
  EXPECT_EQ(sum.response.count(), 150u);
  ASSERT_EQ(sum.steps.size(), 2u);
  EXPECT_EQ(sum.steps[0].done, 3u);
  EXPECT_EQ(sum.steps[0].failed, 1u);
}

}  // namespace
}  // namespace assay::load

// The plan of the open model: exact counts, fair shares, no drift.
#include "load/arrival_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace assay::load {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

std::vector<nanoseconds> all_of(double rate, nanoseconds duration, unsigned worker = 0, unsigned workers = 1) {
  std::vector<nanoseconds> out;
  const rules::LoadStage stage{rate, rate, duration};
  ArrivalPlan plan({&stage, 1}, rules::ArrivalProcess::constant, worker, workers);
  while (const auto due = plan.next()) {
    out.push_back(*due);
    plan.advance();
  }
  return out;
}

TEST(ArrivalPlan, CountsAreExact) {
  const std::tuple<double, nanoseconds, std::size_t> table[] = {
      {1, 1s, 1},          {1, 10s, 10},           {10, 1s, 10},  {7, 3s, 21},   {49, 1s, 49},
      {1000, 10s, 10'000}, {333, 3s, 999},         {0.5, 10s, 5}, {0.1, 10s, 1}, {0.1, 11s, 2},
      {3, 500ms, 2},       {100'000, 1s, 100'000}, {2.5, 2s, 5},  {1, 500ms, 1}, {5, 0s, 0}};
  for (const auto& [rate, duration, count] : table)
    EXPECT_EQ(all_of(rate, duration).size(), count) << rate << " for " << duration.count();
}

TEST(ArrivalPlan, WorkersShareOnePlan) {
  for (const double rate : {1.0, 7.0, 333.0, 1000.0})
    for (const unsigned workers : {1u, 2u, 3u, 8u}) {
      std::vector<nanoseconds> merged;
      for (unsigned worker = 0; worker < workers; ++worker) {
        const auto part = all_of(rate, 3s, worker, workers);
        EXPECT_TRUE(std::ranges::is_sorted(part));
        merged.insert(merged.end(), part.begin(), part.end());
      }
      std::ranges::sort(merged);
      EXPECT_EQ(merged, all_of(rate, 3s));
    }
}

TEST(ArrivalPlan, DoesNotDrift) {
  const auto due = all_of(333, 3600s);
  ASSERT_EQ(due.size(), 333u * 3600);
  for (std::size_t second = 0; second < 3600; second += 100)
    EXPECT_LE(std::abs((due[second * 333] - nanoseconds(std::chrono::seconds(second))).count()), 1);
  for (std::size_t i = 1; i < 10'000; ++i) {
    const auto gap = (due[i] - due[i - 1]).count();
    EXPECT_TRUE(gap == 3'003'003 || gap == 3'003'004 || gap == 3'003'002) << gap;
  }
}

TEST(ArrivalPlan, NextDoesNotAdvance) {
  const rules::LoadStage stage{10, 10, 1s};
  ArrivalPlan plan({&stage, 1}, rules::ArrivalProcess::constant, 1, 2);
  EXPECT_EQ(plan.next(), 100ms);
  EXPECT_EQ(plan.next(), 100ms);
  plan.advance();
  EXPECT_EQ(plan.next(), 300ms);
}

std::vector<nanoseconds> all_of(std::vector<rules::LoadStage> stages, rules::ArrivalProcess process,
                                unsigned workers = 1, std::uint64_t seed = 0) {
  std::vector<nanoseconds> out;
  for (unsigned worker = 0; worker < workers; ++worker)
    for (ArrivalPlan plan(stages, process, worker, workers, seed); const auto due = plan.next(); plan.advance())
      out.push_back(*due);
  std::ranges::sort(out);
  return out;
}

TEST(ArrivalPlan, ARampHasItsAreaInArrivals) {
  const auto due = all_of({{0, 100, 10s}}, rules::ArrivalProcess::constant);
  ASSERT_EQ(due.size(), 500u);
  EXPECT_EQ(due.front(), 0ns);
  // N(t) = 5 t^2: a quarter of the arrivals in the first half.
  EXPECT_EQ(std::ranges::count_if(due, [](auto at) { return at < 5s; }), 125);
  EXPECT_EQ(
      std::ranges::count_if(all_of({{100, 0, 10s}}, rules::ArrivalProcess::constant), [](auto at) { return at < 5s; }),
      375);
}

TEST(ArrivalPlan, StagesFollowEachOther) {
  const auto due = all_of({{10, 10, 1s}, {0, 0, 1s}, {100, 100, 1s}}, rules::ArrivalProcess::constant, 3);
  ASSERT_EQ(due.size(), 110u);
  EXPECT_EQ(due[9], 900ms);
  EXPECT_EQ(due[10], 2s);
  EXPECT_EQ(due[109], 2990ms);
}

TEST(ArrivalPlan, PoissonArrivalsHaveTheRateAndTheSpread) {
  const auto due = all_of({{1000, 1000, 20s}}, rules::ArrivalProcess::poisson, 4, 42);
  EXPECT_NEAR(static_cast<double>(due.size()), 20'000, 5 * std::sqrt(20'000.0));
  // Counts in intervals: their variance is their mean (an even spacing would have none).
  std::vector<double> counts(2000);
  for (const auto at : due) ++counts[static_cast<std::size_t>(at / 10ms)];
  double mean = 0, variance = 0;
  for (const double count : counts) mean += count / 2000;
  for (const double count : counts) variance += (count - mean) * (count - mean) / 2000;
  EXPECT_NEAR(variance / mean, 1, 0.2);
  EXPECT_EQ(due, all_of({{1000, 1000, 20s}}, rules::ArrivalProcess::poisson, 4, 42));
  EXPECT_NE(due, all_of({{1000, 1000, 20s}}, rules::ArrivalProcess::poisson, 4, 43));
}

TEST(ArrivalPlan, WarmUpComesFirst) {
  rules::LoadPlan plan;
  plan.stages = {{50, 100, 2s}};
  plan.warm_up = 1s;
  const auto stages = with_warm_up(plan);
  ASSERT_EQ(stages.size(), 2u);
  EXPECT_EQ(stages[0].to, 50);
  EXPECT_EQ(stages[0].duration, 1s);
  EXPECT_EQ(mean_rate(plan.stages), 75);
  EXPECT_EQ(total_duration(plan), 2s);
}

}  // namespace
}  // namespace assay::load

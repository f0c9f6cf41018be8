// The plan of the open model: exact counts, fair shares, no drift.
#include "load/arrival_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace assay::load {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

std::vector<nanoseconds> all_of(double rate, nanoseconds duration, unsigned worker = 0, unsigned workers = 1) {
  std::vector<nanoseconds> out;
  ArrivalPlan plan(rate, duration, worker, workers);
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
  ArrivalPlan plan(10, 1s, 1, 2);
  EXPECT_EQ(plan.next(), 100ms);
  EXPECT_EQ(plan.next(), 100ms);
  plan.advance();
  EXPECT_EQ(plan.next(), 300ms);
}

}  // namespace
}  // namespace assay::load

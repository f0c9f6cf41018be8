// Shares are kept exactly.
#include "load/mix.hpp"

#include <gtest/gtest.h>

#include <map>

namespace assay::load {
namespace {

rules::LoadPlan plan_of(std::vector<double> weights, std::vector<double> shares) {
  rules::LoadPlan out;
  for (const double weight : weights) out.journeys.push_back({"r", weight});
  for (const double share : shares) out.beside.push_back({"b", share});
  return out;
}

TEST(Mix, SharesAreExact) {
  Mix mix(plan_of({8, 2}, {}), 0, 1);
  std::map<std::size_t, int> counts;
  for (int i = 0; i < 1000; ++i) ++counts[mix.next()];
  EXPECT_EQ(counts[0], 800);
  EXPECT_EQ(counts[1], 200);
}

TEST(Mix, AFewOddShares) {
  Mix mix(plan_of({1, 1, 0.01}, {}), 1, 3);
  std::map<std::size_t, int> counts;
  for (int i = 0; i < 20'100; ++i) ++counts[mix.next()];
  EXPECT_NEAR(counts[0], 10'000, 1);
  EXPECT_NEAR(counts[1], 10'000, 1);
  EXPECT_NEAR(counts[2], 100, 1);
}

// However many workers there are, together they run what the plan says.
TEST(Mix, WhatRunsBesideIsCountedOverAllWorkers) {
  for (const unsigned workers : {1u, 2u, 7u}) {
    const auto plan = plan_of({1}, {0.01, 0.5});
    unsigned rare = 0, often = 0;
    for (unsigned worker = 0; worker < workers; ++worker) {
      Mix mix(plan, worker, workers);
      for (unsigned i = 0; i < 7000 / workers; ++i) {
        mix.next();
        rare += mix.beside(0);
        often += mix.beside(1);
      }
    }
    EXPECT_NEAR(rare, 70u, 2) << workers;
    EXPECT_NEAR(often, 3500u, 5) << workers;
  }
}

}  // namespace
}  // namespace assay::load

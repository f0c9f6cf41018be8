// The search against servers that are formulas.
#include "load/find_limit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace assay::load {
namespace {

using namespace std::chrono_literals;

// A queue with one server: 1/(capacity - rate) seconds, without end from the capacity on.
LimitStep model(double rate, double capacity, double most_seconds, double generator = 1e9) {
  LimitStep out;
  out.point.rate = rate;
  const double seconds = rate < capacity ? 1 / (capacity - rate) : 1e3;
  out.point.achieved = std::min(rate, capacity);
  out.point.p99_ns = static_cast<std::uint64_t>(seconds * 1e9);
  out.generator = rate > generator;
  out.point.met = seconds < most_seconds && !out.generator;
  if (!out.point.met) out.point.why = "too slow";
  return out;
}

TEST(FindLimit, ComesNear) {
  for (const double capacity : {3.0, 17.0, 100.0, 1234.5, 80'000.0})
    for (const double first : {1.0, 10.0, 1000.0}) {
      LimitSearch search;
      search.first = first;
      const double truth = capacity - 1 / 0.5;  // half a second is allowed
      const auto limit = search_limit(search, [&](double rate) { return model(rate, capacity, 0.5); });
      EXPECT_LE(limit.rate, truth + 1e-9) << capacity << " from " << first;
      EXPECT_GE(limit.rate, truth / 1.06 - 0.1) << capacity << " from " << first;
      EXPECT_FALSE(limit.reached_generator);
      EXPECT_LE(limit.curve.size(), search.most_steps);
      EXPECT_EQ(limit.curve.front().rate, first);
    }
}

TEST(FindLimit, NothingMeetsTheObjective) {
  unsigned runs = 0;
  const auto limit = search_limit({}, [&](double rate) {
    ++runs;
    return model(rate, 0, 1);
  });
  EXPECT_EQ(limit.rate, 0);
  EXPECT_EQ(limit.curve.back().rate, LimitSearch{}.lowest);
  EXPECT_EQ(runs, limit.curve.size());
}

TEST(FindLimit, TheGeneratorIsTheLimit) {
  const auto limit = search_limit({}, [&](double rate) { return model(rate, 1e9, 1, 5000); });
  EXPECT_TRUE(limit.reached_generator);
  EXPECT_LE(limit.rate, 5000);
  EXPECT_GE(limit.rate, 4700);
}

// Somewhere above, the generator was too slow; but then the server missed at a lower rate.
TEST(FindLimit, TheServerIsTheLimitAfterAll) {
  LimitSearch search;
  search.first = 100;  // 800 is too much for the generator, 673 for the server
  const auto limit = search_limit(search, [&](double rate) { return model(rate, 600, 0.5, 700); });
  EXPECT_TRUE(limit.curve.at(3).rate == 800);
  EXPECT_FALSE(limit.reached_generator);
}

TEST(FindLimit, StepsAreBounded) {
  LimitSearch search;
  search.precision = 1e-9;
  search.most_steps = 7;
  const auto limit = search_limit(search, [&](double rate) { return model(rate, 1000, 0.5); });
  EXPECT_LE(limit.curve.size(), 7u);
  search.most_steps = 1000;
  EXPECT_LT(search_limit(search, [&](double rate) { return model(rate, 1000, 0.5); }).curve.size(), 60u);
}

TEST(FindLimit, EndsWhenToldTo) {
  unsigned runs = 0;
  const auto limit = search_limit({}, [&](double rate) -> std::optional<LimitStep> {
    if (++runs == 4) return std::nullopt;
    return model(rate, 1e6, 0.5);
  });
  EXPECT_EQ(limit.curve.size(), 3u);
  EXPECT_EQ(limit.rate, 40);
}

TEST(FindLimit, WithLoadRuns) {
  rules::LoadPlan plan;
  plan.stages = {{50, 100, 5s}};
  plan.duration = 5s;
  rules::LoadObjective objective;
  objective.text = "p99 < 250ms";
  objective.percentile = 99;
  objective.limit = 250e6;
  const auto run = [&](const rules::LoadPlan& step) -> std::optional<record::Load> {
    EXPECT_EQ(step.stages.size(), 1u);
    EXPECT_EQ(step.stages.at(0).from, step.stages.at(0).to);
    EXPECT_EQ(step.stages.at(0).duration, 5s);
    EXPECT_EQ(step.warm_up, 2s);
    record::Load load;
    load.rate = step.stages[0].from;
    load.measured_duration = 5s;
    load.planned = load.done = static_cast<std::uint64_t>(load.rate * 5);
    if (load.rate > 700) load.done /= 2;
    load.flow_response.record(static_cast<std::uint64_t>(load.rate * 400'000));  // 250 ms at 625 per second
    return load;
  };
  const auto found = find_limit(plan, std::span(&objective, 1), run);
  EXPECT_EQ(found.limit.curve.front().rate, 50);
  EXPECT_LT(found.limit.rate, 625);
  EXPECT_GE(found.limit.rate, 590);
  EXPECT_EQ(found.load.rate, found.limit.rate);
  for (const auto& point : found.limit.curve) {
    EXPECT_EQ(point.met, point.why.empty());
    if (!point.met) EXPECT_THAT(point.why, testing::HasSubstr("p99 < 250ms: "));
  }
}

TEST(FindLimit, AGrowingQueueIsAMiss) {
  rules::LoadPlan plan;
  plan.duration = 5s;
  const auto found = find_limit(plan, {}, [&](const rules::LoadPlan& step) -> std::optional<record::Load> {
    record::Load load;
    load.measured_duration = 5s;
    load.planned = static_cast<std::uint64_t>(step.stages.at(0).from * 5);
    load.done = std::min<std::uint64_t>(load.planned, 500);
    return load;
  });
  EXPECT_LE(found.limit.rate, 106);
  EXPECT_GE(found.limit.rate, 99);
}

}  // namespace
}  // namespace assay::load

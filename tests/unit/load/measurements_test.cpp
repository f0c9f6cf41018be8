// What workers count adds up, and what they hand over once a second is what they counted.
#include "load/measurements.hpp"

#include <gtest/gtest.h>

namespace assay::load {
namespace {

using namespace std::chrono_literals;

const rules::Rule& rule() {
  static const rules::Rule rule = [] {
    rules::Rule out;
    out.id = "a/b";
    out.slots = 3;
    out.arrange.resize(1);
    out.arrange[0].name = "token";
    out.act.resize(2);
    out.act[0].name = "again";
    out.act[0].slot = 1;
    out.act[1].name = "token";
    out.act[1].slot = 2;
    out.checks.resize(1);
    out.checks[0].name = "c";
    return out;
  }();
  return rule;
}

const std::vector<PlannedRule> planned = {{&rule(), {false}}};

void fill(Part& out, std::uint64_t factor) {
  auto& one = out.rules[0];
  one.planned = 10 * factor;
  one.started = 9 * factor;
  one.done = 8 * factor;
  one.failed = 3 * factor;
  one.dropped = 1 * factor;
  one.steps[0].done = factor;
  one.steps[1].failed = factor;
  one.steps[0].service.record(1000 * factor);
  one.response.record(5000 * factor);
  one.service.record(4000);
  one.checks[0].held = 5 * factor;
  one.race.emplace();
  one.race->trials = static_cast<unsigned>(factor);
  one.race->double_mints = 1;
  one.race->copies = {2, static_cast<unsigned>(factor)};
  out.requests = 20 * factor;
  out.connections = factor;
  out.violations_count = 1;
  out.violations["a/b#c"] = 1;
  out.errors["token: status 500"] = factor;
  out.evidence.push_back({"a/b", "c", 5ns * factor, {}});
  out.lateness.record(10);
  out.queue_wait.record(20);
}

TEST(Part, Merge) {
  Part sum(planned), one(planned), other(planned);
  fill(one, 1);
  fill(other, 2);
  sum.merge(one);
  sum.merge(other);
  const auto& all = sum.rules[0];
  EXPECT_EQ(all.planned, 30u);
  EXPECT_EQ(all.started, 27u);
  EXPECT_EQ(all.done, 24u);
  EXPECT_EQ(all.failed, 9u);
  EXPECT_EQ(all.dropped, 3u);
  EXPECT_EQ(all.steps[0].done, 3u);
  EXPECT_EQ(all.steps[1].failed, 3u);
  EXPECT_EQ(all.steps[0].service.count(), 2u);
  EXPECT_EQ(all.response.max(), 10'000u);
  EXPECT_EQ(all.service.count(), 2u);
  EXPECT_EQ(all.checks[0].held, 15u);
  ASSERT_TRUE(all.race);
  EXPECT_EQ(all.race->trials, 3u);
  EXPECT_EQ(all.race->double_mints, 2u);
  EXPECT_EQ(all.race->copies, (std::vector<unsigned>{2, 1}));
  EXPECT_EQ(sum.requests, 60u);
  EXPECT_EQ(sum.connections, 3u);
  EXPECT_EQ(sum.violations_count, 2u);
  EXPECT_EQ(sum.violations["a/b#c"], 2u);
  EXPECT_EQ(sum.errors["token: status 500"], 3u);
  ASSERT_EQ(sum.evidence.size(), 2u);
  EXPECT_EQ(sum.evidence[0].at, 5ns);
  EXPECT_EQ(sum.lateness.count(), 2u);
  EXPECT_EQ(sum.queue_wait.count(), 2u);
}

TEST(Part, AClearedOneAddsNothing) {
  Part sum(planned), one(planned);
  fill(one, 2);
  one.clear();
  sum.merge(one);
  EXPECT_EQ(sum.rules[0].planned + sum.rules[0].started + sum.rules[0].done + sum.rules[0].failed, 0u);
  EXPECT_EQ(sum.rules[0].steps[0].service.count(), 0u);
  EXPECT_EQ(sum.rules[0].response.max(), 0u);
  EXPECT_EQ(sum.rules[0].checks[0].held, 0u);
  EXPECT_FALSE(sum.rules[0].race);
  EXPECT_EQ(sum.requests + sum.connections + sum.violations_count, 0u);
  EXPECT_TRUE(sum.errors.empty() && sum.violations.empty() && sum.evidence.empty());
  EXPECT_EQ(one.rules[0].steps[0].name, "token");
}

TEST(StepNames, TheSameNameIsOneStep) {
  const StepNames names(planned);
  EXPECT_EQ(names.names, (std::vector<std::string>{"token", "again"}));
  EXPECT_EQ(names.by_slot, (std::vector<std::vector<int>>{{0, 1, 0}}));
  EXPECT_EQ(names.rules, std::vector<std::string>{"a/b"});
}

TEST(Measurements, HandsOverEachSecondOnce) {
  Measurements out(planned);
  out.tick(-5ns);
  out.part().rules[0].planned = 3;
  out.tick(999'999'999ns);
  EXPECT_TRUE(out.mailbox.take().empty());
  out.tick(2s);
  out.part().rules[0].planned = 4;
  auto parts = out.mailbox.take();
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].second, 0u);
  EXPECT_EQ(parts[0].rules[0].planned, 3u);
  EXPECT_EQ(parts[0].rules[0].steps.size(), 3u);
  out.mailbox.give_back(std::move(parts));
  out.hand_over();
  parts = out.mailbox.take();
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].second, 2u);
  EXPECT_EQ(parts[0].rules[0].planned, 4u);
  EXPECT_EQ(out.part().second, 2u);
  EXPECT_EQ(out.part().rules[0].planned, 0u) << "the part that was given back is empty";
}

TEST(Measurements, KeepsTheFirstFlowsThatBreakACheckWhateverTheSecond) {
  Measurements out(planned);
  int kept = 0;
  for (int second = 0; second < 10; ++second) {
    out.tick(std::chrono::seconds(second));
    kept += out.keeps(0, 0) ? 1 : 0;
  }
  EXPECT_EQ(kept, 5);
}

}  // namespace
}  // namespace assay::load

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

void fill(Measurements& out, std::uint64_t factor) {
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
  out.cpu_seconds = 0.5;
  out.most_busy = 4;
  out.lateness.record(10);
}

TEST(Measurements, Merge) {
  const StepNames names(planned);
  Measurements sum(planned, names), one(planned, names), other(planned, names);
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
  EXPECT_EQ(sum.cpu_seconds, 1.0);
  EXPECT_EQ(sum.most_busy, 8u);
  EXPECT_EQ(sum.lateness.count(), 2u);
}

TEST(StepNames, TheSameNameIsOneStep) {
  const StepNames names(planned);
  EXPECT_EQ(names.names, (std::vector<std::string>{"token", "again"}));
  EXPECT_EQ(names.by_slot, (std::vector<std::vector<int>>{{0, 1, 0}}));
  EXPECT_EQ(names.rules, std::vector<std::string>{"a/b"});
}

TEST(Measurements, HandsOverEachSecondOnce) {
  const StepNames names(planned);
  Measurements out(planned, names);
  out.tick(-5ns);
  out.part().counts.planned = 3;
  out.tick(999'999'999ns);
  EXPECT_TRUE(out.mailbox.take().empty());
  out.tick(2s);
  out.part().counts.planned = 4;
  auto parts = out.mailbox.take();
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].second, 0u);
  EXPECT_EQ(parts[0].counts.planned, 3u);
  EXPECT_EQ(parts[0].counts.steps.size(), 2u);
  out.hand_over();
  parts = out.mailbox.take();
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].second, 2u);
  EXPECT_EQ(parts[0].counts.planned, 4u);
  EXPECT_EQ(out.part().counts.planned, 0u);
}

}  // namespace
}  // namespace assay::load

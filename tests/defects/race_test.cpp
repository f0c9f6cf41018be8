// Races can be won: a gap of 0.2 ms in the mock is found within 299 trials, and the healthy mock stands as many.
#include <gtest/gtest.h>

#include "support/checking.hpp"

namespace assay {
namespace {

struct Example {
  const char *defect, *rule, *check;
};

class RealGap : public ::testing::TestWithParam<Example> {};

TEST_P(RealGap, IsFound) {
  const auto& example = GetParam();
  mock::ProviderOptions options;
  options.threads = 2;
  options.race_gap = std::chrono::microseconds(200);
  options.defects = {example.defect};
  const auto provider = mock::Provider::start(options);
  ASSERT_TRUE(provider);
  const auto run = support::check_mock(**provider, support::every_rule(), {example.rule}, {.wanted = 299});
  const auto broken = support::broken_checks(run);
  EXPECT_TRUE(broken.contains(std::string(example.rule) + "#" + example.check));
  for (const auto& rule : run.rules) {
    if (rule.id != example.rule) continue;
    ASSERT_TRUE(rule.race);
    EXPECT_EQ(rule.race->violations, 1u);
    EXPECT_GE(rule.race->double_mints, 1u);
    EXPECT_LE(rule.race->trials, 299u);
    RecordProperty("trials", static_cast<int>(rule.race->trials));
  }
}

INSTANTIATE_TEST_SUITE_P(Races, RealGap,
                         ::testing::Values(Example{"code-check-then-mark", "race/code-redeem", "at-most-one-token"},
                                           Example{"refresh-check-then-rotate", "race/refresh-rotate", "one-lineage"}));

TEST(HealthyMock, StandsRaces) {
  mock::ProviderOptions options;
  options.threads = 2;
  const auto provider = mock::Provider::start(options);
  ASSERT_TRUE(provider);
  const auto run = support::check_mock(**provider, support::every_rule(), {"race/*"}, {.wanted = 30});
  std::size_t raced = 0;
  for (const auto& rule : run.rules) {
    if (!rule.race) continue;
    ++raced;
    EXPECT_EQ(rule.verdict, record::Verdict::pass) << rule.id << ": " << rule.reason;
    EXPECT_EQ(rule.race->trials, 30u) << rule.id << ": " << rule.race->ended;
    EXPECT_EQ(rule.race->violations, 0u);
    EXPECT_EQ(rule.race->double_mints, 0u);
    EXPECT_GT(rule.race->median_spread.count(), 0);
    EXPECT_GT(rule.race->median_latency.count(), 0);
  }
  EXPECT_GE(raced, 6u);
}

}  // namespace
}  // namespace assay

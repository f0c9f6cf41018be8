// The same seed, the same values: what makes a run repeatable.
#include "tests/support/engine_test.hpp"

namespace assay::engine {
namespace {

std::string fresh_rule(const std::string& id) {
  return rule_file(
      R"("act":[{"authorize":{"nonce":"${fresh.random}","set":{"word":"${fresh.word}","chars":"${fresh.chars.12}"}},"as":"g"},
                {"token":{"grant":"client_credentials","auth":"wrong-secret","client":"service"},"as":"t"}],
         "assert":[{"check":"c","clause":"x/1/must","that":{"g":{"denied":false}}}])",
      id);
}

// Everything that was sent for a rule.
std::string sent(std::optional<std::uint64_t> seed, const std::vector<std::string>& ids, const std::string& of) {
  FakeWorld world;
  world.seed = seed;
  std::vector<std::string> rules;
  for (const auto& id : ids) rules.push_back(fresh_rule(id));
  world.check(rules);
  std::string out;
  for (const auto& exchange : world.run.exchanges)
    if (exchange.rule == of) out += exchange.request;
  EXPECT_THAT(out, testing::HasSubstr("code_challenge"));
  EXPECT_THAT(out, testing::HasSubstr("chars="));
  return out;
}

TEST(Seed, RepeatsEveryValueOfARule) {
  EXPECT_EQ(sent(5, {"t/a"}, "t/a"), sent(5, {"t/a"}, "t/a"));
  EXPECT_NE(sent(5, {"t/a"}, "t/a"), sent(6, {"t/a"}, "t/a"));
  EXPECT_NE(sent(std::nullopt, {"t/a"}, "t/a"), sent(std::nullopt, {"t/a"}, "t/a"));
}

TEST(Seed, DoesNotDependOnTheOtherRules) {
  EXPECT_EQ(sent(5, {"t/a", "t/b"}, "t/b"), sent(5, {"t/b"}, "t/b"));
  EXPECT_NE(sent(5, {"t/a", "t/b"}, "t/a"), sent(5, {"t/a", "t/b"}, "t/b"));
}

}  // namespace
}  // namespace assay::engine

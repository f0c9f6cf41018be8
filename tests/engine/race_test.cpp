// Races against a scripted server: what is counted, what says nothing, how many trials there are and what is kept of them.
#include "engine/race_tally.hpp"
#include "tests/support/engine_test.hpp"

namespace assay::engine {
namespace {

std::string token(const std::string& value) { return json(R"({"access_token":")" + value + R"("})"); }
std::string refused(int status = 400) { return json(R"({"error":"invalid_grant"})", status); }

// A race for one code, with one check of it.
std::string race(const std::string& that, const std::string& copies = "4", int trials = 1,
                 const std::string& more = R"("clause":"x/1/must")") {
  return rule_file(R"("trials":{"count":)" + std::to_string(trials) +
                   R"(},"arrange":[{"authorize":{},"as":"g"}],"act":[{"race":{"copies":)" + copies +
                   R"(,"of":{"token":{"grant":"authorization_code","code":"${g.code}"}}},"as":"wave"}],)" +
                   R"("assert":[{"check":"c",)" + more + R"(,"that":)" + that + "}]");
}

constexpr auto one_token = R"({"count":{"in":"wave","distinct":"access_token"},"atMost":1})";
constexpr auto one_answer = R"({"count":{"in":"wave","where":{"denied":false}},"atMost":1})";
constexpr auto no_5xx = R"({"count":{"in":"wave","where":{"status":"5xx"}},"is":0})";

// The n-th token request gets the n-th answer, further ones the last.
void answer(FakeWorld& world, std::vector<std::string> answers) {
  world.transport.on("POST /token",
                     [answers = std::move(answers), next = std::size_t{0}](const ScriptedRequest&) mutable {
                       return answers[std::min(next++, answers.size() - 1)];
                     });
}

TEST(Race, TellsADoubleMintFromTheSameAnswerTwice) {
  struct Example {
    std::vector<std::string> answers;
    const char *one_token, *one_answer;
    unsigned double_mints, identical, denials;
  };
  const std::vector<Example> examples = {
      {{token("a"), refused(), refused()}, "pass", "pass", 0, 0, 0},
      {{token("a"), refused(), token("b"), refused()}, "fail", "fail", 1, 0, 0},
      {{token("a"), token("a"), refused()}, "pass", "fail", 0, 1, 0},
      {{refused()}, "pass", "pass", 0, 0, 1},
  };
  for (const auto& example : examples) {
    FakeWorld world;
    answer(world, example.answers);
    world.check({race(one_token)});
    EXPECT_EQ(verdict(world.run, "c"), example.one_token);
    const auto& found = *rule_of(world.run, "t/r").race;
    EXPECT_EQ(found.trials, 1u);
    EXPECT_EQ(found.requests, 4u);
    EXPECT_EQ(found.double_mints, example.double_mints);
    EXPECT_EQ(found.identical, example.identical);
    EXPECT_EQ(found.denials, example.denials);
    answer(world, example.answers);
    world.check({race(one_answer)});
    EXPECT_EQ(verdict(world.run, "c"), example.one_answer);
  }
}

TEST(Race, CopiesThatWereTurnedAwaySayNothing) {
  FakeWorld world;
  answer(world, {token("a"), response(503, "", ""), refused(), response(429, "", "")});
  world.check({race(no_5xx)});
  EXPECT_EQ(verdict(world.run, "c"), "pass");
  EXPECT_EQ(rule_of(world.run, "t/r").race->overloads, 2u);
  answer(world, {token("a"), response(500, "", ""), refused()});
  world.check({race(no_5xx)});
  EXPECT_EQ(verdict(world.run, "c"), "fail");
  EXPECT_EQ(rule_of(world.run, "t/r").race->server_errors, 1u);
  EXPECT_EQ(rule_of(world.run, "t/r").checks.at(0).actual, "1 of 4 answers did");
}

TEST(Race, OneUsableAnswerIsNoRace) {
  FakeWorld world;
  answer(world, {token("a"), response(503, "", "")});
  world.check({race(one_token)});
  EXPECT_EQ(verdict(world.run, "c"), "inconclusive");
  const auto& rule = rule_of(world.run, "t/r");
  EXPECT_THAT(rule.checks.at(0).reason, HasSubstr("1 of 4 copies got an answer"));
  EXPECT_EQ(rule.race->trials, 0u);
  EXPECT_EQ(rule.race->inconclusive, 1u);
}

TEST(Race, EveryLooksAtThoseThatAreMeant) {
  const std::string that = R"({"every":{"in":"wave","where":{"denied":true}},"is":{"status":[400,401]}})";
  FakeWorld world;
  answer(world, {token("a"), refused(401), refused(), response(503, "", "")});
  world.check({race(that)});
  EXPECT_EQ(verdict(world.run, "c"), "pass");
  EXPECT_EQ(rule_of(world.run, "t/r").checks.at(0).actual, "2 of 2 answers did");
  answer(world, {token("a"), refused(409), refused()});
  world.check({race(that)});
  EXPECT_EQ(verdict(world.run, "c"), "fail");
  EXPECT_THAT(rule_of(world.run, "t/r").checks.at(0).actual, HasSubstr("2 of 3 answers did; one of them: 409"));
  EXPECT_EQ(rule_of(world.run, "t/r").checks.at(0).evidence.size(), 1u);
}

TEST(Race, AtLeastWaitsForTheSilent) {
  const std::string that = R"({"count":{"in":"wave","where":{"denied":false}},"atLeast":3})";
  FakeWorld world;
  answer(world, {token("a"), token("b"), refused(), response(503, "", "")});
  world.check({race(that)});
  EXPECT_EQ(verdict(world.run, "c"), "inconclusive") << "the fourth might have been the third";
  answer(world, {token("a"), token("b"), refused()});
  world.check({race(that)});
  EXPECT_EQ(verdict(world.run, "c"), "fail");
}

TEST(Race, TriesEveryTokenAfterwards) {
  // Each access token once, however often it was handed out; arrange shows that the oracle can say yes.
  const auto rule = [](const std::string& counting) {
    return rule_file(
        R"("arrange":[{"token":{"grant":"client_credentials","client":"web"},"as":"t"}],"act":[{"race":{"copies":4,"of":{"token":)"
        R"({"grant":"client_credentials","client":"web"}}},"as":"wave"}],"assert":[{"check":"c","clause":"x/1/must","that":{"count":{"in":"wave",)" +
        counting + R"(},"atMost":1}}])");
  };
  FakeWorld world;
  world.check({rule(R"("live":true)")});
  EXPECT_EQ(verdict(world.run, "c"), "fail");
  EXPECT_EQ(rule_of(world.run, "t/r").checks.at(0).actual, "4 of 4 access_tokens still work");
  world.check({rule(R"("live":false)")});
  EXPECT_EQ(verdict(world.run, "c"), "pass");
  answer(world, {token("dead"), token("dead-1"), token("dead-2")});
  world.check({rule(R"("live":true)")});
  EXPECT_EQ(verdict(world.run, "c"), "inconclusive") << "no oracle accepted a token while it was fresh";
}

TEST(Race, UsesUpRefreshTokensByAsking) {
  FakeWorld world;
  const auto rule = rule_file(
      R"("arrange":[{"authorize":{},"as":"g"},{"token":{"grant":"authorization_code","code":"${g.code}"},"as":"t"}],"act":[{"race":{"copies":3,"of":)"
      R"({"refresh":{"token":"${t.refresh_token}"}}},"as":"wave"}],"assert":[{"check":"c","clause":"x/1/must","that":{"count":{"in":"wave","refreshable":true},"atMost":1}}])");
  world.check({rule});
  EXPECT_EQ(verdict(world.run, "c"), "pass");
  EXPECT_EQ(rule_of(world.run, "t/r").checks.at(0).actual, "1 of 1 refresh_token still work");
  int asked = 0;
  world.transport.on("POST /token", [&](const ScriptedRequest&) {
    const auto number = std::to_string(++asked);
    return json(R"({"access_token":"a)" + number + R"(","refresh_token":"r)" + number + R"("})");
  });
  world.check({rule});
  EXPECT_EQ(verdict(world.run, "c"), "fail");
  EXPECT_EQ(rule_of(world.run, "t/r").checks.at(0).actual, "3 of 3 refresh_tokens still work");
}

TEST(Race, TrialsEndAtTheFirstViolationAndKeepOnlyWhatMatters) {
  FakeWorld world;
  int codes = 0, asked = 0;
  world.transport.on("POST /token", [&](const ScriptedRequest&) {
    // The fifth code is sold twice.
    codes = asked++ / 2 + 1;
    return asked % 2 == 1 ? token("a" + std::to_string(asked)) : codes == 5 ? token("b") : refused();
  });
  world.check({race(one_token, "2", 20)});
  EXPECT_EQ(verdict(world.run, "c"), "fail");
  const auto& rule = rule_of(world.run, "t/r");
  EXPECT_EQ(rule.race->trials, 5u);
  EXPECT_EQ(rule.race->violations, 1u);
  EXPECT_EQ(rule.race->planned, 20u);
  EXPECT_EQ(rule.race->ended, "first violation");
  EXPECT_EQ(asked, 10);
  // An authorization request and two redemptions each, of the first and of the fifth trial.
  EXPECT_EQ(rule.exchanges.size(), 6u);
  EXPECT_EQ(world.run.exchanges.size(), 6u);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(world.run.exchanges[i].id, static_cast<int>(i) + 1);
  EXPECT_THAT(rule.checks.at(0).evidence, ElementsAre(5, 6));
  EXPECT_THAT(world.run.exchanges.back().response, HasSubstr("\"b\""));
}

TEST(Race, CopiesTakeTurns) {
  FakeWorld world;
  world.check({race(one_token, "[2,5,3]", 4)});
  EXPECT_EQ(verdict(world.run, "c"), "pass");
  const auto& found = *rule_of(world.run, "t/r").race;
  EXPECT_EQ(found.requests, 12u);
  EXPECT_THAT(found.copies, ElementsAre(2u, 3u, 5u));
  EXPECT_EQ(found.trials, 4u);
  EXPECT_EQ(found.ended, "all trials");
}

TEST(Race, ALaterTrialThatCannotBeArrangedEndsTheSeries) {
  FakeWorld world;
  int asked = 0;
  world.transport.on("GET /authorize", [&](const ScriptedRequest& request) {
    return ++asked > 3 ? response(503, "", "")
                       : support::redirect("http://client.test/cb?code=c&state=" +
                                           *base::find_parameter(request.query, "state"));
  });
  answer(world, {token("a"), refused()});
  world.check({race(one_answer, "2", 9)});
  EXPECT_EQ(verdict(world.run, "c"), "pass");
  const auto& found = *rule_of(world.run, "t/r").race;
  EXPECT_EQ(found.trials, 3u);
  EXPECT_THAT(found.ended, HasSubstr("could not be arranged"));
  asked = 10;
  world.check({race(one_answer, "2", 9)});
  EXPECT_EQ(rule_of(world.run, "t/r").verdict, Verdict::blocked) << "the first one is the rule's";
}

TEST(Race, OffsetsStayWithinOneRequest) {
  for (unsigned round = 0; round < 40; ++round)
    for (const auto latency : {0ns, 400'000ns, 8'000'000ns, 300'000'000ns}) {
      const auto offsets = race_offsets(round, 8, latency);
      ASSERT_EQ(offsets.size(), 8u);
      EXPECT_EQ(offsets[0], 0ns);
      for (const auto offset : offsets) EXPECT_LE(std::chrono::abs(offset), latency);
      if (round % 2 == 0) EXPECT_THAT(offsets, Each(0ns));
    }
  EXPECT_EQ(race_offsets(1, 2, 1s)[1], 200us);
  EXPECT_EQ(race_offsets(3, 2, 1s)[1], -200us);
  EXPECT_EQ(race_offsets(13, 2, 1s)[1], 20ms);
  EXPECT_EQ(race_offsets(17, 3, 1s)[1], 500ms);
}

}  // namespace
}  // namespace assay::engine

// Servers that are busy, and connections that break: slower, once more, and said so.
#include "engine/throttle.hpp"

#include "tests/support/engine_test.hpp"

namespace assay::engine {
namespace {

const std::string service_rule = rule_file(
    R"("act":[{"token":{"grant":"client_credentials"},"as":"t"}],"assert":[{"check":"c","clause":"x/1/must","that":{"t":{"status":200}}}])");

std::optional<std::chrono::nanoseconds> pause_of(int status, const std::string& fields, unsigned attempt = 0) {
  net::Answer answer;
  answer.assign(response(status, "", "", fields));
  return asked_pause(answer, attempt, std::chrono::sys_seconds(784111777s));
}

TEST(AskedPause, ReadsRetryAfter) {
  EXPECT_EQ(pause_of(200, "Retry-After: 5\r\n"), std::nullopt);
  EXPECT_EQ(pause_of(503, ""), std::nullopt);
  EXPECT_EQ(pause_of(503, "Retry-After: 5\r\n"), 5s);
  EXPECT_EQ(pause_of(429, "Retry-After: 0\r\n"), 0s);
  EXPECT_EQ(pause_of(429, ""), 1s);
  EXPECT_EQ(pause_of(429, "", 2), 4s);
  EXPECT_EQ(pause_of(429, "Retry-After: Sun, 06 Nov 1994 08:49:47 GMT\r\n"), 10s);
  EXPECT_EQ(pause_of(429, "Retry-After: Sun, 06 Nov 1994 08:49:07 GMT\r\n"), 0s);
  for (const char* endless : {"3600", "99999999999999999999", "Sun, 06 Nov 2094 08:49:37 GMT"})
    EXPECT_EQ(pause_of(429, "Retry-After: " + std::string(endless) + "\r\n"), 30s) << endless;
  EXPECT_EQ(pause_of(429, "Retry-After: soon\r\n"), 1s);
}

TEST(Throttle, RepeatsWhatWasNotProcessed) {
  FakeWorld world;
  int asked = 0;
  world.transport.on("POST /token", [&](const ScriptedRequest&) {
    return ++asked < 3 ? response(429, "", "", "Retry-After: 2\r\n") : json(R"({"access_token":"x"})");
  });
  world.check({service_rule});
  EXPECT_EQ(rule_of(world.run, "t/r").verdict, Verdict::pass);
  EXPECT_EQ(asked, 3);
  EXPECT_EQ(world.time.passed, 4s);
  EXPECT_EQ(world.run.slow_downs, 2u);
  EXPECT_EQ(world.run.slowed_down, 4s);
  EXPECT_FALSE(rule_of(world.run, "t/r").flaky);
}

TEST(Throttle, GivesUpAfterAWhile) {
  FakeWorld world;
  int asked = 0;
  world.transport.on("POST /token", [&](const ScriptedRequest&) {
    ++asked;
    return response(429, "", "", "Retry-After: 60\r\n");
  });
  world.check({service_rule});
  EXPECT_EQ(rule_of(world.run, "t/r").verdict, Verdict::inconclusive);
  EXPECT_EQ(asked, 4);
  EXPECT_EQ(world.time.passed, 90s);
  // The patience of a run is limited, too: two minutes in all.
  world.time.passed = {};
  asked = 0;
  std::vector<std::string> many;
  for (char c = 'a'; c < 'k'; ++c)
    many.push_back(rule_file(
        service_rule.substr(service_rule.find("\"act\""), service_rule.size() - service_rule.find("\"act\"") - 1),
        std::string("t/") + c));
  world.check(many);
  EXPECT_EQ(world.time.passed, 120s);
  EXPECT_EQ(asked, 14);
}

TEST(Throttle, EverybodyPausesAndThenGoesOnAlone) {
  FakeWorld world;
  world.concurrency = 5;
  world.transport.yields = true;
  world.time.yields = true;
  int asked = 0;
  world.transport.on("POST /token", [&](const ScriptedRequest&) {
    if (++asked > 5) EXPECT_GE(world.time.passed, 3s);
    return asked <= 5 ? response(429, "", "", "Retry-After: 3\r\n") : json(R"({"access_token":"x"})");
  });
  std::vector<std::string> many;
  for (char c = 'a'; c < 'z'; ++c)
    many.push_back(rule_file(
        service_rule.substr(service_rule.find("\"act\""), service_rule.size() - service_rule.find("\"act\"") - 1),
        std::string("t/") + c));
  world.check(many);
  for (const auto& rule : world.run.rules) EXPECT_EQ(rule.verdict, Verdict::pass) << rule.full_id();
  EXPECT_EQ(world.time.passed, 3s);  // once for all
  EXPECT_EQ(world.run.slow_downs, 5u);
  EXPECT_EQ(world.finished.size(), 25u);
}

TEST(SecondAttempt, AfterALostConnection) {
  FakeWorld world;
  int asked = 0;
  world.transport.on("POST /token", [&](const ScriptedRequest&) {
    return ++asked == 1 ? std::string() : json(R"({"access_token":"x"})");
  });
  world.check({service_rule});
  const auto& rule = rule_of(world.run, "t/r");
  EXPECT_EQ(rule.verdict, Verdict::pass);
  EXPECT_TRUE(rule.flaky);
  EXPECT_THAT(rule.reason, HasSubstr("second attempt"));
  EXPECT_THAT(rule.exchanges, ElementsAre(2));
  EXPECT_THAT(rule.checks.at(0).evidence, ElementsAre(2));
}

TEST(SecondAttempt, IsTheLast) {
  FakeWorld world;
  world.transport.outcome = net::Outcome::closed;
  world.check({service_rule});
  EXPECT_EQ(rule_of(world.run, "t/r").verdict, Verdict::inconclusive);
  EXPECT_FALSE(rule_of(world.run, "t/r").flaky);
  EXPECT_EQ(world.transport.requests.size(), 2u);
}

TEST(SecondAttempt, IsNotForAnswers) {
  FakeWorld world;
  world.transport.on("POST /token", response(502, "", ""));
  world.check({service_rule});
  EXPECT_EQ(world.transport.requests.size(), 1u);
}

}  // namespace
}  // namespace assay::engine

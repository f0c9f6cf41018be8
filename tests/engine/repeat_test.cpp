// Steps that are repeated: how often, with which session and which refresh token, and what is kept of it.
#include <algorithm>
#include <functional>

#include "base/random.hpp"
#include "tests/support/engine_test.hpp"

namespace assay::engine {
namespace {

// One step of act, and one check of it.
std::string one_step(const std::string& step, const std::string& that, const std::string& arrange = "") {
  return rule_file(R"("arrange":[)" + arrange + R"(],"act":[)" + step +
                   R"(],"assert":[{"check":"c","clause":"x/1/must","that":)" + that + "}]");
}

// A token of a grant in arrange, then `count` refreshes.
std::string refreshes(int count, const std::string& more) {
  return one_step(
      R"({"refresh":{"token":"${t.refresh_token}","repeat":)" + std::to_string(count) + more + R"(},"as":"r"})",
      R"({"r":{"denied":false}})",
      R"({"authorize":{},"as":"g"},{"token":{"grant":"authorization_code","code":"${g.code}"},"as":"t"})");
}

std::vector<std::string> sent_refresh_tokens(const FakeWorld& world) {
  std::vector<std::string> out;
  for (const auto& request : world.transport.requests)
    if (const auto* token = base::find_parameter(request.form, "refresh_token")) out.push_back(*token);
  return out;
}

TEST(Repeat, SendsAsOftenAsItSaysAndKeepsLittle) {
  FakeWorld world;
  world.check({one_step(R"({"token":{"grant":"client_credentials","repeat":100},"as":"t"})",
                        R"({"t":{"status":200,"json":{"/access_token":{"equals":"access-token-100"}}}})")});
  EXPECT_EQ(verdict(world.run, "c"), "pass");  // the last one counts
  EXPECT_EQ(world.transport.requests.size(), 100u);
  EXPECT_EQ(world.run.exchanges.size(), 4u);
  EXPECT_EQ(rule_of(world.run, "t/r").exchanges.size(), 4u);
  const auto& check = rule_of(world.run, "t/r").checks.at(0);
  EXPECT_EQ(check.evidence.size(), 4u);
  EXPECT_THAT(check.actual, HasSubstr("repetition 100"));
  EXPECT_THAT(world.run.exchanges.front().response, HasSubstr("access-token-1\""));
  EXPECT_THAT(world.run.exchanges.back().response, HasSubstr("access-token-100\""));
}

TEST(Repeat, StopsWhereItFails) {
  for (const int fatal : {1, 2, 3, 4, 50}) {
    FakeWorld world;
    int asked = 0;
    world.transport.on("POST /token", [&](const ScriptedRequest&) {
      return ++asked < fatal ? json(R"({"access_token":"x"})") : json(R"({"error":"invalid_client"})", 400);
    });
    world.check(
        {one_step(R"({"token":{"grant":"client_credentials","repeat":100},"as":"t"})", R"({"t":{"denied":false}})")});
    EXPECT_EQ(verdict(world.run, "c"), "fail");
    EXPECT_EQ(asked, fatal);
    EXPECT_EQ(world.run.exchanges.size(), static_cast<std::size_t>(std::min(fatal, 4)));
    EXPECT_THAT(rule_of(world.run, "t/r").checks.at(0).actual,
                HasSubstr("400 invalid_client, repetition " + std::to_string(fatal)));
    EXPECT_THAT(world.run.exchanges.back().response, HasSubstr("invalid_client"));
  }
}

TEST(Repeat, InArrangeItMustAlwaysWork) {
  FakeWorld world;
  int asked = 0;
  world.transport.on("POST /token", [&](const ScriptedRequest&) {
    return ++asked < 7 ? json(R"({"access_token":"x"})") : json("{}", 400);
  });
  world.check({one_step(R"({"new_browser":{}})", R"({"t":{"status":200}})",
                        R"({"token":{"grant":"client_credentials","repeat":10},"as":"t"})")});
  EXPECT_EQ(rule_of(world.run, "t/r").verdict, Verdict::blocked);
  EXPECT_THAT(rule_of(world.run, "t/r").reason, HasSubstr("repetition 7"));
}

TEST(Repeat, AnOverloadedServerIsNotJudged) {
  FakeWorld world;
  world.polite = false;
  int asked = 0;
  world.transport.on("POST /token", [&](const ScriptedRequest&) {
    return ++asked < 7 ? json(R"({"access_token":"x"})") : json("{}", 429);
  });
  world.check(
      {one_step(R"({"token":{"grant":"client_credentials","repeat":10},"as":"t"})", R"({"t":{"denied":false}})")});
  EXPECT_EQ(verdict(world.run, "c"), "inconclusive");
  EXPECT_EQ(asked, 7);
}

TEST(Repeat, AStepThatCannotBeSentIsNotRepeated) {
  FakeWorld world;
  world.transport.on("POST /token", json(R"({"access_token":"x"})"));  // no refresh token
  world.check({refreshes(5, "")});
  EXPECT_EQ(verdict(world.run, "c"), "inconclusive");
  EXPECT_TRUE(sent_refresh_tokens(world).empty());
}

TEST(Repeat, AChainFollowsRotation) {
  FakeWorld world;
  world.check({refreshes(5, R"(,"chained":true)")});
  EXPECT_EQ(verdict(world.run, "c"), "pass");
  EXPECT_THAT(sent_refresh_tokens(world), ElementsAre("refresh-token-2", "refresh-token-3", "refresh-token-4",
                                                      "refresh-token-5", "refresh-token-6"));
}

TEST(Repeat, WithoutAChainTheTokenStaysTheSame) {
  FakeWorld world;
  world.check({refreshes(5, "")});  // the server rotates: the second use is refused
  EXPECT_EQ(verdict(world.run, "c"), "fail");
  EXPECT_THAT(sent_refresh_tokens(world), ElementsAre("refresh-token-2", "refresh-token-2"));
}

TEST(Repeat, AChainNeedsNoRotation) {
  FakeWorld world;
  int asked = 0;
  world.transport.on("POST /token", [&](const ScriptedRequest&) {
    ++asked;  // the grant, then a rotation at the third refresh only
    return json(asked == 1   ? R"({"access_token":"a","refresh_token":"one"})"
                : asked == 4 ? R"({"access_token":"a","refresh_token":"two"})"
                             : R"({"access_token":"a"})");
  });
  world.check({refreshes(6, R"(,"chained":true)")});
  EXPECT_EQ(verdict(world.run, "c"), "pass");
  EXPECT_THAT(sent_refresh_tokens(world), ElementsAre("one", "one", "one", "two", "two", "two"));
}

int logins(const std::string& session) {
  FakeWorld world;
  world.transport.on("GET /authorize", [](const ScriptedRequest& request) {
    if (request.header("Cookie").empty()) return support::redirect("/login", "Set-Cookie: s=1\r\n");
    return support::redirect(*base::find_parameter(request.query, "redirect_uri") + "?code=c" +
                             "&state=" + *base::find_parameter(request.query, "state"));
  });
  world.transport.on("GET /login", support::redirect("http://client.test/cb?code=first"));
  world.check({one_step(R"({"authorize":{"repeat":5)" + session + R"(},"as":"g"})", R"({"g":{"denied":false}})")});
  EXPECT_EQ(verdict(world.run, "c"), "pass");
  return static_cast<int>(
      std::ranges::count(world.transport.requests, "/login", [](const ScriptedRequest& r) { return r.path; }));
}

TEST(Repeat, AuthorizeKeepsTheSessionUnlessItShouldNot) {
  EXPECT_EQ(logins(""), 1);
  EXPECT_EQ(logins(R"(,"session":"kept")"), 1);
  EXPECT_EQ(logins(R"(,"session":"fresh")"), 5);
}

TEST(Repeat, WhatIsRecordedIsRedacted) {
  FakeWorld world;
  world.check({refreshes(20, R"(,"chained":true)")});
  ASSERT_EQ(world.run.exchanges.size(), 6u);
  EXPECT_THAT(world.run.exchanges.back().request, HasSubstr("refresh-token-"));
  for (const auto& exchange : world.run.exchanges) {
    for (const auto& text : {exchange.request, exchange.response})
      // As a value alone too, wherever it may turn up.
      for (auto at = text.find("refresh-token-"); at != std::string::npos; at = text.find("refresh-token-", at + 1))
        EXPECT_THAT(world.redactor.redact("see " + text.substr(at, text.find_first_of("\"&", at) - at)),
                    Not(HasSubstr("refresh-token-")));
  }

  FakeWorld codes;
  codes.check({one_step(R"({"authorize":{"repeat":20},"as":"g"})", R"({"g":{"denied":false}})")});
  for (const char* code : {"code-1", "code-2", "code-3", "code-20"})
    EXPECT_FALSE(codes.redactor.label(code).empty()) << code;
}

// `count` tokens of the service; the server's answer to the nth; what is asked of the sample.
record::Check sampled(int count, const std::function<std::string(int)>& answer, const std::string& question) {
  FakeWorld world;
  int asked = 0;
  world.transport.on("POST /token", [&](const ScriptedRequest&) { return answer(asked++); });
  world.check(
      {one_step(R"({"token":{"grant":"client_credentials","repeat":)" + std::to_string(count) + R"(},"as":"t"})",
                R"({"sample":"${t.access_token}",)" + question + "}")});
  return rule_of(world.run, "t/r").checks.at(0);
}

std::string token(const std::string& value) { return json(R"({"access_token":")" + value + R"("})"); }

TEST(Sample, TellsCountersFromRandomTokens) {
  const auto counted = [](int n) { return token("token-" + std::to_string(1'000'000 + n)); };
  const auto random = [](int) { return token(base::random_token()); };
  const auto bad = sampled(300, counted, R"("minEntropyBits":128)");
  EXPECT_EQ(bad.verdict, Verdict::fail);
  EXPECT_THAT(bad.actual, HasSubstr("300 values, 13 characters, 10 constant, about "));
  EXPECT_THAT(bad.actual, HasSubstr("in order"));
  EXPECT_THAT(bad.expected, HasSubstr("2^128"));
  EXPECT_EQ(bad.evidence.size(), 4u);
  const auto good = sampled(300, random, R"("minEntropyBits":128)");
  EXPECT_EQ(good.verdict, Verdict::pass);
  EXPECT_THAT(good.actual, HasSubstr("no order, no collision"));
  EXPECT_EQ(sampled(300, counted, R"("ordered":false)").verdict, Verdict::fail);
  EXPECT_EQ(sampled(300, random, R"("ordered":false)").verdict, Verdict::pass);
}

TEST(Sample, OneRepeatedValueIsOneTooMany) {
  const auto once_more = [](int n) { return token(n == 7 ? "token-3" : "token-" + std::to_string(n)); };
  EXPECT_EQ(sampled(300, once_more, R"("unique":true)").verdict, Verdict::fail);
  EXPECT_THAT(sampled(300, once_more, R"("unique":true)").actual, HasSubstr("1 repeats an earlier one"));
  EXPECT_EQ(sampled(300, [](int n) { return token(std::to_string(n)); }, R"("unique":true)").verdict, Verdict::pass);
}

TEST(Sample, TooFewValuesProveNothing) {
  for (const int limit : {0, 10, 199}) {
    const auto busy = [&](int n) { return n < limit ? token(std::to_string(n)) : json("{}", 429); };
    for (const char* question : {R"("unique":true)", R"("minEntropyBits":128)", R"("ordered":false)"}) {
      const auto check = sampled(1000, busy, question);
      EXPECT_EQ(check.verdict, Verdict::inconclusive) << limit << question;
      EXPECT_THAT(check.reason, HasSubstr("too few"));
      EXPECT_THAT(check.reason, HasSubstr("429"));
    }
  }
  const auto later = [](int n) { return n < 250 ? token(std::to_string(n)) : json("{}", 429); };
  EXPECT_EQ(sampled(1000, later, R"("minEntropyBits":128)").verdict, Verdict::fail);
  // What came twice came twice.
  EXPECT_EQ(sampled(
                1000, [](int n) { return n < 5 ? token("same") : json("{}", 429); }, R"("unique":true)")
                .verdict,
            Verdict::fail);
  // The same still valid token, again and again: nothing to judge.
  EXPECT_EQ(sampled(300, [](int) { return token("same"); }, R"("minEntropyBits":128)").verdict, Verdict::inconclusive);
}

TEST(Sample, TheRulesOwnNumberIsEnough) {
  EXPECT_EQ(
      sampled(40, [](int n) { return token(std::to_string(n)); }, R"("minEntropyBits":128)").verdict, Verdict::fail);
  EXPECT_EQ(sampled(
                20, [](int n) { return token(std::to_string(n)); }, R"("minEntropyBits":128)")
                .verdict,
            Verdict::inconclusive);
}

}  // namespace
}  // namespace assay::engine

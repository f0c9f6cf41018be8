// Which rules may run beside which.
#include "engine/schedule.hpp"

#include "tests/support/engine_test.hpp"

namespace assay::engine {
namespace {

rules::Rule compiled(const std::string& members, const std::string& id = "t/r") {
  base::Diagnostics problems;
  auto out = rules::compile_rule({"rules/" + id + ".jsonc", rule_file(members, id)}, problems);
  for (const auto& problem : problems) ADD_FAILURE() << base::to_string(problem);
  return out.at(0);
}

constexpr const char* kAssert = R"("assert":[{"check":"c","observe":"?","that":{"distinct":["a","b"]}}])";

std::string acting(const std::string& steps, const std::string& more = "") {
  return R"("arrange":[],"act":[)" + steps + "]," + kAssert + more;
}

const std::string grant =
    R"({"authorize":{},"as":"g"},{"token":{"grant":"authorization_code","code":"${g.code}"},"as":"t"})";

TEST(IsDestructive, SeesWhatMayRevoke) {
  EXPECT_FALSE(is_destructive(compiled(acting(grant))));
  EXPECT_FALSE(is_destructive(compiled(acting(grant + R"(,{"refresh":{"token":"${t.refresh_token}"}})"))));
  EXPECT_TRUE(is_destructive(compiled(acting(grant + R"(,{"revoke":{"token":"${t.access_token}"}})"))));
  EXPECT_TRUE(is_destructive(
      compiled(acting(grant + R"(,{"token":{"grant":"authorization_code","code":"${g.code}"},"as":"again"})"))));
  EXPECT_TRUE(is_destructive(compiled(acting(
      grant +
      R"(,{"refresh":{"token":"${t.refresh_token}"},"as":"a"},{"refresh":{"token":"${t.refresh_token}"},"as":"b"})"))));
  EXPECT_TRUE(is_destructive(compiled(acting(grant, R"(,"tags":["destructive"])"))));
}

// The phases as "a/one b/two | c/three ; d/four": phases by ";", lanes by "|".
std::string planned(const std::vector<std::pair<std::string, std::string>>& files, ScheduleOptions options,
                    const std::string& only = "*") {
  rules::Library library;
  for (const auto& [id, members] : files) library.rules.push_back(compiled(members, id));
  rules::Profile all;
  all.include = {"*"};
  std::string out;
  for (const auto& phase : schedule(select_rules(library, all, {only}), library, options)) {
    if (!out.empty()) out += " ; ";
    out += phase.shared ? "shared:" : "lanes:";
    for (std::size_t i = 0; i < phase.lanes.size(); ++i) {
      if (i > 0) out += " |";
      for (const auto* rule : phase.lanes[i]) out += " " + rule->full_id();
    }
  }
  return out;
}

const std::string plain = acting(R"({"token":{"grant":"client_credentials"}})");
const std::string waiting = acting(R"({"wait":"5s"})", R"(,"tags":["slow"])");
const std::string revoking = acting(R"({"revoke":{"token":"x"}})");
const std::string observing =
    R"("act":[{"token":{"grant":"client_credentials"}}],"assert":[{"check":"c","observe":"?","gives":"observed.x","that":{"distinct":["a","b"]}}])";
const std::string needing = acting(R"({"token":{"grant":"client_credentials"}})", R"(,"needs":["observed.x"])");

TEST(Schedule, ObserversFirstAndDestructiveOnesLast) {
  EXPECT_EQ(
      planned({{"a/needing", needing}, {"b/plain", plain}, {"c/revoking", revoking}, {"z/observer", observing}}, {}),
      "lanes: z/observer ; shared: b/plain a/needing ; lanes: c/revoking");
}

TEST(Schedule, InRealTimeThoseThatWaitBegin) {
  EXPECT_EQ(planned({{"a/plain", plain}, {"b/waiting", waiting}}, {.real_time = true}), "shared: b/waiting a/plain");
}

TEST(Schedule, WhoMovesTheClockOfAllRunsAlone) {
  EXPECT_EQ(planned({{"a/waiting", waiting}, {"b/plain", plain}, {"c/waiting", waiting}}, {.real_time = false}),
            "shared: b/plain ; lanes: a/waiting c/waiting");
}

TEST(Schedule, ALanePerUser) {
  std::vector<std::pair<std::string, std::string>> files;
  for (char c = 'a'; c < 'i'; ++c) files.emplace_back(std::string(1, c) + "/revoking", revoking);
  files.emplace_back("x/both", acting(R"({"authorize":{"user":2}},{"revoke":{"token":"x"}})"));
  const auto plan = planned(files, {.users = 2});
  EXPECT_THAT(plan, HasSubstr(" | "));
  EXPECT_THAT(plan, testing::EndsWith(" ; lanes: x/both"));
  // The lane does not depend on what else is selected.
  const bool first = planned({{"a/revoking", revoking}}, {.users = 2}) == "lanes: a/revoking |";
  EXPECT_EQ(plan.find("a/revoking") < plan.find('|'), first);
  EXPECT_EQ(planned(files, {.users = 1}).find('|'), std::string::npos);
}

TEST(Schedule, ObserversThatWereNotSelectedComeAlong) {
  EXPECT_EQ(planned({{"a/needing", needing}, {"z/observer", observing}}, {}, "a/*"),
            "lanes: z/observer ; shared: a/needing");
}

std::string flow_rule(const std::string& id) {
  return rule_file(
      R"("arrange":[{"authorize":{},"as":"g"}],"act":[{"token":{"grant":"authorization_code","code":"${g.code}"},"as":"t"}],
         "assert":[{"check":"c","clause":"x/1/must","that":{"t":{"denied":false}}}])",
      id);
}

TEST(SideBySide, SoManyAtATimeAndNoMore) {
  for (const unsigned concurrency : {1u, 3u, 20u}) {
    FakeWorld world;
    world.concurrency = concurrency;
    world.transport.yields = true;
    std::vector<std::string> rules;
    for (char c = 'a'; c < 'k'; ++c) rules.push_back(flow_rule(std::string("t/") + c));
    world.check(rules);
    EXPECT_EQ(world.transport.most_under_way, std::min(concurrency, 10u));
    ASSERT_EQ(world.run.rules.size(), 10u);
    for (const auto& rule : world.run.rules) EXPECT_EQ(rule.verdict, record::Verdict::pass) << rule.full_id();
  }
}

TEST(SideBySide, TheRecordDoesNotDependOnIt) {
  const auto told = [](unsigned concurrency) {
    FakeWorld world;
    world.concurrency = concurrency;
    world.transport.yields = true;
    world.check({flow_rule("t/c"), flow_rule("t/a"), flow_rule("t/b")});
    std::string out;
    int number = 0;
    for (const auto& exchange : world.run.exchanges) {
      EXPECT_EQ(exchange.id, ++number);
      out += exchange.rule + " " + exchange.step + "\n";
    }
    for (const auto& rule : world.run.rules) {
      out += rule.full_id();
      for (const int id : rule.exchanges) {
        out += " #" + std::to_string(id);
        EXPECT_EQ(world.run.exchanges.at(static_cast<std::size_t>(id) - 1).rule, rule.full_id());
      }
      for (const int id : rule.checks.at(0).evidence)
        EXPECT_EQ(world.run.exchanges.at(static_cast<std::size_t>(id) - 1).rule, rule.full_id());
      out += "\n";
    }
    return out;
  };
  EXPECT_EQ(told(1), told(3));
}

TEST(SideBySide, DestructiveRulesUseASecondUser) {
  FakeWorld world;
  world.target.users.push_back({"bob", base::Secret("bob-password")});
  world.transport.yields = true;
  world.concurrency = 4;
  std::vector<std::string> rules;
  for (char c = 'a'; c < 'g'; ++c)
    rules.push_back(rule_file(
        R"("arrange":[{"authorize":{},"as":"g"},{"token":{"grant":"authorization_code","code":"${g.code}"},"as":"t"}],"act":[{"revoke":{"token":"${t.access_token}"},"as":"r"}],
           "assert":[{"check":"c","clause":"x/1/must","that":{"live":"${t.access_token}","is":false}}])",
        std::string("t/") + c));
  world.check(rules);
  for (const auto& rule : world.run.rules) EXPECT_EQ(rule.verdict, record::Verdict::pass) << rule.full_id();
  EXPECT_EQ(world.transport.most_under_way, 2u);
  world.transport.most_under_way = 0;
  world.preflight_result.bad_second_login = "wrong password";
  world.check(rules);
  EXPECT_EQ(world.transport.most_under_way, 1u);
}

TEST(SideBySide, NobodyHoldsAPlaceWhileWaiting) {
  FakeWorld world;
  world.time.claims_real = true;
  world.slow = true;
  world.concurrency = 1;
  const auto slow = [](const std::string& id) {
    return rule_file(R"("tags":["slow"],"arrange":[{"token":{"grant":"client_credentials"},"as":"t"},{"wait":"5s"}],
      "act":[{"token":{"grant":"client_credentials"},"as":"u"}],"assert":[{"check":"c","clause":"x/1/must","that":{"u":{"denied":false}}}])",
                     id);
  };
  world.time.yields = true;
  world.check({slow("t/a"), slow("t/b"), slow("t/c"), flow_rule("t/d")});
  EXPECT_THAT(world.finished, ElementsAre("t/d", "t/a", "t/b", "t/c"));
}

TEST(SideBySide, NotWhereLoginsDisturbEachOther) {
  FakeWorld world;
  world.transport.on("GET /.well-known/oauth-authorization-server", world.metadata_text());
  EXPECT_EQ(world.preflight().one_at_a_time, "");
  FakeWorld sharing;
  sharing.transport.on("GET /.well-known/oauth-authorization-server", sharing.metadata_text());
  sharing.live.insert("always");
  sharing.transport.on("POST /token", [](const support::ScriptedRequest& request) {
    const auto* code = base::find_parameter(request.form, "code");
    return code && code->starts_with("code-") ? json(R"({"access_token":"always","token_type":"Bearer"})")
                                              : json(R"({"error":"invalid_grant"})", 400);
  });
  const auto found = sharing.preflight();
  EXPECT_THAT(found.one_at_a_time, HasSubstr("the same token"));
  EXPECT_FALSE(found.blocked());

  FakeWorld together;
  together.preflight_result = found;
  together.concurrency = 4;
  together.transport.yields = true;
  together.check({flow_rule("t/a"), flow_rule("t/b"), flow_rule("t/c")});
  EXPECT_EQ(together.transport.most_under_way, 1u);
}

TEST(SideBySide, NotWhereALoginEndsTheOneBefore) {
  FakeWorld world;
  world.transport.on("GET /.well-known/oauth-authorization-server", world.metadata_text());
  int issued = 0;
  world.transport.on("POST /token", [&](const support::ScriptedRequest& request) {
    const auto* code = base::find_parameter(request.form, "code");
    if (!code || !code->starts_with("code-")) return json(R"({"error":"invalid_grant"})", 400);
    const auto number = std::to_string(++issued);
    return support::response(200, "application/json",
                             R"({"access_token":"a)" + number + R"(","refresh_token":"r)" + number + "\"}");
  });
  EXPECT_THAT(world.preflight().one_at_a_time, HasSubstr("a further login"));
}

// Answers 500 whenever two requests are under way, as a server does whose database is locked.
TEST(SideBySide, WhatDoesNotHoldIsSeenAlone) {
  FakeWorld world;
  world.concurrency = 4;
  world.transport.yields = true;
  int locked = 0;
  world.transport.on("POST /token", [&](const support::ScriptedRequest&) {
    return world.transport.under_way > 0 && ++locked > 0 ? support::response(500, "text/html", "database is locked")
                                                         : json(R"({"access_token":"x"})");
  });
  std::vector<std::string> rules;
  for (char c = 'a'; c < 'f'; ++c) rules.push_back(flow_rule(std::string("t/") + c));
  world.check(rules);
  EXPECT_GT(locked, 0);
  std::size_t flaky = 0;
  for (const auto& rule : world.run.rules) {
    EXPECT_EQ(rule.verdict, record::Verdict::pass) << rule.full_id();
    if (rule.flaky) EXPECT_THAT(rule.reason, HasSubstr("beside other rules"));
    flaky += rule.flaky;
    for (const int id : rule.exchanges)
      EXPECT_EQ(world.run.exchanges.at(static_cast<std::size_t>(id) - 1).rule, rule.full_id());
  }
  EXPECT_GT(flaky, 0u);
  EXPECT_EQ(world.finished.size(), 5u);
}

TEST(SideBySide, WhatIsBrokenIsBrokenAlone) {
  FakeWorld world;
  world.concurrency = 4;
  world.transport.yields = true;
  world.transport.on("POST /token", json(R"({"error":"invalid_grant"})", 400));
  world.check({flow_rule("t/a"), flow_rule("t/b")});
  for (const auto& rule : world.run.rules) {
    EXPECT_EQ(rule.verdict, record::Verdict::fail);
    EXPECT_EQ(rule.exchanges.size(), 2u);  // of the attempt that counts
  }
  EXPECT_EQ(world.transport.requests.size(), 8u);
  EXPECT_EQ(world.finished.size(), 2u);
}

}  // namespace
}  // namespace assay::engine

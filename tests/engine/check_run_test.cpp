// Verdicts: what a run says about a server whose answers were written down. No sockets, no waiting.
#include "engine/program.hpp"
#include "tests/support/engine_test.hpp"

namespace assay::engine {
namespace {

// One token request of the service, and one check of it.
std::string service_rule(const std::string& that, const std::string& clause = "must", const std::string& id = "t/r",
                         const std::string& more = "") {
  return rule_file(
      R"("act":[{"token":{"grant":"client_credentials"},"as":"t"}],"assert":[{"check":"c","clause":"x/1/)" + clause +
          R"(","that":{"t":)" + that + R"(}}],"control":[{"new_browser":{}}])" + more,
      id);
}

// The grant in arrange, a second use of its code in act.
const std::string single_use = rule_file(
    R"("arrange":[{"authorize":{},"as":"g"},{"token":{"grant":"authorization_code","code":"${g.code}"},"as":"first"}],
       "act":[{"token":{"grant":"authorization_code","code":"${g.code}"},"as":"second"}],
       "assert":[{"check":"denied","clause":"x/1/must","that":{"second":{"denied":true}}},
                 {"check":"says","clause":"x/1/should","after":"denied","that":{"second":{"oauthError":"invalid_grant"}}}])");

TEST(CheckRun, TheClauseDecidesTheVerdict) {
  FakeWorld world;
  world.check({service_rule(R"({"status":200})", "must", "a/good"), service_rule(R"({"status":201})", "must", "a/must"),
               service_rule(R"({"status":201})", "should", "a/should"),
               service_rule(R"({"status":201})", "may", "a/may")});
  EXPECT_EQ(rule_of(world.run, "a/good").verdict, Verdict::pass);
  EXPECT_EQ(rule_of(world.run, "a/must").verdict, Verdict::fail);
  EXPECT_EQ(rule_of(world.run, "a/should").verdict, Verdict::warn);
  EXPECT_EQ(rule_of(world.run, "a/may").verdict, Verdict::note);
  const auto& check = rule_of(world.run, "a/must").checks.at(0);
  EXPECT_EQ(check.reference, "RFC X section 1");
  EXPECT_EQ(check.expected, "status 201");
  EXPECT_THAT(check.actual, HasSubstr("200 with access_token"));
  EXPECT_FALSE(check.evidence.empty());
  EXPECT_EQ(world.run.rules.at(0).id, "a/good");  // by id
}

TEST(CheckRun, OneOfSeveralStepsIsEnoughWhenTheRuleSaysSo) {
  const auto rule = [](const std::string& a, const std::string& b) {
    return rule_file(
        R"("act":[{"token":{"grant":"client_credentials"},"as":"a"},{"token":{"grant":"client_credentials"},"as":"b"}],
           "assert":[{"check":"c","clause":"x/1/must","that":{"anyOf":{"a":{"status":)" +
        a + R"(},"b":{"status":)" + b + "}}}}]");
  };
  FakeWorld world;
  world.check({rule("200", "201")});
  EXPECT_EQ(verdict(world.run, "c"), "pass");
  world.check({rule("201", "200")});
  EXPECT_EQ(verdict(world.run, "c"), "pass");
  world.check({rule("201", "201")});
  EXPECT_EQ(verdict(world.run, "c"), "fail");
  EXPECT_EQ(rule_of(world.run, "t/r").checks.at(0).expected, "a: status 201, or b: status 201");
}

TEST(CheckRun, TheProfileOverridesTheClause) {
  FakeWorld world;
  world.levels = R"("a/*":"SHOULD","a/x#c":"MAY")";
  world.check({service_rule(R"({"status":201})", "must", "a/x"), service_rule(R"({"status":201})", "must", "a/y")});
  EXPECT_EQ(verdict(world.run, "a/x#c"), "note");
  EXPECT_EQ(verdict(world.run, "a/y#c"), "warn");
}

TEST(CheckRun, WhatTheProfileLeavesOutIsNotJudged) {
  FakeWorld world;
  world.levels = R"("a/x#c":"NONE")";
  world.check({service_rule(R"({"status":201})", "must", "a/x"), service_rule(R"({"status":201})", "must", "a/y")});
  EXPECT_EQ(verdict(world.run, "a/x#c"), "not-judged");
  EXPECT_EQ(rule_of(world.run, "a/x").verdict, Verdict::not_judged);
  EXPECT_EQ(rule_of(world.run, "a/x").reason, "not part of profile p");
  EXPECT_EQ(verdict(world.run, "a/y#c"), "fail");
}

TEST(CheckRun, AHealthyServerPasses) {
  FakeWorld world;
  world.check({single_use});
  EXPECT_EQ(verdict(world.run, "denied"), "pass");
  EXPECT_EQ(verdict(world.run, "says"), "pass");
  EXPECT_EQ(rule_of(world.run, "t/r").exchanges.size(), 3u);
}

TEST(CheckRun, ArrangeThatFailsBlocks) {
  FakeWorld world;
  world.transport.on("POST /token", json(R"({"error":"invalid_client"})", 401));
  world.check({single_use});
  const auto& rule = rule_of(world.run, "t/r");
  EXPECT_EQ(rule.verdict, Verdict::blocked);
  EXPECT_THAT(rule.reason, HasSubstr("could not arrange it"));
  EXPECT_THAT(rule.reason, HasSubstr("401 invalid_client"));
  EXPECT_TRUE(rule.checks.empty());
}

TEST(CheckRun, ArrangeThatSaysNothingIsInconclusive) {
  for (const int status : {429, 502, 503, 504}) {
    FakeWorld world;
    world.transport.on("POST /token", json("{}", status));
    world.check({single_use});
    EXPECT_EQ(rule_of(world.run, "t/r").verdict, Verdict::inconclusive) << status;
  }
}

TEST(CheckRun, LoginThatFailsBlocks) {
  FakeWorld world;
  world.transport.on("GET /authorize", support::page("<h1>Unknown client</h1>"));
  world.check({single_use});
  EXPECT_EQ(rule_of(world.run, "t/r").verdict, Verdict::blocked);
  EXPECT_THAT(rule_of(world.run, "t/r").reason, HasSubstr("Unknown client"));
}

TEST(CheckRun, ActThatSaysNothingIsInconclusive) {
  for (const int status : {429, 502, 503, 504}) {
    FakeWorld world;
    world.transport.on("POST /token", json("{}", status));
    world.check({service_rule(R"({"denied":true})")});
    EXPECT_EQ(verdict(world.run, "c"), "inconclusive") << status;
    EXPECT_EQ(rule_of(world.run, "t/r").verdict, Verdict::inconclusive);
    EXPECT_FALSE(rule_of(world.run, "t/r").reason.empty());
  }
  for (const auto outcome : {net::Outcome::timed_out, net::Outcome::connect_failed, net::Outcome::closed}) {
    FakeWorld world;
    world.transport.outcome = outcome;
    world.check({service_rule(R"({"denied":true})")});
    EXPECT_EQ(verdict(world.run, "c"), "inconclusive") << net::to_string(outcome);
  }
}

TEST(CheckRun, BrokenAnswersFail) {
  for (const char* bytes : {"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", "SSH-2.0-OpenSSH\r\n\r\n"}) {
    FakeWorld world;
    world.transport.on("POST /token", std::string(bytes));
    world.check({service_rule(R"({"denied":false})")});
    EXPECT_EQ(verdict(world.run, "c"), "fail") << bytes;
    EXPECT_THAT(rule_of(world.run, "t/r").checks.at(0).actual, HasSubstr("no complete answer"));
  }
}

TEST(CheckRun, ControlThatFailsProvesNothing) {
  const auto rule = rule_file(
      R"("act":[{"token":{"grant":"client_credentials","auth":"wrong-secret"},"as":"bad"}],
         "assert":[{"check":"refused","clause":"x/1/must","that":{"bad":{"denied":true}}},{"check":"odd","clause":"x/1/must","that":{"bad":{"status":418}}}],
         "control":[{"token":{"grant":"client_credentials"}}])");
  FakeWorld world;
  world.transport.on("POST /token", json(R"({"error":"invalid_client"})", 401));
  world.check({rule});
  EXPECT_EQ(verdict(world.run, "refused"), "inconclusive");
  EXPECT_THAT(rule_of(world.run, "t/r").checks.at(0).reason, HasSubstr("refuses the correct request too"));
  EXPECT_EQ(verdict(world.run, "odd"), "fail");  // what fails, fails
  EXPECT_EQ(rule_of(world.run, "t/r").verdict, Verdict::fail);

  FakeWorld strict;
  strict.transport.on("POST /token", [&](const ScriptedRequest& request) {
    const auto* secret = base::find_parameter(request.form, "client_secret");
    return secret && *secret == "service-secret-value" ? json(R"({"access_token":"x"})")
                                                       : json(R"({"error":"invalid_client"})", 401);
  });
  strict.check({rule});
  EXPECT_EQ(verdict(strict.run, "refused"), "pass");
}

TEST(CheckRun, AfterMeansJudgedOnlyIfItHeld) {
  FakeWorld world;
  world.transport.on("POST /token", json(R"({"access_token":"always"})"));
  world.check({single_use});
  EXPECT_EQ(verdict(world.run, "denied"), "fail");
  EXPECT_EQ(verdict(world.run, "says"), "not-judged");
  EXPECT_THAT(rule_of(world.run, "t/r").checks.at(1).reason, HasSubstr("depends on denied"));
  EXPECT_EQ(rule_of(world.run, "t/r").verdict, Verdict::fail);
}

TEST(CheckRun, AfterAnObservationThatSaidNo) {
  FakeWorld world;
  const auto rule = rule_file(
      R"("act":[{"token":{"grant":"client_credentials"},"as":"t"}],"assert":[{"check":"seen","observe":"?","that":{"t":{"status":201}}},
         {"check":"c","clause":"x/1/must","after":"seen","that":{"t":{"status":201}}}])");
  world.check({rule});
  EXPECT_EQ(verdict(world.run, "seen"), "note");
  EXPECT_EQ(verdict(world.run, "c"), "not-judged");
  EXPECT_NE(rule_of(world.run, "t/r").verdict, Verdict::fail);
}

const std::string observer = rule_file(
    R"("act":[{"token":{"grant":"client_credentials"},"as":"t"}],"assert":[{"check":"seen","observe":"?","gives":"observed.x","that":{"t":{"status":200}}}])",
    "z/observer");
const std::string needing = service_rule(R"({"status":200})", "must", "a/needing", R"(,"needs":["observed.x"])");

TEST(CheckRun, ObservationsGiveCapabilities) {
  FakeWorld world;
  world.check({needing, observer});
  EXPECT_THAT(world.finished, ElementsAre("z/observer", "a/needing"));
  EXPECT_EQ(rule_of(world.run, "a/needing").verdict, Verdict::pass);
  EXPECT_EQ(rule_of(world.run, "z/observer").verdict, Verdict::note);
  EXPECT_TRUE(world.run.capabilities.at("observed.x"));
}

TEST(CheckRun, ObservationsThatSayNoMakeRulesNotApplicable) {
  FakeWorld world;
  world.transport.on("POST /token", json("{}", 400));
  world.check({needing, observer});
  EXPECT_EQ(rule_of(world.run, "a/needing").verdict, Verdict::not_applicable);
  EXPECT_THAT(rule_of(world.run, "a/needing").reason, HasSubstr("observed.x"));
  EXPECT_FALSE(world.run.capabilities.at("observed.x"));
}

TEST(CheckRun, ObservationsThatSayNothingGiveNothing) {
  FakeWorld world;
  world.transport.on("POST /token", json("{}", 503));
  world.check({needing, observer});
  EXPECT_FALSE(world.run.capabilities.contains("observed.x"));
  EXPECT_EQ(rule_of(world.run, "a/needing").verdict, Verdict::not_applicable);
}

TEST(CheckRun, WithOnlyTheObserverRunsUnseen) {
  FakeWorld world;
  world.check({needing, observer}, {"a/*"});
  ASSERT_EQ(world.run.rules.size(), 1u);
  EXPECT_EQ(rule_of(world.run, "a/needing").verdict, Verdict::pass);
}

TEST(CheckRun, MissingCapabilities) {
  FakeWorld world;
  world.time.claims_real = true;
  oauth::Metadata metadata;
  metadata.grant_types_supported = {"client_credentials"};
  world.metadata = metadata;
  world.check({service_rule(R"({"status":200})", "must", "a/claimed", R"(,"needs":["grant.client_credentials"])"),
               service_rule(R"({"status":200})", "must", "a/grant", R"(,"needs":["grant.refresh_token"])"),
               service_rule(R"({"status":200})", "must", "a/client", R"(,"needs":["client.second"])"),
               service_rule(R"({"status":200})", "must", "a/time", R"(,"needs":["time"])"),
               service_rule(R"({"status":200})", "must", "a/endpoint", R"(,"needs":["endpoint.userinfo"])")});
  EXPECT_EQ(rule_of(world.run, "a/claimed").verdict, Verdict::pass);
  EXPECT_EQ(rule_of(world.run, "a/grant").verdict, Verdict::not_applicable);
  EXPECT_EQ(rule_of(world.run, "a/client").verdict, Verdict::blocked);
  EXPECT_THAT(rule_of(world.run, "a/client").reason, HasSubstr("\"second\": {"));  // the line to add
  EXPECT_EQ(rule_of(world.run, "a/time").verdict, Verdict::not_judged);
  EXPECT_THAT(rule_of(world.run, "a/time").reason, HasSubstr("--slow"));
  EXPECT_EQ(rule_of(world.run, "a/endpoint").verdict, Verdict::not_applicable);
  EXPECT_EQ(world.transport.requests.size(), 1u);  // nothing is sent for those that cannot run
}

TEST(CheckRun, MissingCapabilitiesOfOneCheck) {
  FakeWorld world;
  world.check({rule_file(
      R"("act":[{"token":{"grant":"client_credentials"},"as":"t"}],"assert":[{"check":"a","clause":"x/1/must","needs":["endpoint.userinfo"],"that":{"t":{"status":201}}},
         {"check":"b","clause":"x/1/must","needs":["client.second"],"that":{"t":{"status":201}}},{"check":"c","clause":"x/1/must","that":{"t":{"status":200}}}])")});
  EXPECT_EQ(verdict(world.run, "a"), "not-applicable");
  EXPECT_EQ(verdict(world.run, "b"), "not-judged");
  EXPECT_EQ(verdict(world.run, "c"), "pass");
  EXPECT_EQ(rule_of(world.run, "t/r").verdict, Verdict::pass);
}

TEST(CheckRun, PreflightBlocksWhatCannotWork) {
  FakeWorld world;
  world.preflight_result.bad_clients["service"] = "client service: 401";
  world.preflight_result.bad_login = "login: stuck";
  world.check(
      {service_rule(R"({"status":200})", "must", "a/service"),
       rule_file(
           R"("act":[{"authorize":{},"as":"g"}],"assert":[{"check":"c","clause":"x/1/must","that":{"g":{"denied":false}}}])",
           "a/login")});
  EXPECT_EQ(rule_of(world.run, "a/service").verdict, Verdict::blocked);
  EXPECT_EQ(rule_of(world.run, "a/service").reason, "client service: 401");
  EXPECT_EQ(rule_of(world.run, "a/login").reason, "login: stuck");
  EXPECT_TRUE(world.transport.requests.empty());
}

// A token that is revoked in act; `settle` lets the check poll.
std::string revocation(const std::string& settle = "") {
  return rule_file(
      R"("arrange":[{"authorize":{},"as":"g"},{"token":{"grant":"authorization_code","code":"${g.code}"},"as":"t"}],"act":[{"revoke":{"token":"${t.access_token}"}}],
         "assert":[{"check":"dead","clause":"x/1/must","that":{"live":"${t.access_token}","is":false})" +
      settle + "}]");
}

TEST(Oracle, SaysThatATokenIsDead) {
  FakeWorld world;
  world.check({revocation()});
  EXPECT_EQ(verdict(world.run, "dead"), "pass");
  EXPECT_THAT(rule_of(world.run, "t/r").checks.at(0).actual, HasSubstr("no longer accepted"));
  EXPECT_FALSE(rule_of(world.run, "t/r").checks.at(0).evidence.empty());

  FakeWorld careless;
  careless.transport.on("POST /revoke", response(200, "", ""));
  careless.check({revocation()});
  EXPECT_EQ(verdict(careless.run, "dead"), "fail");
  EXPECT_THAT(rule_of(careless.run, "t/r").checks.at(0).actual, HasSubstr("still accepted"));
}

TEST(Oracle, ThatAlwaysSaysNoProvesNothing) {
  for (const auto& answer : {json(R"({"active":false})"), json("{}", 401), json("{}", 500), json("not json"),
                             json(R"({"active":"false"})"), json("{}", 503)}) {
    FakeWorld world;
    world.transport.on("POST /introspect", answer);
    world.check({revocation()});
    EXPECT_EQ(verdict(world.run, "dead"), "inconclusive") << answer;
    EXPECT_THAT(rule_of(world.run, "t/r").checks.at(0).reason, HasSubstr("proves nothing"));
  }
}

TEST(Oracle, ThatBreaksAfterwardsProvesNothing) {
  FakeWorld world;
  int asked = 0;
  world.transport.on("POST /introspect", [&](const ScriptedRequest&) {
    return ++asked == 1 ? json(R"({"active":true})") : json("{}", 503);
  });
  world.check({revocation()});
  EXPECT_EQ(verdict(world.run, "dead"), "inconclusive");
}

TEST(Oracle, TheNextOneIsAskedWhenTheFirstDoesNotAccept) {
  FakeWorld world;
  world.target.endpoints.resource = "http://as.test/resource";
  world.transport.on("POST /introspect", json(R"({"active":false})"));
  world.transport.on("GET /resource", [&](const ScriptedRequest& request) {
    return response(world.live.contains(request.header("Authorization").substr(7)) ? 204 : 401, "", "");
  });
  world.check({revocation()});
  EXPECT_EQ(verdict(world.run, "dead"), "pass");
}

// {"alg":"none"}.{}.x
constexpr std::string_view kJwt = "eyJhbGciOiJub25lIn0.e30.eA";

TEST(Oracle, AResourceMayNotKnowThatAJwtWasRevoked) {
  const auto run = [&](const std::string& token, const std::string& rule) {
    FakeWorld world;
    world.target.oracle = {"resource"};
    world.target.endpoints.resource = "http://as.test/resource";
    world.transport.on("POST /token", json(R"({"token_type":"Bearer","access_token":")" + token + "\"}"));
    world.transport.on("GET /resource", json("{}"));
    world.check({rule});
    return verdict(world.run, "dead");
  };
  auto expired = revocation();
  expired.replace(expired.find(R"("is":false)"), 10, R"("is":false,"because":"expired")");
  EXPECT_EQ(run(std::string(kJwt), revocation()), "inconclusive");
  EXPECT_EQ(run(std::string(kJwt), expired), "fail");
  EXPECT_EQ(run("opaque", revocation()), "fail");
}

TEST(Oracle, OfATokenThatNeverCame) {
  FakeWorld world;
  world.transport.on("POST /token", json(R"({"error":"invalid_scope"})", 400));
  world.check({rule_file(
      R"("act":[{"token":{"grant":"client_credentials"},"as":"t"}],"assert":[{"check":"c","clause":"x/1/must","that":{"live":"${t.access_token}","is":true}}])")});
  EXPECT_EQ(verdict(world.run, "c"), "inconclusive");
}

TEST(Settle, PollsUntilItHolds) {
  FakeWorld world;
  int asked = 0;
  world.transport.on("POST /introspect", [&](const ScriptedRequest&) {
    return json(++asked <= 4 ? R"({"active":true})" : R"({"active":false})");
  });
  world.check({revocation(R"(,"settle":"4s")")});
  EXPECT_EQ(verdict(world.run, "dead"), "pass");
  EXPECT_EQ(asked, 5);
  EXPECT_THAT(world.time.waits, ElementsAre(200ms, 200ms, 200ms));  // a twentieth of the whole each time
}

TEST(Settle, EndsWithItsTime) {
  FakeWorld world;
  world.transport.on("POST /introspect", json(R"({"active":true})"));
  world.check({revocation(R"(,"settle":"4s")")});
  EXPECT_EQ(verdict(world.run, "dead"), "fail");
  EXPECT_EQ(world.time.passed, 4s);
  FakeWorld at_once;
  at_once.transport.on("POST /introspect", json(R"({"active":true})"));
  at_once.check({revocation()});
  EXPECT_TRUE(at_once.time.waits.empty());
}

TEST(Refreshable, UsesTheTokenUp) {
  const auto rule = [](bool is) {
    return rule_file(
        R"("arrange":[{"authorize":{"client":"spa"},"as":"g"},{"token":{"grant":"authorization_code","code":"${g.code}"},"as":"t"}],"act":[{"new_browser":{}}],
        "assert":[{"check":"c","clause":"x/1/must","that":{"refreshable":"${t.refresh_token}","is":)" +
        std::string(is ? "true" : "false") + "}}]");
  };
  FakeWorld world;
  world.check({rule(true)});
  EXPECT_EQ(verdict(world.run, "c"), "pass");
  EXPECT_EQ(*base::find_parameter(world.transport.requests.back().form, "client_id"), "spa");
  world.check({rule(false)});
  EXPECT_EQ(verdict(world.run, "c"), "fail");
  for (const int status : {500, 503}) {
    FakeWorld busy;
    int requests = 0;
    busy.transport.on("POST /token", [&](const ScriptedRequest&) {
      return ++requests == 1 ? json(R"({"access_token":"a","refresh_token":"r"})") : json("{}", status);
    });
    busy.check({rule(false)});
    EXPECT_EQ(verdict(busy.run, "c"), "inconclusive") << status;
  }
}

TEST(DistinctAndSame, NeedTheirValues) {
  const auto rule = [](const std::string& that) {
    return rule_file(
        R"("act":[{"token":{"grant":"client_credentials"},"as":"a"},{"token":{"grant":"client_credentials"},"as":"b"}],"assert":[{"check":"c","clause":"x/1/must","that":)" +
        that + "}]");
  };
  FakeWorld world;
  world.check({rule(R"({"distinct":["${a.access_token}","${b.access_token}"]})")});
  EXPECT_EQ(verdict(world.run, "c"), "pass");
  world.check({rule(R"({"same":["${a.access_token}","${b.access_token}"]})")});
  EXPECT_EQ(verdict(world.run, "c"), "fail");
  EXPECT_EQ(rule_of(world.run, "t/r").checks.at(0).actual, "they differ");
  world.check({rule(R"({"distinct":["${a.access_token}","${b.refresh_token}"]})")});
  EXPECT_EQ(verdict(world.run, "c"), "inconclusive");
}

TEST(Wait, AsksTheTimekeeper) {
  FakeWorld world;
  world.check({rule_file(
      R"("arrange":[{"token":{"grant":"client_credentials"},"as":"t"},{"wait":"30s"},{"wait":"${target.code_lifetime}"},{"wait":"${t.expires_in}s"},{"wait":"${target.refresh_grace}"}],
      "act":[{"new_browser":{}}],"assert":[{"check":"c","clause":"x/1/must","that":{"t":{"status":200}}}])")});
  EXPECT_EQ(verdict(world.run, "c"), "pass");
  EXPECT_THAT(world.time.waits, ElementsAre(30s, 60s, 3600s));  // nothing for 0s
  EXPECT_EQ(world.transport.closed, 1);
}

TEST(Wait, RefusesNonsenseOfTheServer) {
  for (const char* nonsense : {"\"soon\"", "-5", "1e300", "{}", "null"}) {
    FakeWorld world;
    world.transport.on("POST /token", json(R"({"access_token":"x","expires_in":)" + std::string(nonsense) + "}"));
    world.check({rule_file(
        R"("arrange":[{"token":{"grant":"client_credentials"},"as":"t"},{"wait":"${t.expires_in}s"}],"act":[{"new_browser":{}}],
        "assert":[{"check":"c","clause":"x/1/must","that":{"t":{"status":200}}}])")});
    EXPECT_EQ(rule_of(world.run, "t/r").verdict, Verdict::blocked) << nonsense;
    EXPECT_TRUE(world.time.waits.empty());
  }
}

TEST(Act, LeavesOutWhatLacksAValue) {
  FakeWorld world;
  world.check({rule_file(
      R"("act":[{"token":{"grant":"client_credentials"},"as":"t"},{"refresh":{"token":"${t.refresh_token}"},"as":"r"}],
      "assert":[{"check":"c","clause":"x/1/must","that":{"r":{"denied":true}}}],"control":[{"new_browser":{}}])")});
  EXPECT_EQ(verdict(world.run, "c"), "inconclusive");
  EXPECT_THAT(rule_of(world.run, "t/r").checks.at(0).reason, HasSubstr("gave no refresh_token"));
  EXPECT_EQ(world.transport.requests.size(), 1u);
}

TEST(Http, GoesNowhereButToTheTarget) {
  const auto rule = [](const std::string& url) {
    return rule_file(
        R"("act":[{"http":{"method":"POST","url":")" + url +
        R"(","headers":{"X-A":"1\r\nX-Evil: 2"},"body":"b"},"as":"h"}],"assert":[{"check":"c","clause":"x/1/must","that":{"h":{"status":404}}}])");
  };
  FakeWorld world;
  world.check({rule("http://as.test/other?x=1 2")});
  EXPECT_EQ(verdict(world.run, "c"), "pass");
  EXPECT_EQ(world.transport.requests.at(0).target, "/other?x=1%202");
  EXPECT_EQ(world.transport.requests.at(0).header("X-Evil"), "");
  EXPECT_EQ(world.transport.requests.at(0).body, "b");
  for (const char* foreign : {"http://elsewhere.test/", "https://as.test/", "http://as.test:81/",
                              "http://as.test@elsewhere.test/", "nonsense"}) {
    FakeWorld other;
    other.check({rule(foreign)});
    EXPECT_EQ(verdict(other.run, "c"), "inconclusive") << foreign;
    EXPECT_TRUE(other.transport.requests.empty()) << foreign;
  }
}

TEST(Requests, AuthenticateAsTheTargetSays) {
  FakeWorld world;
  world.check({rule_file(
      R"("act":[{"token":{"grant":"x"}},{"token":{"grant":"x","client":"spa"},"as":"b"},{"token":{"grant":"x","client":"service"},"as":"c"},
      {"token":{"grant":"x","auth":"none"},"as":"d"},{"token":{"grant":"x","auth":"post"},"as":"e"},{"token":{"grant":"x","client":"service","auth":"basic"},"as":"f"},
      {"token":{"grant":"x","auth":"wrong-secret"},"as":"g"},{"token":{"grant":"x","client":"spa","drop":["client_id","grant_type"]},"as":"h"},
      {"token":{"grant":"x","header":{"Authorization":"Basic !"}},"as":"i"},{"token":{"grant":"x","client":"service","set":{"client_secret":"other"},"twice":{"client_id":"again"}},"as":"j"}],
      "assert":[{"check":"c","observe":"?","that":{"b":{"status":400}}}])")});
  const auto& sent = world.transport.requests;
  ASSERT_EQ(sent.size(), 10u);
  const std::string basic = "Basic d2ViOndlYi1zZWNyZXQtdmFsdWU=";
  EXPECT_EQ(sent[0].header("Authorization"), basic);
  EXPECT_EQ(sent[0].body, "grant_type=x");
  EXPECT_EQ(sent[0].header("Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(sent[0].header("Content-Length"), "12");
  EXPECT_EQ(sent[1].body, "grant_type=x&client_id=spa");
  EXPECT_EQ(sent[1].header("Authorization"), "");
  EXPECT_EQ(sent[2].body, "grant_type=x&client_id=service&client_secret=service-secret-value");
  EXPECT_EQ(sent[3].body, "grant_type=x&client_id=web");
  EXPECT_EQ(sent[4].body, "grant_type=x&client_id=web&client_secret=web-secret-value");
  EXPECT_EQ(sent[5].header("Authorization").substr(0, 6), "Basic ");
  EXPECT_NE(sent[6].header("Authorization"), basic);
  EXPECT_EQ(sent[7].body, "");
  EXPECT_EQ(sent[8].header("Authorization"), "Basic !");
  EXPECT_EQ(sent[9].body.find("service-secret-value"), std::string::npos);
  EXPECT_THAT(sent[9].body, HasSubstr("client_secret=other"));
}

TEST(Requests, AuthenticateAsNobodyShould) {
  FakeWorld world;
  world.target.clients["web"].secret = base::Secret("a+b c");
  world.check({rule_file(
      R"("act":[{"token":{"grant":"x","auth":"basic"}},{"token":{"grant":"x","auth":"basic-raw"},"as":"b"},{"token":{"grant":"x","auth":"basic-and-post"},"as":"c"}],
      "assert":[{"check":"c","observe":"?","that":{"b":{"status":400}}}])")});
  const auto& sent = world.transport.requests;
  ASSERT_EQ(sent.size(), 3u);
  EXPECT_EQ(sent[0].header("Authorization"), "Basic " + base::base64("web:a%2Bb+c"));
  EXPECT_EQ(sent[1].header("Authorization"), "Basic " + base::base64("web:a+b c"));
  EXPECT_EQ(sent[1].body, "grant_type=x");
  EXPECT_EQ(sent[2].header("Authorization"), sent[0].header("Authorization"));
  EXPECT_EQ(sent[2].body, "grant_type=x&client_id=web&client_secret=a%2Bb+c");
}

TEST(Requests, AuthorizeParameters) {
  FakeWorld world;
  world.target.authorize_params = {{"prompt", "consent"}, {"scope", "not this one"}, {"audience", "api"}};
  world.check({rule_file(
      R"("act":[{"authorize":{"drop":["audience"],"set":{"extra":"a b&c"}},"as":"g"}],"assert":[{"check":"c","clause":"x/1/must","that":{"g":{"denied":false,"params":{"state":{"equals":"${g.sent_state}"}}}}}])")});
  EXPECT_EQ(verdict(world.run, "c"), "pass");
  const auto& query = world.transport.requests.at(0).query;
  const auto value = [&](const char* name) {
    const auto* found = base::find_parameter(query, name);
    return found ? *found : "(absent)";
  };
  EXPECT_EQ(value("prompt"), "consent");
  EXPECT_EQ(value("scope"), "a b");
  EXPECT_EQ(value("audience"), "(absent)");
  EXPECT_EQ(value("extra"), "a b&c");
  EXPECT_EQ(value("code_challenge_method"), "S256");
  EXPECT_EQ(value("code_challenge").size(), 43u);
  EXPECT_EQ(value("state").size(), 43u);
  EXPECT_EQ(value("redirect_uri"), "http://client.test/cb");
}

TEST(Secrets, AreKnownToTheRedactor) {
  FakeWorld world;
  world.check({single_use});
  std::string everything;
  for (const auto& exchange : world.run.exchanges) everything += exchange.request + exchange.response;
  EXPECT_THAT(everything, HasSubstr("access-token-"));
  const auto shown = world.redactor.redact(everything);
  for (const char* secret :
       {"access-token-2", "refresh-token-2", "code-1", "web-secret-value", "d2ViOndlYi1zZWNyZXQtdmFsdWU="})
    EXPECT_EQ(shown.find(secret), std::string::npos) << secret;
  for (const char* secret : {"service-secret-value", "alice-password"})
    EXPECT_NE(world.redactor.label(secret), "") << secret;
}

TEST(Secrets, OfARegisteredClientAreKnownToo) {
  const auto rule = rule_file(
      R"("act":[{"register":{"metadata":{"client_name":"x"}},"as":"r"}],"assert":[{"check":"c","clause":"x/1/must","that":{"r":{"status":201}}}],"control":[{"new_browser":{}}])");
  const auto registered = [&](const std::string& answer) {
    FakeWorld world;
    world.target.endpoints.registration = "http://as.test/register";
    world.transport.on("POST /register", answer);
    world.check({rule});
    EXPECT_EQ(verdict(world.run, "c"), "pass");
    return world.redactor.redact("new-client-secret and new-management-token");
  };
  const auto of_json = registered(json(
      R"({"client_id":"n","client_secret":"new-client-secret","registration_access_token":"new-management-token"})",
      201));
  EXPECT_THAT(of_json, HasSubstr("‹client-secret#"));
  EXPECT_THAT(of_json, HasSubstr("‹registration#"));
  // Read as the fields of a step, and by nothing else.
  EXPECT_THAT(
      registered(response(201, "application/x-www-form-urlencoded", "client_id=n&client_secret=new-client-secret")),
      HasSubstr("‹client-secret#"));
}

TEST(Interruption, EndsTheRunAndJudgesNothingMore) {
  FakeWorld world;
  const auto healthy = service_rule(R"({"status":200})", "must", "a/one");
  world.transport.on("POST /token", [&](const ScriptedRequest&) {
    if (world.transport.requests.size() >= 2) world.stop = true;
    return world.stop ? json("{}", 503) : json(R"({"access_token":"x"})");
  });
  world.check({healthy, service_rule(R"({"status":200})", "must", "a/two"),
               service_rule(R"({"status":200})", "must", "b/three")});
  EXPECT_EQ(rule_of(world.run, "a/one").verdict, Verdict::pass);
  EXPECT_EQ(rule_of(world.run, "a/two").verdict, Verdict::interrupted);
  EXPECT_EQ(verdict(world.run, "a/two#c"), "interrupted");
  EXPECT_EQ(rule_of(world.run, "b/three").verdict, Verdict::interrupted);
  EXPECT_THAT(rule_of(world.run, "b/three").reason, HasSubstr("before"));
  EXPECT_EQ(world.transport.requests.size(), 2u);
}

TEST(SelectRules, OrdersByNeed) {
  FakeWorld world;
  world.check({service_rule(R"({"status":200})", "must", "a/slow", R"(,"tags":["slow"])"),
               service_rule(R"({"status":200})", "must", "b/plain"), needing, observer});
  EXPECT_THAT(world.finished, ElementsAre("z/observer", "b/plain", "a/needing", "a/slow"));
  world.check({service_rule(R"({"status":200})", "must", "b/plain"), observer}, {"b/*", "nothing/*"});
  EXPECT_THAT(world.finished, ElementsAre("b/plain"));
}

}  // namespace
}  // namespace assay::engine

// Servers whose requests look otherwise than the RFCs say: what is sent to them, and what becomes of their answers.
#include <nlohmann/json.hpp>
#include <set>

#include "engine/preflight.hpp"
#include "tests/support/engine_test.hpp"

namespace assay::engine {
namespace {

constexpr std::string_view kCodeFlow = R"("arrange":[{"authorize":{"client":"web"},"as":"grant"}],
  "act":[{"token":{"grant":"authorization_code","code":"${grant.code}"},"as":"t"}],
  "assert":[{"check":"c","clause":"x/1/must","that":{"t":{"denied":false}}}])";

class RequestShapeTest : public testing::Test {
 protected:
  // Reads settings into the target of the world.
  void set(const std::string& members) {
    const auto loaded = rules::load_target(
        {"t.jsonc",
         R"({"issuer":"http://as.test","clients":{"web":{"id":"w","redirect_uris":["http://c/"]}},)" + members + "}"},
        [](const std::string&) { return std::nullopt; });
    if (!loaded) FAIL() << base::to_string(loaded.error().at(0));
    world.target.token_request = loaded->token_request;
    world.target.introspection_request = loaded->introspection_request;
    world.target.authorization_request = loaded->authorization_request;
    world.target.registration = loaded->registration;
  }

  ScriptedRequest token_request() const {
    for (const auto& request : world.transport.requests)
      if (request.path == "/token") return request;
    ADD_FAILURE() << "no token request";
    return {};
  }

  // The server takes JSON at its token endpoint, and nothing else.
  void take_json() {
    world.transport.on("POST /token", [](const ScriptedRequest& request) {
      const auto body = nlohmann::json::parse(request.body, nullptr, false);
      if (request.header("Content-Type") != "application/json" || !body.is_object())
        return json(R"({"error":"invalid_request"})", 400);
      return json(R"({"access_token":"at","token_type":"Bearer"})");
    });
  }

  FakeWorld world;
};

TEST_F(RequestShapeTest, JsonTokenRequests) {
  set(R"("token_request":{"format":"json"})");
  world.target.clients.at("web").auth = rules::ClientAuth::post;
  world.target.clients.at("web").secret = base::Secret("a \"b\"\\");
  take_json();
  EXPECT_EQ(verdict(world.check({rule_file(std::string(kCodeFlow))}), "c"), "pass");
  const auto request = token_request();
  EXPECT_EQ(request.header("Content-Type"), "application/json");
  const auto body = nlohmann::json::parse(request.body);
  EXPECT_EQ(body.at("grant_type"), "authorization_code");
  EXPECT_EQ(body.at("code"), "code-1");
  EXPECT_EQ(body.at("client_secret"), "a \"b\"\\");
  EXPECT_EQ(body.size(), 6u);
  EXPECT_EQ(request.header("Content-Length"), std::to_string(request.body.size()));
}

TEST_F(RequestShapeTest, AStepMayAskForTheStandardForm) {
  set(R"("token_request":{"format":"json"})");
  take_json();
  const auto run = world.check({rule_file(R"("arrange":[{"authorize":{"client":"web"},"as":"grant"}],
    "act":[{"token":{"grant":"authorization_code","code":"${grant.code}","format":"form"},"as":"t"}],
    "assert":[{"check":"c","clause":"x/1/must","that":{"t":{"denied":false}}}])")});
  EXPECT_EQ(verdict(run, "c"), "fail");
  EXPECT_EQ(token_request().header("Content-Type"), "application/x-www-form-urlencoded");
}

TEST_F(RequestShapeTest, EverythingInTheQuery) {
  set(R"("token_request":{"format":"query","accept":""})");
  world.target.clients.at("web").auth = rules::ClientAuth::post;
  world.target.endpoints.token = "http://as.test/token?tenant=t";
  world.transport.on("POST /token", [](const ScriptedRequest& request) {
    if (!request.body.empty() || !base::find_parameter(request.query, "code")) return response(400, "text/plain", "no");
    return response(200, "application/x-www-form-urlencoded", "access_token=a%26b&scope=x%2Cy&token_type=bearer");
  });
  const auto run = world.check({rule_file(R"("arrange":[{"authorize":{"client":"web"},"as":"grant"}],
    "act":[{"token":{"grant":"authorization_code","code":"${grant.code}"},"as":"t"}],
    "assert":[{"check":"c","clause":"x/1/must","that":{"t":{"denied":false}}},
              {"check":"j","clause":"x/1/must","that":{"t":{"mediaType":"application/json","json":{"/access_token":"present"}}}}])")});
  EXPECT_EQ(verdict(run, "c"), "pass");
  EXPECT_EQ(verdict(run, "j"), "fail") << "the setting lets flows run, it excuses nothing";
  const auto request = token_request();
  EXPECT_THAT(request.target, testing::StartsWith("/token?tenant=t&grant_type=authorization_code&code=code-1&"));
  EXPECT_THAT(request.target, HasSubstr("client_secret=web-secret-value"));
  EXPECT_EQ(request.header("Content-Type"), "");
  EXPECT_EQ(request.header("Accept"), "");
  EXPECT_EQ(request.header("Content-Length"), "0");
}

TEST_F(RequestShapeTest, ARequestWithoutHolesIsMadeOnce) {
  set(R"("token_request":{"format":"query"})");
  world.transport.on("POST /token", json(R"({"access_token":"at","token_type":"Bearer"})"));
  EXPECT_EQ(verdict(world.check({rule_file(R"("act":[{"token":{"grant":"client_credentials"},"as":"t"}],
    "assert":[{"check":"c","clause":"x/1/must","that":{"t":{"denied":false}}}])")}),
                    "c"),
            "pass");
  EXPECT_THAT(token_request().target,
              testing::StartsWith("/token?grant_type=client_credentials&scope=s&client_id=service"));
}

TEST_F(RequestShapeTest, IntrospectionAsJson) {
  set(R"("introspection_request":{"format":"json"})");
  world.transport.on("POST /introspect", [](const ScriptedRequest& request) {
    const auto body = nlohmann::json::parse(request.body, nullptr, false);
    return json(body.is_object() && body.value("token", "") == "access-token-2" ? R"({"active":true})"
                                                                                : R"({"active":false})");
  });
  const auto run = world.check({rule_file(R"("arrange":[{"authorize":{"client":"web"},"as":"grant"}],
    "act":[{"token":{"grant":"authorization_code","code":"${grant.code}"},"as":"t"}],
    "assert":[{"check":"c","clause":"x/1/must","that":{"live":"${t.access_token}","is":true}}])")});
  EXPECT_EQ(verdict(run, "c"), "pass");
}

TEST_F(RequestShapeTest, EveryEndpointMayHaveAHostOfItsOwn) {
  world.target.issuer.clear();
  world.target.endpoints.token = "https://token.test:8443/token";
  world.target.endpoints.introspection = "http://introspection.test/introspect";
  const auto run = world.check({rule_file(R"("arrange":[{"authorize":{"client":"web"},"as":"grant"}],
    "act":[{"token":{"grant":"authorization_code","code":"${grant.code}"},"as":"t"}],
    "assert":[{"check":"c","clause":"x/1/must","that":{"live":"${t.access_token}","is":true}}])")});
  EXPECT_EQ(verdict(run, "c"), "pass");
  std::set<std::string> hosts;
  for (const auto& request : world.transport.requests) hosts.insert(request.origin.host);
  EXPECT_THAT(hosts, ElementsAre("as.test", "introspection.test", "token.test"));
}

// Some say "3600" where a number is due, and bearer in lower case: flows go on.
TEST_F(RequestShapeTest, NumbersAsStrings) {
  world.transport.on(
      "POST /token",
      json(R"({"access_token":"at","token_type":"bearer","expires_in":"3599","created_at":1,"more":{"a":[]}})"));
  const auto run =
      world.check({rule_file(R"("act":[{"token":{"grant":"client_credentials"},"as":"t"},{"wait":"${t.expires_in}s"},
      {"token":{"grant":"client_credentials"},"as":"u"}],
    "assert":[{"check":"type","clause":"x/1/must","that":{"u":{"json":{"/token_type":{"equalsIgnoringCase":"Bearer"}}}}},
              {"check":"number","clause":"x/1/must","that":{"u":{"json":{"/expires_in":{"type":"number"}}}}}])")});
  EXPECT_EQ(verdict(run, "type"), "pass");
  EXPECT_EQ(verdict(run, "number"), "fail");
}

TEST_F(RequestShapeTest, MembersOfAFormCount) {
  world.transport.on("POST /token", response(200, "application/x-www-form-urlencoded; charset=utf-8",
                                             "access_token=at&token_type=bearer&expires_in=28800&scope=a"));
  const auto run = world.check({rule_file(R"("act":[{"token":{"grant":"client_credentials"},"as":"t"}],
    "assert":[{"check":"type","clause":"x/1/must","that":{"t":{"json":{"/token_type":{"type":"string"},"/expires_in":{"min":1}}}}},
              {"check":"json","clause":"x/1/must","that":{"t":{"json":{"":{"type":"object"}}}}}])")});
  EXPECT_EQ(verdict(run, "type"), "pass");
  EXPECT_EQ(verdict(run, "json"), "fail");
}

TEST_F(RequestShapeTest, ErrorsWithStatus200AreErrors) {
  world.transport.on("POST /token", json(R"({"error":"bad_verification_code","error_description":"no"})"));
  const auto run = world.check({rule_file(R"("act":[{"token":{"grant":"authorization_code","code":"x"},"as":"t"}],
    "assert":[{"check":"denied","clause":"x/1/must","that":{"t":{"denied":true}}},
              {"check":"status","clause":"x/1/must","that":{"t":{"status":400}}}],
    "control":[{"token":{"grant":"authorization_code","code":"x"},"as":"again","expect":{"denied":true}}])")});
  EXPECT_EQ(verdict(run, "denied"), "pass");
  EXPECT_EQ(verdict(run, "status"), "fail");
}

TEST_F(RequestShapeTest, AuthorizationByACall) {
  set(R"("authorization_request":{"format":"json","bearer_token":{"url":"http://as.test/login",
        "body":{"u":"${user.name}","p":"${user.password}"},"token":"/data/token"},"redirect_uri":"/to"})");
  world.transport.on("POST /login", [](const ScriptedRequest& request) {
    EXPECT_EQ(request.body, R"({"u":"alice","p":"alice-password"})");
    return json(R"({"data":{"token":"users-own-token"}})");
  });
  world.transport.on("POST /authorize", [](const ScriptedRequest& request) {
    EXPECT_EQ(request.header("Authorization"), "Bearer users-own-token");
    const auto body = nlohmann::json::parse(request.body);
    if (body.at("redirect_uri") != "http://client.test/cb") return json(R"({"error":"wrong redirect_uri"})", 400);
    return json(
        nlohmann::json{{"to", "http://client.test/cb?code=c1&state=" + body.at("state").get<std::string>()}}.dump());
  });
  const auto run = world.check({rule_file(R"(
    "act":[{"authorize":{"client":"web"},"as":"right"},{"authorize":{"client":"web","redirect_uri":"http://evil.test/"},"as":"wrong"}],
    "assert":[{"check":"code","clause":"x/1/must","that":{"right":{"landed":"redirect_uri","params":{"state":{"equals":"${right.sent_state}"}}}}},
              {"check":"in","clause":"x/1/must","that":{"right":{"in":"query"}}},
              {"check":"refused","clause":"x/1/must","that":{"wrong":{"landed":"page","denied":true}}}],
    "control":[{"authorize":{"client":"web"}}])")});
  EXPECT_EQ(verdict(run, "code"), "pass");
  EXPECT_EQ(verdict(run, "in"), "pass");
  EXPECT_EQ(verdict(run, "refused"), "pass");
  EXPECT_THAT(world.redactor.redact("users-own-token"), Not(HasSubstr("own-token")));
}

TEST_F(RequestShapeTest, TheCodeItselfOrALocation) {
  set(R"("authorization_request":{"format":"query","bearer_token":"given-token-of-alice","code":"/code","state":"/state"})");
  world.transport.on("GET /authorize", [](const ScriptedRequest& request) {
    EXPECT_EQ(request.header("Authorization"), "Bearer given-token-of-alice");
    const auto state = *base::find_parameter(request.query, "state");
    if (*base::find_parameter(request.query, "scope") == "moved")
      return redirect("http://client.test/cb?code=c2&state=" + state);
    return json(R"({"code":"c1","state":")" + state + R"("})");
  });
  const auto run = world.check({rule_file(R"(
    "act":[{"authorize":{"client":"web"},"as":"here"},{"authorize":{"client":"web","scope":"moved"},"as":"there"}],
    "assert":[{"check":"here","clause":"x/1/must","that":{"here":{"landed":"redirect_uri","params":{"code":{"equals":"c1"},"state":{"equals":"${here.sent_state}"}}}}},
              {"check":"there","clause":"x/1/must","that":{"there":{"landed":"redirect_uri","params":{"code":{"equals":"c2"}}}}}])")});
  EXPECT_EQ(verdict(run, "here"), "pass");
  EXPECT_EQ(verdict(run, "there"), "pass");
}

TEST_F(RequestShapeTest, AnExpiredTokenOfAnEarlierLoginIsRenewed) {
  set(R"("authorization_request":{"format":"json","bearer_token":{"url":"http://as.test/login","body":{},"token":"/token"}})");
  int logins = 0, used = 0;
  world.transport.on("POST /login", [&](const ScriptedRequest&) {
    return json(R"({"token":"t)" + std::to_string(++logins) + R"("})");
  });
  world.transport.on("POST /authorize", [&](const ScriptedRequest& request) {
    if (request.header("Authorization") == "Bearer t1" && ++used > 1) return json(R"({"error":"expired"})", 401);
    return json(R"({"redirect_uri":"http://client.test/cb?code=c1"})");
  });
  const auto run = world.check({rule_file(
      R"("act":[{"authorize":{"client":"web"},"as":"first"},{"authorize":{"client":"web","session":"kept"},"as":"kept"}],
    "assert":[{"check":"code","clause":"x/1/must","that":{"kept":{"landed":"redirect_uri"}}}])")});
  EXPECT_EQ(verdict(run, "code"), "pass");
  EXPECT_EQ(logins, 2) << "one login for the first step, one for the token that had expired";
}

TEST_F(RequestShapeTest, ATokenThatDoesNotComeIsNamed) {
  set(R"("authorization_request":{"format":"json","bearer_token":{"url":"http://as.test/login","body":{},"token":"/token"}})");
  world.transport.on("POST /login", json(R"({"error":"wrong password"})", 401));
  const auto run = world.check({rule_file(std::string(kCodeFlow))});
  EXPECT_EQ(rule_of(run, "t/r").verdict, Verdict::blocked);
  EXPECT_THAT(rule_of(run, "t/r").reason, HasSubstr("bearer token did not come: status 401, error wrong password"));
}

TEST_F(RequestShapeTest, ABrowserIsSentWhereTheStepWantsOne) {
  set(R"("authorization_request":{"format":"json"})");
  const auto run = world.check({rule_file(R"("act":[{"authorize":{"client":"web","format":"browser"},"as":"g"}],
    "assert":[{"check":"c","clause":"x/1/must","that":{"g":{"landed":"redirect_uri"}}}])")});
  EXPECT_EQ(verdict(run, "c"), "pass");
}

TEST_F(RequestShapeTest, PreflightKnowsAServerThatReadsJsonOnly) {
  world.transport.on("POST /token", [](const ScriptedRequest& request) {
    const auto body = nlohmann::json::parse(request.body, nullptr, false);
    if (!body.is_object()) return json(R"({"error":"Unexpected token in JSON"})", 400);
    return json(body.value("grant_type", "") == "assay_unknown" ? R"({"error":"no such grant"})"
                                                                : R"({"error":"no such code"})",
                400);
  });
  const auto result = world.preflight();
  EXPECT_THAT(result.bad_clients.at("web"), HasSubstr(R"("token_request": { "format": "json" })"));
  set(R"("token_request":{"format":"json"})");
  EXPECT_FALSE(world.preflight().bad_clients.contains("web"));
}

TEST_F(RequestShapeTest, PreflightTellsAServerWithErrorsOfItsOwnFromOneThatReadsJsonOnly) {
  world.transport.on("POST /token", [](const ScriptedRequest& request) {
    if (request.header("Content-Type") == "application/json") return json(R"({"error":"unsupported media type"})", 415);
    return json(R"({"error":"invalid_code"})", 403);
  });
  for (const auto& [role, why] : world.preflight().bad_clients) EXPECT_THAT(why, Not(HasSubstr("token_request")));
}

TEST_F(RequestShapeTest, PreflightFindsAWrongSecretBehindStatus200) {
  world.target.clients.erase("service");
  world.target.clients.at("web").auth = rules::ClientAuth::post;
  world.transport.on("POST /token", [](const ScriptedRequest& request) {
    const auto* secret = base::find_parameter(request.form, "client_secret");
    const bool known = secret && *secret == "web-secret-value";
    return json(known ? R"({"error":"bad_verification_code"})" : R"({"error":"incorrect_client_credentials"})");
  });
  EXPECT_FALSE(world.preflight().bad_clients.contains("web"));
  world.target.clients.at("web").secret = base::Secret("another-secret");
  EXPECT_TRUE(world.preflight().bad_clients.contains("web"));
}

class RegistrationTest : public RequestShapeTest {
 protected:
  RegistrationTest() {
    for (auto& [role, client] : world.target.clients) {
      client.id.clear();
      client.secret = {};
    }
  }
};

TEST_F(RegistrationTest, WithARequestOfItsOwn) {
  set(R"("registration":{"url":"http://as.test/apps","initial_access_token":{"url":"http://as.test/login","body":{"n":"merchant"},"token":"/token"},
        "body":{"name":"assay ${client.role}","uris":"${client.redirect_uris}","scopes":"${client.scopes}"},"client_id":"/app_id","client_secret":"/app_secret"})");
  world.transport.on("POST /login", json(R"({"token":"merchants-token"})"));
  world.transport.on("POST /apps", [](const ScriptedRequest& request) {
    EXPECT_EQ(request.header("Authorization"), "Bearer merchants-token");
    const auto body = nlohmann::json::parse(request.body);
    EXPECT_TRUE(body.at("uris").is_array());
    const auto name = body.at("name").get<std::string>();
    if (name == "assay service") EXPECT_EQ(body.at("scopes"), nlohmann::json::array({"s"}));
    return json(nlohmann::json{{"app_id", name}, {"app_secret", "secret of " + name}}.dump(), 201);
  });
  const auto result = world.preflight();
  EXPECT_EQ(world.target.clients.at("web").id, "assay web");
  EXPECT_EQ(world.target.clients.at("web").secret.reveal(), "secret of assay web");
  EXPECT_EQ(world.target.clients.at("spa").secret.reveal(), "") << "a public client keeps no secret";
  EXPECT_FALSE(result.blocked());
  EXPECT_THAT(result.checks, Contains(testing::Field(&record::PreflightCheck::seen, "registered service, spa, web")));
  for (const auto* secret : {"merchants-token", "secret of assay web"})
    EXPECT_THAT(world.redactor.redact(secret), Not(HasSubstr(secret)));
}

TEST_F(RegistrationTest, AsTheRfcSays) {
  set(R"("registration":{"initial_access_token":"initial-token-1"})");
  world.target.endpoints.registration = "http://as.test/register";
  world.transport.on("POST /register", [](const ScriptedRequest& request) {
    EXPECT_EQ(request.header("Authorization"), "Bearer initial-token-1");
    const auto body = nlohmann::json::parse(request.body);
    const bool service = body.at("client_name") == "assay service";
    EXPECT_EQ(body.at("grant_types").size(), service ? 1u : 2u);
    EXPECT_EQ(body.contains("redirect_uris"), !service);
    // The server chooses another method for one of them.
    return json(
        nlohmann::json{{"client_id", body.at("client_name")},
                       {"client_secret", "s-" + body.at("client_name").get<std::string>()},
                       {"token_endpoint_auth_method",
                        service ? "client_secret_basic" : body.at("token_endpoint_auth_method").get<std::string>()}}
            .dump(),
        201);
  });
  EXPECT_FALSE(world.preflight().blocked());
  EXPECT_EQ(world.target.clients.at("service").auth, rules::ClientAuth::basic);
  EXPECT_EQ(world.target.clients.at("spa").auth, rules::ClientAuth::none);
}

TEST_F(RegistrationTest, WhatGoesWrongBlocksTheClient) {
  set(R"("registration":{"url":"http://as.test/apps"})");
  world.transport.on("POST /apps", [](const ScriptedRequest& request) {
    if (request.body.find("assay web") != std::string::npos) return json(R"({"error":"invalid_redirect_uri"})", 400);
    if (request.body.find("assay spa") != std::string::npos) return json(R"({"id":"x"})", 201);
    return json(R"({"client_id":"service"})", 201);
  });
  const auto result = world.preflight();
  EXPECT_TRUE(result.blocked());
  EXPECT_THAT(result.bad_clients.at("web"), HasSubstr("registration of web: status 400, error invalid_redirect_uri"));
  EXPECT_THAT(result.bad_clients.at("spa"), HasSubstr("without a client_id at /client_id"));
  EXPECT_THAT(result.bad_clients.at("service"), HasSubstr("without a client_secret at /client_secret"));
}

TEST_F(RegistrationTest, WithoutItsTokenNobodyIsRegistered) {
  set(R"("registration":{"url":"http://as.test/apps","initial_access_token":{"url":"http://as.test/login","body":{}}})");
  world.transport.on("POST /login", json(R"({"message":"no such merchant"})", 403));
  const auto result = world.preflight();
  EXPECT_THAT(result.bad_clients.at("web"), HasSubstr("status 403, message no such merchant"));
}

TEST_F(RegistrationTest, NowhereToRegister) {
  set(R"("registration":{})");
  EXPECT_THAT(world.preflight().bad_clients.at("web"), HasSubstr("say where to register"));
}

}  // namespace
}  // namespace assay::engine

// What preflight says about targets that are not ready: each is named, with what to change.
#include "engine/preflight.hpp"

#include <nlohmann/json.hpp>

#include "engine/preflight_trial.hpp"
#include "oauth/client_authentication.hpp"
#include "tests/support/engine_test.hpp"

namespace assay::engine {
namespace {

const record::PreflightCheck& line(const PreflightResult& result, const std::string& name) {
  static const record::PreflightCheck none{"", Verdict::harness_error, "", "", {}};
  for (const auto& check : result.checks)
    if (check.name == name) return check;
  std::string names;
  for (const auto& check : result.checks) names += " \"" + check.name + "\"";
  ADD_FAILURE() << "no line \"" << name << "\"; there are" << names;
  return none;
}

void expect_blocked(const PreflightResult& result, const std::string& name, const std::string& seen,
                    const std::string& hint) {
  EXPECT_TRUE(result.blocked());
  EXPECT_EQ(line(result, name).verdict, Verdict::blocked);
  EXPECT_THAT(line(result, name).seen, HasSubstr(seen));
  EXPECT_THAT(line(result, name).hint, HasSubstr(hint));
}

class PreflightTest : public testing::Test {
 protected:
  PreflightTest() {
    world.target.endpoints = {};
    world.transport.on("GET /.well-known/openid-configuration", world.metadata_text());
  }
  FakeWorld world;
};

TEST_F(PreflightTest, AHealthyServerIsReady) {
  // The wrong code of preflight is refused, the right one is not.
  const auto result = world.preflight();
  for (const auto& check : result.checks)
    EXPECT_EQ(check.verdict, check.name == "TLS" ? Verdict::not_applicable : Verdict::pass)
        << check.name << ": " << check.seen;
  EXPECT_TRUE(result.reachable);
  EXPECT_FALSE(result.blocked());
  EXPECT_EQ(result.metadata_url, "http://as.test/.well-known/openid-configuration");
  for (const char* name : {"DNS", "connection", "TLS", "metadata", "client web", "client spa", "client service",
                           "redirect URI", "login", "code exchange", "oracle"})
    line(result, name);
}

TEST_F(PreflightTest, DeadPort) {
  struct Row {
    net::Outcome outcome;
    const char *step, *hint;
  };
  const Row table[] = {{net::Outcome::resolve_failed, "DNS", "host name"},
                       {net::Outcome::connect_failed, "connection", "is the server running"},
                       {net::Outcome::tls_failed, "TLS", "ca_file"},
                       {net::Outcome::timed_out, "connection", "timeout"},
                       {net::Outcome::closed, "connection", "HTTP server"}};
  for (const auto& [outcome, step, hint] : table) {
    world.transport.outcome = outcome;
    const auto result = world.preflight();
    EXPECT_FALSE(result.reachable);
    expect_blocked(result, step, "http://as.test/", hint);
    EXPECT_EQ(result.checks.back().name, step) << "there is no sense in more";
  }
}

TEST_F(PreflightTest, AnAddressNeedsNoName) {
  world.target.issuer = "http://[::1]:80";
  world.transport.outcome = net::Outcome::connect_failed;
  EXPECT_EQ(line(world.preflight(), "DNS").verdict, Verdict::not_applicable);
}

TEST_F(PreflightTest, NoMetadata) {
  world.transport.on("GET /.well-known/openid-configuration", page("<h1>404</h1>"));
  const auto result = world.preflight();
  EXPECT_FALSE(result.reachable);
  expect_blocked(result, "metadata", "404", "\"discovery\": false");
}

TEST_F(PreflightTest, BrokenMetadata) {
  for (const char* body : {"[]", "{", "{\"issuer\":5}"}) {
    world.transport.on("GET /.well-known/openid-configuration", json(body));
    world.transport.on("GET /.well-known/oauth-authorization-server", json(body));
    const auto result = world.preflight();
    EXPECT_FALSE(result.reachable) << body;
    expect_blocked(result, "metadata", "no usable metadata", "endpoints");
  }
  world.transport.on("GET /.well-known/openid-configuration", json(R"({"issuer":"http://as.test"})"));
  expect_blocked(world.preflight(), "metadata", "names no token_endpoint", "endpoints");
}

TEST_F(PreflightTest, TheSecondPlaceIsTried) {
  world.transport.on("GET /.well-known/openid-configuration", json("{}", 404));
  world.transport.on("GET /.well-known/oauth-authorization-server", world.metadata_text());
  EXPECT_EQ(world.preflight().metadata_url, "http://as.test/.well-known/oauth-authorization-server");
}

TEST_F(PreflightTest, WrongIssuer) {
  world.target.issuer = "http://as.test";
  world.transport.on("GET /.well-known/openid-configuration",
                     json(R"({"issuer":"http://other.test\u001b[2J","token_endpoint":"http://as.test/token"})"));
  const auto result = world.preflight();
  EXPECT_FALSE(result.reachable);
  expect_blocked(result, "issuer", "http://other.test", "\"issuer\"");
  EXPECT_EQ(line(result, "issuer").seen.find('\x1b'), std::string::npos);
}

TEST_F(PreflightTest, ATrailingSlashIsNoWrongIssuer) {
  world.target.issuer = "http://as.test/";
  EXPECT_TRUE(world.preflight().reachable);
}

TEST_F(PreflightTest, EndpointsOfTheTargetFileWin) {
  world.target.endpoints.token = "http://as.test/token2";
  const auto result = world.preflight();
  EXPECT_EQ(line(result, "endpoint token").verdict, Verdict::warn);
}

TEST_F(PreflightTest, WithoutDiscovery) {
  world.target.discovery = "";
  world.target.endpoints.token = "http://as.test/token";
  world.target.endpoints.authorization = "http://as.test/authorize";
  const auto result = world.preflight();
  EXPECT_FALSE(result.blocked());
  EXPECT_EQ(line(result, "oracle").verdict, Verdict::warn);
  EXPECT_EQ(line(result, "connection").verdict, Verdict::pass);
  world.transport.outcome = net::Outcome::connect_failed;
  expect_blocked(world.preflight(), "connection", "http://as.test/token", "is the server running");
}

TEST_F(PreflightTest, BadSecret) {
  world.transport.on("POST /token", json(R"({"error":"invalid_client"})", 401));
  const auto result = world.preflight();
  expect_blocked(result, "client web", "invalid_client", "clients.web.id and .secret");
  EXPECT_THAT(line(result, "client web").seen, HasSubstr("HTTP Basic"));
  expect_blocked(result, "client service", "in the body", "clients.service.id");
  EXPECT_THAT(result.bad_clients.at("web"), HasSubstr("clients.web"));
  for (const auto& check : result.checks) EXPECT_NE(check.name, "login") << "there is no sense in it";
}

TEST_F(PreflightTest, AMadeUpCodeMayBeRefusedInAnyWay) {
  // Each says in its own way that the code is bad, and says something else to a client that is not known.
  const std::pair<int, const char*> table[] = {{403, "invalid_grant"}, {401, "invalid_grant"}, {403, "invalid_code"}};
  for (const auto& [status, error] : table) {
    world.transport.on("POST /token", [&](const ScriptedRequest& request) {
      const bool known = request.text.contains(oauth::basic_credentials("web", "web-secret-value"));
      return known ? json(R"({"error":")" + std::string(error) + "\"}", status) : response(403, "text/plain", "");
    });
    const auto result = world.preflight();
    EXPECT_EQ(line(result, "client web").verdict, Verdict::pass) << error << ": " << line(result, "client web").seen;
    expect_blocked(result, "client spa", "403", "clients.spa.id");
  }
}

TEST_F(PreflightTest, ASecretThatIsNotDecoded) {
  auto odd = world.target.clients.at("web");
  odd.secret = base::Secret("a+b/c");
  world.target.clients["odd"] = odd;
  world.target.clients["web"] = odd;
  world.transport.on("POST /token", [&](const ScriptedRequest& request) {
    const bool raw = request.text.contains(oauth::basic_credentials("web", "a+b/c", true));
    return raw ? json(R"({"error":"invalid_grant"})", 400) : json(R"({"error":"invalid_client"})", 401);
  });
  const auto result = world.preflight();
  EXPECT_EQ(line(result, "client odd").verdict, Verdict::warn) << "client/basic-formencoded says the rest";
  EXPECT_FALSE(result.bad_clients.contains("odd"));
  expect_blocked(result, "client web", "not form-encoded", "\"basic\": \"raw\"");
}

TEST_F(PreflightTest, AServiceThatMayNot) {
  world.transport.on("POST /token", json(R"({"error":"unauthorized_client"})", 400));
  expect_blocked(world.preflight(), "client service", "unauthorized_client", "client_credentials");
}

TEST_F(PreflightTest, ABusyTokenEndpoint) {
  world.transport.on("POST /token", json("{}", 503));
  expect_blocked(world.preflight(), "client web", "503", "try again");
}

constexpr std::string_view login_page =
    R"(<form method="post" action="/login"><input name="username"><input type="password" name="password"><button>Log in</button></form>)";

TEST_F(PreflightTest, LoginLoop) {
  world.transport.on("GET /authorize", page(login_page));
  world.transport.on("POST /login", support::redirect("/authorize?again=1"));
  const auto result = world.preflight();
  expect_blocked(result, "login", "wrong user name or password", "\"users\"");
  EXPECT_THAT(result.bad_login, HasSubstr("login: "));
  EXPECT_EQ(line(result, "login").seen.find("alice-password"), std::string::npos);
}

TEST_F(PreflightTest, RedirectLoop) {
  world.transport.on("GET /authorize", support::redirect("/authorize?again=1"));
  expect_blocked(world.preflight(), "login", "redirects without end", "A cookie that is refused");
}

TEST_F(PreflightTest, ErrorPage) {
  world.transport.on("GET /authorize", response(400, "text/html", "<title>Bad request</title>redirect_uri mismatch"));
  const auto result = world.preflight();
  expect_blocked(result, "redirect URI", "redirect_uri mismatch", "redirect_uris exactly as registered");
  EXPECT_EQ(line(result, "redirect URI").problem, "redirect-uri");
  EXPECT_THAT(result.bad_login, HasSubstr("redirect URI"));
}

TEST_F(PreflightTest, AnErrorPageThatSaysNothing) {
  // The same page for an address that nobody can have registered: that is what is wrong.
  world.transport.on("GET /authorize", response(400, "text/html", "<title>Oops</title>"));
  expect_blocked(world.preflight(), "redirect URI", "Oops", "redirect_uris exactly as registered");
  world.transport.on("GET /authorize", [](const ScriptedRequest& request) {
    return response(400, "text/html",
                    request.text.contains("client.test") ? "<title>Oops</title>" : "<title>Nay</title>");
  });
  const auto result = world.preflight();
  EXPECT_EQ(line(result, "redirect URI").verdict, Verdict::not_applicable);
  expect_blocked(result, "login", "Oops", "look at what it says");
}

TEST_F(PreflightTest, ErrorRedirect) {
  world.transport.on("GET /authorize", support::redirect("http://client.test/cb?error=invalid_scope"));
  const auto result = world.preflight();
  expect_blocked(result, "login", "error invalid_scope", "\"scope\"");
  EXPECT_EQ(line(result, "redirect URI").verdict, Verdict::pass);
  EXPECT_EQ(line(result, "login").problem, "scope");
}

TEST(Preflight, ProblemsBehindErrors) {
  const std::tuple<const char*, const char*, const char*> table[] = {
      {"invalid_scope", "", "scope"},
      {"access_denied", "", "consent"},
      {"unauthorized_client", "", "grant"},
      {"invalid_request", "Missing parameter: code_challenge_method", "pkce"},
      {"unauthorized_client", "PKCE is required", "pkce"},
      {"invalid_request", "something else", ""}};
  for (const auto& [error, description, problem] : table)
    EXPECT_EQ(problem_of_error(error, description), problem) << error;
  EXPECT_EQ(problem_of_page("400, \"Sorry\": Invalid parameter: redirect_uri"), "redirect-uri");
  EXPECT_EQ(problem_of_page("200, \"Update Account Information\""), "account");
  EXPECT_EQ(problem_of_page("HTTPS required"), "http-forbidden");
  EXPECT_EQ(problem_of_page("Welcome"), "");
}

TEST_F(PreflightTest, AccountsThatAreNotSetUp) {
  world.transport.on("GET /authorize", page("<title>Update password</title><p>You need to change your password"));
  const auto result = world.preflight();
  EXPECT_EQ(line(result, "login").problem, "account");
  EXPECT_THAT(line(result, "login").hint, HasSubstr("once"));
}

TEST_F(PreflightTest, TheOtherWayToAuthenticate) {
  // The server knows the secret, but only in the body.
  world.transport.on("POST /token", [](const ScriptedRequest& request) {
    return request.text.contains("client_secret=") ? json(R"({"error":"invalid_grant"})", 400)
                                                   : json(R"({"error":"invalid_client"})", 401);
  });
  const auto result = world.preflight();
  expect_blocked(result, "client web", "known with client_secret in the body", R"("auth": "post")");
  EXPECT_EQ(line(result, "client web").problem, "auth-method");
  EXPECT_EQ(result.other_auth.at("web"), rules::ClientAuth::post);
}

TEST_F(PreflightTest, RefreshTokensWithConsentOnly) {
  world.target.scope = "openid offline_access";
  bool consent = false;
  world.transport.on("GET /authorize", [&](const ScriptedRequest& request) {
    consent = request.text.contains("prompt=consent");
    return support::redirect("http://client.test/cb?code=c");
  });
  world.transport.on("POST /token", [&](const ScriptedRequest& request) {
    if (!request.text.contains("code=c&") && !request.text.ends_with("code=c"))
      return json(R"({"error":"invalid_grant"})", 400);
    return json(consent ? R"({"access_token":"a-token-1","token_type":"Bearer","refresh_token":"r-token-1"})"
                        : R"({"access_token":"a-token-1","token_type":"Bearer"})");
  });
  const auto result = world.preflight();
  EXPECT_TRUE(result.consent_prompt_helps);
  EXPECT_EQ(line(result, "refresh token").problem, "consent-prompt");
  world.target.authorize_params = {{"prompt", "login"}};
  EXPECT_EQ(line(world.preflight(), "refresh token").problem, "refresh-token");
}

TEST_F(PreflightTest, LoginOnAnotherHost) {
  world.transport.on("GET /authorize", support::redirect("http://login.test/?x=1"));
  expect_blocked(world.preflight(), "login", "another URI", "another host");
}

// Where the metadata send us, secrets would go.
TEST_F(PreflightTest, EndpointsOnHostsThatNobodyNamed) {
  const auto with = [&](const std::string& member, const std::string& url) {
    auto metadata = nlohmann::json::parse(world.metadata_text().substr(world.metadata_text().find("\r\n\r\n")));
    metadata[member] = url;
    world.transport.on("GET /.well-known/openid-configuration", json(metadata.dump()));
    world.transport.requests.clear();
    auto result = world.preflight();
    for (const auto& request : world.transport.requests) EXPECT_EQ(request.origin.host, "as.test") << member;
    return result;
  };
  for (const char* needed : {"token_endpoint", "authorization_endpoint"}) {
    const auto result = with(needed, "https://elsewhere.test/x");
    EXPECT_FALSE(result.reachable) << needed;
    expect_blocked(result, "hosts", "elsewhere.test", "\"hosts\": [\"elsewhere.test\"]");
  }
  const auto keys = with("jwks_uri", "http://169.254.169.254/keys");
  EXPECT_TRUE(keys.reachable);
  EXPECT_FALSE(keys.blocked());
  EXPECT_EQ(line(keys, "hosts").verdict, Verdict::warn);
  world.target.hosts = {"elsewhere.test"};
  auto metadata = nlohmann::json::parse(world.metadata_text().substr(world.metadata_text().find("\r\n\r\n")));
  metadata["jwks_uri"] = "https://elsewhere.test/jwks";
  world.transport.on("GET /.well-known/openid-configuration", json(metadata.dump()));
  world.transport.on("GET /jwks", json(R"({"keys":[]})"));
  EXPECT_EQ(line(world.preflight(), "keys").seen, "0 keys");
}

// A rule that needs such an endpoint is blocked, and says what to add.
TEST_F(PreflightTest, RulesOfUnnamedHostsAreBlocked) {
  world.target.endpoints.token = "http://as.test/token";
  oauth::Metadata metadata;
  metadata.userinfo_endpoint = "http://elsewhere.test/me";
  world.metadata = metadata;
  world.check({rule_file(
      R"("needs":["endpoint.userinfo"],"act":[{"userinfo":{"token":"x"},"as":"u"}],"assert":[{"check":"c","clause":"x/1/must","that":{"u":{"status":200}}}])")});
  EXPECT_EQ(rule_of(world.run, "t/r").verdict, Verdict::blocked);
  EXPECT_THAT(rule_of(world.run, "t/r").reason, HasSubstr("\"hosts\": [\"elsewhere.test\"]"));
  EXPECT_THAT(world.transport.requests, IsEmpty());
}

TEST_F(PreflightTest, RacesNeedPermissionElsewhere) {
  const auto race = rule_file(
      R"("tags":["race"],"act":[{"token":{"grant":"client_credentials","client":"service"},"as":"t"}],"assert":[{"check":"c","clause":"x/1/must","that":{"t":{"denied":false}}}])");
  const auto verdict_now = [&] {
    world.preflight_result = world.preflight();
    world.target.endpoints.token = "http://as.test/token";
    world.check({race});
    return rule_of(world.run, "t/r").verdict;
  };
  EXPECT_EQ(verdict_now(), Verdict::blocked);
  EXPECT_THAT(rule_of(world.run, "t/r").reason, HasSubstr("\"permission\": {"));
  world.target.permission = rules::TargetPermission{"the owner", "2000-01-31", 10};
  EXPECT_EQ(verdict_now(), Verdict::blocked);
  EXPECT_THAT(rule_of(world.run, "t/r").reason, HasSubstr("ended on 2000-01-31"));
  world.target.permission->until = "2999-01-31";
  EXPECT_EQ(verdict_now(), Verdict::pass);
  world.target.permission.reset();
  world.preflight_result.no_races.clear();  // as on this machine
  world.check({race});
  EXPECT_EQ(rule_of(world.run, "t/r").verdict, Verdict::pass);
}

TEST_F(PreflightTest, AnOracleThatAlwaysSaysNo) {
  world.transport.on("POST /introspect", json(R"({"active":false})"));
  const auto result = world.preflight();
  EXPECT_FALSE(result.blocked());
  EXPECT_EQ(line(result, "oracle").verdict, Verdict::warn);
  EXPECT_THAT(line(result, "oracle").hint, HasSubstr("inconclusive"));
}

TEST_F(PreflightTest, Keys) {
  world.target.endpoints.jwks = "http://as.test/jwks";
  world.transport.on("GET /jwks", json(R"({"keys":[{},{}]})"));
  EXPECT_EQ(line(world.preflight(), "keys").seen, "2 keys");
  for (const char* bad : {"{}", "[]", "x", R"({"keys":{}})"}) {
    world.transport.on("GET /jwks", json(bad));
    EXPECT_EQ(line(world.preflight(), "keys").verdict, Verdict::warn) << bad;
  }
}

}  // namespace
}  // namespace assay::engine

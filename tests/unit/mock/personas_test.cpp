// Personas: each switch where it shows, and the flows that each of them has.
#include "mock-provider/personas.hpp"

#include "tests/unit/mock/visitor.hpp"

namespace assay::mock {
namespace {

using testing::HasSubstr;

class PersonaTest : public ProviderTest {
 protected:
  explicit PersonaTest(const std::string& name) : ProviderTest(be(name)) {}
  static ProviderOptions be(const std::string& name) {
    auto made = options();
    made.persona = name;
    return made;
  }
  Reply call(const std::string& path, std::string_view json, std::string_view bearer_token = {}) {
    Pairs fields{{"Content-Type", "application/json"}};
    if (!bearer_token.empty()) fields.emplace_back("Authorization", "Bearer " + std::string(bearer_token));
    return send("POST", path, fields, json);
  }
};

TEST(Personas, EveryOneOfThemCanBeRead) {
  const auto all = personas();
  ASSERT_GE(all.size(), 5u);
  EXPECT_EQ(all.front().name, "strict");
  for (const auto& info : all) {
    const auto persona = Persona::load(info.name);
    ASSERT_TRUE(persona) << persona.error().doing;
    EXPECT_EQ(persona->name, info.name);
    EXPECT_GT(persona->summary.size(), 20u);
  }
}

TEST(Personas, StrictSwitchesNothing) {
  const auto strict = Persona::load("strict");
  for (std::size_t i = 0; i < defects().size(); ++i) EXPECT_FALSE(strict->deviations.has(static_cast<Defect>(i)));
  EXPECT_EQ(strict->path(Endpoint::token), "/token");
  EXPECT_FALSE(strict->has(Endpoint::account_login));
  EXPECT_TRUE(strict->has(Endpoint::registration));
}

TEST(Personas, MistakesAreToldTogetherAndInOrder) {
  const auto broken = Persona::read("my.jsonc", R"({
    "endpoints": { "token": "token", "tokens": "/t" },
    "grants": "all",
    "scopes": "repo",
    "errors": { "status": "no", "codes": { "invalid_grant": 1 } },
    "code_lifetime": "soon",
    "token_answer": "xml",
    "client_authentication": ["none"],
    "metadata": []
  })");
  ASSERT_FALSE(broken);
  const auto& told = broken.error().doing;
  std::size_t last = 0;
  for (const char* place : {"my.jsonc:2:29", "my.jsonc:2:38", "my.jsonc:3", "my.jsonc:4", "my.jsonc:5:27",
                            "my.jsonc:5:61", "my.jsonc:6", "my.jsonc:7", "my.jsonc:8", "my.jsonc:9"}) {
    const auto at = told.find(place);
    EXPECT_NE(at, std::string::npos) << place << "\n" << told;
    EXPECT_GE(at, last) << place;
    last = at;
  }
  EXPECT_THAT(told, HasSubstr("10 problems"));
  EXPECT_FALSE(Persona::read("my.jsonc", "[]"));
  EXPECT_FALSE(Persona::read("my.jsonc", "{"));
}

class Github : public PersonaTest {
 protected:
  Github() : PersonaTest("github") {}
  static Pairs request() {
    return {
        {"client_id", "web"}, {"redirect_uri", std::string(callback)}, {"scope", "read,write,repo"}, {"state", "s"}};
  }
  Reply ask(const Pairs& parameters) { return get("/login/oauth/authorize?" + form_of(parameters)); }
  std::string exchange_of(std::string_view code_text) {
    return "/login/oauth/access_token?" +
           form_of({{"client_id", "web"}, {"client_secret", "web-secret"}, {"code", std::string(code_text)}});
  }
};

TEST_F(Github, AnswersByAcceptAndReadsTheQuery) {
  const auto plain = send("POST", exchange_of(ask(request()).sent("code")));
  EXPECT_EQ(plain.field("Content-Type"), "application/x-www-form-urlencoded; charset=utf-8");
  EXPECT_THAT(plain.body, testing::MatchesRegex("access_token=.{43}&token_type=bearer&scope=read%2Cwrite"));
  const auto json = send("POST", exchange_of(ask(request()).sent("code")), {{"Accept", "application/json"}});
  EXPECT_EQ(json.json("scope"), "read,write");
  EXPECT_EQ(json.json("token_type"), "bearer");
  EXPECT_FALSE(json.has_json("expires_in"));
  EXPECT_FALSE(json.has_json("refresh_token"));
  EXPECT_EQ(bearer("/user", json.json("access_token")).status, 200);
  const auto xml = send("POST", exchange_of(ask(request()).sent("code")), {{"Accept", "application/xml"}});
  EXPECT_THAT(xml.body, HasSubstr("<token_type>bearer</token_type>"));
}

TEST_F(Github, ReadsAFormAndJsonAsWell) {
  const auto form = post("/login/oauth/access_token", as("web", {{"code", ask(request()).sent("code")}}),
                         {{"Accept", "application/json"}});
  EXPECT_TRUE(form.has_json("access_token")) << form.body;
  const auto json =
      send("POST", "/login/oauth/access_token", {{"Content-Type", "application/json"}, {"Accept", "application/json"}},
           R"({"client_id":"web","client_secret":"web-secret","code":")" + ask(request()).sent("code") + "\"}");
  EXPECT_TRUE(json.has_json("access_token")) << json.body;
}

TEST_F(Github, ErrorsHaveStatus200AndNamesOfTheirOwn) {
  const auto code_text = ask(request()).sent("code");
  send("POST", exchange_of(code_text));
  const auto again = send("POST", exchange_of(code_text), {{"Accept", "application/json"}});
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.json("error"), "bad_verification_code");
  EXPECT_THAT(again.json("error_uri"), testing::EndsWith("#bad-verification-code"));
  const auto stranger =
      post("/login/oauth/access_token", {{"client_id", "web"}, {"client_secret", "x"}, {"code", "y"}});
  EXPECT_EQ(stranger.status, 200);
  EXPECT_THAT(stranger.body, testing::StartsWith("error=incorrect_client_credentials&"));
  EXPECT_EQ(stranger.field("WWW-Authenticate"), "");
}

TEST_F(Github, ToldOfAnotherRedirectUriTheRegisteredOneIsUsed) {
  const auto reply = ask(with(request(), "redirect_uri", "http://127.0.0.1:4999/elsewhere"));
  EXPECT_TRUE(reply.redirects_to(callback));
  EXPECT_EQ(reply.sent("error"), "redirect_uri_mismatch");
  EXPECT_TRUE(ask(with(request(), "redirect_uri", std::string(callback) + "/below"))
                  .redirects_to(std::string(callback) + "/below"));
}

TEST_F(Github, HasNothingElse) {
  for (const char* path :
       {"/token", "/authorize", "/introspect", "/.well-known/openid-configuration", "/jwks", "/api/v1/auth/login"})
    EXPECT_EQ(get(path).status, 404) << path;
}

class AuthMaster : public PersonaTest {
 protected:
  AuthMaster() : PersonaTest("authmaster") {}
  std::string log_in(const std::string& email) {
    return call("/api/v1/auth/login",
                R"({"email":")" + email + R"(@example.org","password":")" + email + R"(-password"})")
        .json("token");
  }
  Reply register_application() {
    return call("/api/v1/apps/register",
                R"({"name":"mine","redirect_uris":["http://127.0.0.1:4999/cb"],"scopes":["openid","read","email"]})",
                log_in("merchant"));
  }
  Reply agree(const std::string& app, std::string_view scope, std::string_view token) {
    return call("/oauth2/authorize",
                R"({"response_type":"code","client_id":")" + app +
                    R"(","redirect_uri":"http://127.0.0.1:4999/cb","state":"s",)" + R"("code_challenge":")" +
                    std::string(test_challenge) + R"(","code_challenge_method":"S256","scope":")" + std::string(scope) +
                    "\"}",
                token);
  }
};

TEST_F(AuthMaster, WholeFlowInJson) {
  const auto app = register_application();
  EXPECT_EQ(app.status, 201);
  const auto id = app.json("app_id"), secret = app.json("app_secret");
  const auto agreed = agree(id, "openid read", log_in("alice"));
  EXPECT_EQ(agreed.status, 200);
  const auto location = agreed.json("redirect_uri");
  EXPECT_THAT(location, testing::MatchesRegex("http://127.0.0.1:4999/cb\\?code=.{43}&state=s"));
  const auto code_text = location.substr(location.find("code=") + 5, 43);
  const auto credentials = R"("client_id":")" + id + R"(","client_secret":")" + secret + "\"}";
  // That there is a verifier is all that it looks at.
  const auto redeemed =
      call("/oauth2/token", R"({"grant_type":"authorization_code","code":")" + code_text +
                                R"(","redirect_uri":"http://127.0.0.1:4999/cb","code_verifier":"x",)" + credentials);
  EXPECT_EQ(redeemed.status, 200) << redeemed.body;
  EXPECT_EQ(redeemed.field("Cache-Control"), "");
  EXPECT_FALSE(redeemed.has_json("id_token"));
  EXPECT_EQ(bearer("/oauth2/userinfo", redeemed.json("access_token")).status, 200);
  const auto refresh_token = redeemed.json("refresh_token");
  for (int i = 0; i < 2; ++i) {  // the old one stays good
    const auto fresh = call("/oauth2/token",
                            R"({"grant_type":"refresh_token","refresh_token":")" + refresh_token + "\"," + credentials);
    EXPECT_EQ(fresh.status, 200) << fresh.body;
    EXPECT_NE(fresh.json("refresh_token"), refresh_token);
  }
  const auto machine = call("/oauth2/token", R"({"grant_type":"client_credentials",)" + credentials);
  EXPECT_EQ(machine.status, 200);
  EXPECT_FALSE(machine.has_json("scope"));
}

TEST_F(AuthMaster, ErrorsAre400WithOneMember) {
  const auto stranger =
      call("/oauth2/token", R"({"grant_type":"client_credentials","client_id":"x","client_secret":"y"})");
  EXPECT_EQ(stranger.status, 400);
  EXPECT_EQ(stranger.body, R"({"error":"invalid_client"})");
  EXPECT_EQ(post("/oauth2/token", {{"grant_type", "client_credentials"}}).body, R"({"error":"invalid_request"})");
  EXPECT_EQ(bearer("/oauth2/userinfo", "x").field("WWW-Authenticate"), "");
}

TEST_F(AuthMaster, RolesAreKeptApart) {
  const auto id = register_application().json("app_id");
  EXPECT_EQ(agree(id, "read", log_in("merchant")).status, 403);
  EXPECT_EQ(agree(id, "read", "guessed").status, 401);
  EXPECT_EQ(agree(id, "write", log_in("alice")).body, R"({"error":"invalid_scope"})");
  EXPECT_EQ(call("/api/v1/apps/register", "{}", log_in("alice")).status, 403);
  EXPECT_EQ(call("/api/v1/apps/register", "{}", log_in("merchant")).status, 400);
  EXPECT_EQ(call("/api/v1/auth/login", R"({"email":"alice@example.org","password":"x"})").status, 401);
  EXPECT_EQ(get("/oauth2/authorize?client_id=" + id).field("Location"),
            "https://console.authmaster.example/authorize?client_id=" + id);
}

TEST_F(AuthMaster, MetadataSayWhatItSaysOfItself) {
  const auto reply = get("/.well-known/openid-configuration");
  EXPECT_EQ(reply.json("jwks_uri"), "http://127.0.0.1:4100/.well-known/jwks.json");
  EXPECT_EQ(reply.json("id_token_signing_alg_values_supported/0"), "HS256");
  EXPECT_EQ(reply.json("token_endpoint"), "http://127.0.0.1:4100/oauth2/token");
  EXPECT_FALSE(reply.has_json("introspection_endpoint"));
  EXPECT_FALSE(reply.has_json("code_challenge_methods_supported"));
}

class ApiV1 : public PersonaTest {
 protected:
  ApiV1() : PersonaTest("api-v1") {}
};

TEST_F(ApiV1, JwtTellsWhoTheUserIs) {
  const auto request =
      without(without(authorization("web", "read profile"), "code_challenge"), "code_challenge_method");
  const auto code_text = get("/api/v1/oauth/authorize?" + form_of(request)).sent("code");
  application.clock.advance(std::chrono::minutes(9));
  const auto reply = post("/api/v1/oauth/token", without(redemption(code_text), "code_verifier"));
  ASSERT_EQ(reply.status, 200) << reply.body;
  const auto jwt = reply.json("access_token");
  const auto begin = jwt.find('.') + 1;
  const auto claims = base::decode_base64url(jwt.substr(begin, jwt.find('.', begin) - begin));
  ASSERT_TRUE(claims);
  EXPECT_EQ(base::find_json(*claims, "/email").text, "alice@example.org");
  EXPECT_EQ(bearer("/api/v1/me", jwt).status, 200);
  EXPECT_EQ(post("/api/v1/oauth/token",
                 as("web", {{"grant_type", "refresh_token"}, {"refresh_token", reply.json("refresh_token")}}))
                .status,
            200);
  expect_refused(post("/api/v1/oauth/token", as("service", {{"grant_type", "client_credentials"}})),
                 "unsupported_grant_type");
}

TEST_F(ApiV1, ReadsNoBasicAndKnowsNoPublicClients) {
  const auto basic = "Basic " + base::base64("web:web-secret");
  EXPECT_EQ(
      post("/api/v1/oauth/token", {{"grant_type", "refresh_token"}, {"refresh_token", "x"}}, {{"Authorization", basic}})
          .status,
      401);
  EXPECT_EQ(post("/api/v1/oauth/token", as("spa", {{"grant_type", "refresh_token"}, {"refresh_token", "x"}})).status,
            401);
}

class Rfc6749 : public PersonaTest {
 protected:
  Rfc6749() : PersonaTest("rfc6749") {}
};

TEST_F(Rfc6749, KnowsNothingThatCameLater) {
  const auto reply = authorize(authorization("spa", "read"));
  EXPECT_EQ(reply.sent("iss"), "");
  const auto granted = token(without(redemption(reply.sent("code"), "spa"), "code_verifier"));
  ASSERT_EQ(granted.status, 200) << granted.body;
  EXPECT_EQ(refresh(granted.json("refresh_token"), "spa").json("refresh_token"), granted.json("refresh_token"));
  EXPECT_EQ(authorize(authorization("web", "openid")).sent("error"), "invalid_scope");
  EXPECT_EQ(get("/.well-known/oauth-authorization-server").status, 404);
}

TEST(Personas, DefectsComeOnTopOfThem) {
  ProviderOptions chosen;
  chosen.persona = "rfc6749";
  chosen.threads = 1;
  const auto provider = Provider::start(chosen);
  ASSERT_TRUE(provider) << provider.error().doing;
  const std::string names[] = {"code-reusable"};
  EXPECT_TRUE((*provider)->set_defects(names));
  chosen.persona = "rfc6750";
  EXPECT_THAT(Provider::start(chosen).error().hint, HasSubstr("did you mean \"rfc6749\"?"));
}

}  // namespace
}  // namespace assay::mock

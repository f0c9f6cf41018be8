#include "tests/unit/mock/visitor.hpp"

namespace assay::mock {
namespace {

class Register : public ProviderTest {
 protected:
  Reply ask(std::string_view metadata, std::string_view type = "application/json") {
    return send("POST", "/register", {{"Content-Type", std::string(type)}}, metadata);
  }
  Reply ask_for(std::string_view redirect_uri) {
    return ask(R"({"redirect_uris":[")" + std::string(redirect_uri) + R"("]})");
  }
};

TEST_F(Register, AnswersWithEverythingThatWasRegistered) {
  const auto reply =
      ask(R"({"redirect_uris":["https://app.example/cb"],"client_name":"Example","scope":"read openid"})");
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.field("Content-Type"), "application/json");
  EXPECT_EQ(reply.field("Cache-Control"), "no-store");
  EXPECT_GE(reply.json("client_id").size(), 16u);
  EXPECT_EQ(reply.json("client_secret").size(), 43u);
  EXPECT_EQ(base::find_json(reply.body, "/client_secret_expires_at").text, "0");
  EXPECT_TRUE(reply.has_json("client_id_issued_at"));
  EXPECT_EQ(reply.json("redirect_uris/0"), "https://app.example/cb");
  EXPECT_EQ(reply.json("grant_types/0"), "authorization_code");
  EXPECT_EQ(reply.json("response_types/0"), "code");
  EXPECT_EQ(reply.json("token_endpoint_auth_method"), "client_secret_basic");
  EXPECT_EQ(reply.json("scope"), "openid read");
}

TEST_F(Register, ConfidentialClientGoesThroughTheWholeFlow) {
  const auto client = ask(R"({"redirect_uris":["https://app.example/cb"],
                              "grant_types":["authorization_code","refresh_token"]})");
  const auto id = client.json("client_id");
  auto request = with(authorization(id), "redirect_uri", "https://app.example/cb");
  const auto reply = authorize(request);
  EXPECT_TRUE(reply.redirects_to("https://app.example/cb"));
  Pairs form{{"grant_type", "authorization_code"},
             {"code", reply.sent("code")},
             {"redirect_uri", "https://app.example/cb"},
             {"code_verifier", std::string(test_verifier)},
             {"client_id", id},
             {"client_secret", client.json("client_secret")}};
  expect_refused(token(with(form, "client_secret", "wrong")), "invalid_client", 401);
  EXPECT_EQ(token(form).status, 200);
  expect_refused(
      token({{"grant_type", "client_credentials"}, {"client_id", id}, {"client_secret", client.json("client_secret")}}),
      "unauthorized_client");
  EXPECT_EQ(authorize(with(request, "redirect_uri", callback)).status, 400);
}

// OpenID Connect Registration section 2: RS256 unless the client says otherwise.
TEST_F(Register, IdTokensAreSignedAsTheClientAsksFor) {
  for (const auto& [said, wanted] :
       {std::pair<std::string, std::string>{"", "RS256"}, {R"(,"id_token_signed_response_alg":"ES256")", "ES256"}}) {
    const auto client =
        ask(R"({"redirect_uris":["http://127.0.0.1:4999/cb"],"token_endpoint_auth_method":"none")" + said + "}");
    EXPECT_EQ(client.json("id_token_signed_response_alg"), wanted);
    const auto id = client.json("client_id");
    const auto reply =
        token(without(with(redemption(code(authorization(id)), "spa"), "client_id", id), "client_secret"));
    const auto id_token = reply.json("id_token");
    const auto header = base::decode_base64url(id_token.substr(0, id_token.find('.')));
    ASSERT_TRUE(header);
    EXPECT_EQ(base::find_json(*header, "/alg").text, wanted);
  }
  expect_refused(ask(R"({"redirect_uris":["http://127.0.0.1:4999/cb"],"id_token_signed_response_alg":"none"})"),
                 "invalid_client_metadata");
}

class Rs256IdTokens : public ProviderTest {
 protected:
  Rs256IdTokens() : ProviderTest(with_rs256()) {}
  static ProviderOptions with_rs256() {
    auto made = options();
    made.rs256_id_tokens = true;
    return made;
  }
};

TEST_F(Rs256IdTokens, AreForTheListedClientsToo) {
  const auto id_token = redeem(code()).json("id_token");
  EXPECT_EQ(base::decode_base64url(id_token.substr(0, id_token.find('.')))->substr(0, 14), R"({"alg":"RS256")");
}

TEST_F(Register, PublicClientHasNoSecret) {
  const auto client = ask(R"({"redirect_uris":["http://127.0.0.1/cb"],"token_endpoint_auth_method":"none"})");
  EXPECT_EQ(client.status, 201);
  EXPECT_FALSE(client.has_json("client_secret"));
  const auto request = with(authorization(client.json("client_id")), "redirect_uri", "http://127.0.0.1:5000/cb");
  EXPECT_NE(code(request), "");
  EXPECT_EQ(authorize(without(request, "code_challenge")).sent("error"), "invalid_request");
}

TEST_F(Register, TakesOnlyRedirectUrisThatAreSafe) {
  for (const auto* uri : {"https://app.example/cb", "https://app.example:8443/cb?x=1", "https://[2001:db8::1]/cb",
                          "http://127.0.0.1/cb", "http://127.0.0.1:5000/cb", "http://[::1]:5000/cb",
                          "http://localhost/cb", "http://127.0.0.1", "com.example.app:/cb"})
    EXPECT_EQ(ask_for(uri).status, 201) << uri;
  for (const auto* uri : {"",
                          "/cb",
                          "cb",
                          "//app.example/cb",
                          "https:",
                          "https:///cb",
                          "https://:1/cb",
                          "https://a@app.example/cb",
                          "https://app.example/cb#x",
                          "https://app.example/ cb",
                          "https://app.example\\\\@evil.example/",
                          "http://app.example/cb",
                          "http://127.0.0.1.evil.example/cb",
                          "http://127.0.0.1@evil.example/cb",
                          "http://localhost.evil.example/cb",
                          "http://127.0.0.2/cb",
                          "myapp:/cb",
                          "javascript:alert(1)",
                          "data:text/html,x",
                          "1.example:/cb",
                          "com.example.app:",
                          "http://127.0.0.1:/cb",
                          "http://127.0.0.1:x/cb"})
    expect_refused(ask_for(uri), "invalid_redirect_uri");
  expect_refused(ask_for("https://app.example/" + std::string(2000, 'a')), "invalid_redirect_uri");
}

TEST_F(Register, RefusesMetadataThatCannotBe) {
  expect_refused(ask("{}"), "invalid_redirect_uri");
  expect_refused(ask(R"({"redirect_uris":"https://app.example/cb"})"), "invalid_redirect_uri");
  expect_refused(ask(R"({"redirect_uris":[1]})"), "invalid_redirect_uri");
  expect_refused(ask(R"({"redirect_uris":["https://a/","https://a/","https://a/","https://a/","https://a/","https://a/",
                         "https://a/","https://a/","https://a/","https://a/","https://a/"]})"),
                 "invalid_redirect_uri");
  for (const auto* member :
       {R"("grant_types":["implicit"])", R"("grant_types":["client_credentials"],"response_types":["code"])",
        R"("response_types":["token"])", R"("response_types":[])", R"("token_endpoint_auth_method":"private_key_jwt")",
        R"("token_endpoint_auth_method":1)", R"("scope":"nonsense")", R"("jwks":{},"jwks_uri":"https://a/")",
        R"("grant_types":["client_credentials"],"token_endpoint_auth_method":"none")"})
    expect_refused(ask(R"({"redirect_uris":["https://app.example/cb"],)" + std::string(member) + "}"),
                   "invalid_client_metadata");
  expect_refused(ask("[]"), "invalid_client_metadata");
  expect_refused(ask("{"), "invalid_client_metadata");
  expect_refused(ask(R"({"redirect_uris":["https://app.example/cb"]})", "text/plain"), "invalid_client_metadata");
  EXPECT_EQ(get("/register").status, 405);
}

TEST_F(Register, HoldsSoManyClientsAndNoMore) {
  for (std::size_t i = 0; i < Registrations::capacity; ++i) ASSERT_EQ(ask_for("https://app.example/cb").status, 201);
  EXPECT_EQ(ask_for("https://app.example/cb").status, 503);
  EXPECT_EQ(client_credentials().status, 200);
}

}  // namespace
}  // namespace assay::mock

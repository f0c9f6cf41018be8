#include <thread>

#include "crypto/jws.hpp"
#include "tests/unit/mock/visitor.hpp"

namespace assay::mock {
namespace {

using testing::HasSubstr;

class Token : public ProviderTest {};

TEST_F(Token, RedeemsACode) {
  const auto reply = redeem(code());
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.field("Content-Type"), "application/json");
  EXPECT_EQ(reply.field("Cache-Control"), "no-store");
  EXPECT_EQ(reply.field("Pragma"), "no-cache");
  EXPECT_EQ(reply.json("access_token").size(), 43u);
  EXPECT_EQ(reply.json("refresh_token").size(), 43u);
  EXPECT_EQ(reply.json("token_type"), "Bearer");
  EXPECT_EQ(reply.json("expires_in"), "3600");
  EXPECT_EQ(reply.json("scope"), "openid read write");
  EXPECT_EQ(base::repeated_json_member(reply.body), "");
  EXPECT_TRUE(lives(reply.json("access_token")));
}

TEST_F(Token, RefusesTheSecondUseAndRevokesTheFirst) {
  const auto text = code();
  const auto first = redeem(text);
  expect_refused(redeem(text), "invalid_grant");
  EXPECT_FALSE(lives(first.json("access_token")));
  expect_refused(refresh(first.json("refresh_token")), "invalid_grant");
}

TEST_F(Token, RevokesEvenAfterTheCodeExpired) {
  const auto text = code();
  const auto first = redeem(text);
  application.clock.advance(std::chrono::minutes(10));
  EXPECT_TRUE(lives(first.json("access_token")));
  expect_refused(redeem(text), "invalid_grant");
  EXPECT_FALSE(lives(first.json("access_token")));
}

TEST_F(Token, AFailedRedemptionDoesNotUseUpTheCode) {
  const auto text = code();
  expect_refused(token(with(redemption(text), "code_verifier", std::string(43, 'x'))), "invalid_grant");
  expect_refused(token(without(redemption(text), "code_verifier")), "invalid_grant");
  expect_refused(token(with(redemption(text), "code_verifier", test_challenge)), "invalid_grant");
  expect_refused(token(with(redemption(text), "redirect_uri", other_callback)), "invalid_grant");
  expect_refused(token(without(redemption(text), "redirect_uri")), "invalid_request");
  expect_refused(redeem(text, "second"), "invalid_grant");
  expect_refused(redeem(text, "spa"), "invalid_grant");
  EXPECT_EQ(redeem(text).status, 200);
}

TEST_F(Token, AStrangerCannotRevokeWithAUsedCode) {
  const auto text = code();
  const auto first = redeem(text);
  expect_refused(redeem(text, "second"), "invalid_grant");
  EXPECT_TRUE(lives(first.json("access_token")));
}

TEST_F(Token, CodesExpire) {
  const auto text = code();
  application.clock.advance(std::chrono::seconds(60));
  expect_refused(redeem(text), "invalid_grant");
  expect_refused(redeem("never-issued"), "invalid_grant");
  expect_refused(token(without(redemption("x"), "code")), "invalid_request");
}

TEST_F(Token, AVerifierNeedsAChallenge) {
  const auto text =
      code(with(without(without(authorization(), "code_challenge"), "code_challenge_method"), "nonce", "n"));
  expect_refused(redeem(text), "invalid_grant");
  EXPECT_EQ(token(without(redemption(text), "code_verifier")).status, 200);
}

TEST_F(Token, OfManyRedemptionsAtOnceOneWins) {
  const auto text = code();
  std::vector<int> statuses(8, 0);
  std::vector<std::thread> threads;
  for (auto& status : statuses) threads.emplace_back([&] { status = redeem(text).status; });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(std::ranges::count(statuses, 200), 1);
  EXPECT_EQ(std::ranges::count(statuses, 400), 7);
}

TEST_F(Token, RefreshRotatesForPublicClients) {
  const auto first = tokens("spa");
  const auto second = refresh(first.refresh, "spa");
  EXPECT_EQ(second.status, 200);
  EXPECT_NE(second.json("refresh_token"), first.refresh);
  EXPECT_TRUE(lives(second.json("access_token")));
  EXPECT_TRUE(lives(first.access));
  const auto third = refresh(second.json("refresh_token"), "spa");
  EXPECT_EQ(third.status, 200);
  // Reuse: the family falls.
  expect_refused(refresh(first.refresh, "spa"), "invalid_grant");
  expect_refused(refresh(third.json("refresh_token"), "spa"), "invalid_grant");
  EXPECT_FALSE(lives(third.json("access_token")));
}

TEST_F(Token, RefreshKeepsTheTokenOfAConfidentialClient) {
  const auto first = tokens();
  for (int i = 0; i < 3; ++i) {
    const auto again = refresh(first.refresh);
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(again.json("refresh_token"), first.refresh);
    EXPECT_NE(again.json("access_token"), first.access);
    EXPECT_TRUE(lives(again.json("access_token")));
  }
  EXPECT_TRUE(lives(first.access));
}

TEST_F(Token, RefreshNarrowsTheScopeButNeverWidensIt) {
  const auto lasting = tokens("spa", "openid read");
  const auto rotated = refresh(lasting.refresh, "spa", "read");
  EXPECT_EQ(rotated.json("scope"), "read");
  EXPECT_EQ(refresh(rotated.json("refresh_token"), "spa").json("scope"), "openid read");
  const auto first = tokens("web", "openid read");
  const auto narrow = refresh(first.refresh, "web", "read");
  EXPECT_EQ(narrow.json("scope"), "read");
  const auto whole = refresh(narrow.json("refresh_token"));
  EXPECT_EQ(whole.json("scope"), "openid read");  // the refresh token kept it (RFC 6749 section 6)
  expect_refused(refresh(whole.json("refresh_token"), "web", "read write"), "invalid_scope");
  expect_refused(refresh(whole.json("refresh_token"), "web", "nonsense"), "invalid_scope");
  EXPECT_EQ(refresh(whole.json("refresh_token")).status, 200);  // refusals used nothing up
}

TEST_F(Token, RefreshTokensAreBoundAndExpire) {
  const auto first = tokens();
  expect_refused(refresh(first.refresh, "second"), "invalid_grant");
  expect_refused(refresh("never-issued"), "invalid_grant");
  expect_refused(refresh(first.access), "invalid_grant");
  expect_refused(refresh(""), "invalid_request");
  EXPECT_EQ(refresh(first.refresh).status, 200);
  const auto second = tokens();
  application.clock.advance(std::chrono::hours(15 * 24));
  expect_refused(refresh(second.refresh), "invalid_grant");
}

TEST_F(Token, GivesClientsTheirOwnTokens) {
  const auto reply = client_credentials();
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.json("scope"), "read");
  EXPECT_FALSE(reply.has_json("refresh_token"));
  EXPECT_FALSE(reply.has_json("id_token"));
  EXPECT_TRUE(lives(reply.json("access_token")));
  EXPECT_EQ(token(as("service", {{"grant_type", "client_credentials"}})).json("scope"), "read");
  expect_refused(client_credentials("write"), "invalid_scope");
  expect_refused(client_credentials("nonsense"), "invalid_scope");
  expect_refused(client_credentials("read", "web"), "unauthorized_client");
  expect_refused(client_credentials("read", "spa"), "unauthorized_client");
  expect_refused(redeem("x", "service"), "unauthorized_client");
}

TEST_F(Token, ChecksTheMessage) {
  expect_refused(token(as("service", {})), "invalid_request");
  expect_refused(token(as("service", {{"grant_type", "password"}})), "unsupported_grant_type");
  const auto good = as("service", {{"grant_type", "client_credentials"}});
  expect_refused(token(plus(good, "grant_type", "client_credentials")), "invalid_request");
  expect_refused(token(plus(plus(good, "x", "1"), "x", "2")), "invalid_request");
  EXPECT_EQ(token(plus(good, "x", "1")).status, 200);
  EXPECT_EQ(token(plus(plus(good, "audience", "1"), "audience", "2")).status, 200);
  EXPECT_EQ(token(plus(good, "scope", "")).status, 200);  // no value: as if left out
  expect_refused(send("POST", "/token", {{"Content-Type", "application/json"}}, "{}"), "invalid_request");
  expect_refused(send("POST", "/token", {}, form_of(good)), "invalid_request");
  EXPECT_EQ(
      send("POST", "/token", {{"Content-Type", "Application/X-WWW-Form-Urlencoded; charset=utf-8"}}, form_of(good))
          .status,
      200);
  EXPECT_EQ(get("/token?" + form_of(good)).status, 405);
  EXPECT_EQ(get("/token").field("Allow"), "POST");
  // Secrets in the query are not read (RFC 6749 section 2.3.1).
  EXPECT_EQ(post("/token?" + form_of(good), {}).status, 401);
}

class ClientAuthentication : public ProviderTest {
 protected:
  static std::string basic(std::string_view pair) { return "Basic " + base::base64(pair); }
  Reply with_field(const std::string& field, const Pairs& extra = {}) {
    Pairs form{{"grant_type", "client_credentials"}};
    form.insert(form.end(), extra.begin(), extra.end());
    return token(form, {{"Authorization", field}});
  }
};

TEST_F(ClientAuthentication, TakesBasicAndPost) {
  EXPECT_EQ(with_field(basic("service:service-secret")).status, 200);
  EXPECT_EQ(with_field(basic("service:service%2Dsecret")).status, 200);  // form-encoded (RFC 6749 section 2.3.1)
  EXPECT_EQ(with_field("bAsIc " + base::base64("service:service-secret")).status, 200);
  EXPECT_EQ(with_field(basic("service:service-secret"), {{"client_id", "service"}}).status, 200);
  EXPECT_EQ(client_credentials().status, 200);
}

TEST_F(ClientAuthentication, RefusesEverythingElse) {
  for (const auto& field :
       {basic("service:wrong"), basic("service:"), basic("service"), basic("nobody:service-secret"), basic(":"),
        basic("spa:"), basic("spa:x"), std::string("Basic"), std::string("Basic !"), std::string("Bearer x")}) {
    const auto reply = with_field(field);
    expect_refused(reply, "invalid_client", 401);
    EXPECT_TRUE(reply.field("WWW-Authenticate").starts_with("Basic ")) << field;
  }
  const Pairs grant{{"grant_type", "client_credentials"}};
  expect_refused(token(grant), "invalid_client", 401);
  expect_refused(token(plus(grant, "client_id", "service")), "invalid_client", 401);
  expect_refused(token(plus(grant, "client_id", "nobody")), "invalid_client", 401);
  expect_refused(token(plus(plus(grant, "client_id", "service"), "client_secret", "web-secret")), "invalid_client",
                 401);
  expect_refused(token(plus(plus(grant, "client_id", "spa"), "client_secret", "x")), "invalid_client", 401);
  expect_refused(token(plus(grant, "client_assertion", "x")), "invalid_client", 401);
}

TEST_F(ClientAuthentication, RefusesTwoMethodsAtOnce) {
  expect_refused(
      with_field(basic("service:service-secret"), {{"client_id", "service"}, {"client_secret", "service-secret"}}),
      "invalid_request");
  expect_refused(with_field(basic("service:service-secret"), {{"client_id", "web"}}), "invalid_request");
}

class JwtTokens : public ProviderTest, public testing::WithParamInterface<AccessTokenFormat> {
 protected:
  static ProviderOptions with_jwt() {
    auto made = options();
    made.access_tokens = GetParam();
    return made;
  }
  JwtTokens() : ProviderTest(with_jwt()) {}
};

TEST_P(JwtTokens, AreSignedAndWorkLikeOthers) {
  const auto reply = redeem(code());
  const auto text = reply.json("access_token");
  const auto set = get("/jwks").body;
  const auto parsed = crypto::parse_jws(text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(base::find_json(parsed->header, "/typ").text, "at+jwt");
  const auto key = crypto::find_key(set, base::find_json(parsed->header, "/kid").text);
  ASSERT_TRUE(key);
  ASSERT_TRUE(crypto::jws_verify(*key, text));
  const auto claim = [&](std::string_view name) {
    return base::find_json(parsed->payload, "/" + std::string(name)).unescaped();
  };
  EXPECT_EQ(claim("iss"), application.issuer());
  EXPECT_EQ(claim("sub"), "u-1001");
  EXPECT_EQ(claim("client_id"), "web");
  EXPECT_EQ(claim("scope"), "openid read write");
  EXPECT_EQ(std::stoll(claim("exp")) - std::stoll(claim("iat")), 3600);
  EXPECT_TRUE(lives(text));
  EXPECT_EQ(introspect(text).json("active"), "true");
  EXPECT_FALSE(lives(text + "A"));
  post("/revoke", as("web", {{"token", text}}));
  EXPECT_FALSE(lives(text));
}

INSTANTIATE_TEST_SUITE_P(Formats, JwtTokens, testing::Values(AccessTokenFormat::es256, AccessTokenFormat::rs256));

TEST_F(Token, IdTokensSayWhoSignedIn) {
  const auto reply = redeem(code(plus(authorization(), "nonce", "a\"nonce")));
  const auto text = reply.json("id_token");
  const auto parsed = crypto::parse_jws(text);
  ASSERT_TRUE(parsed);
  const auto key = crypto::find_key(get("/jwks").body, base::find_json(parsed->header, "/kid").text);
  ASSERT_TRUE(key);
  ASSERT_TRUE(crypto::jws_verify(*key, text));
  EXPECT_EQ(base::find_json(parsed->payload, "/nonce").unescaped(), "a\"nonce");
  EXPECT_EQ(base::find_json(parsed->payload, "/aud").text, "web");
  EXPECT_EQ(base::find_json(parsed->payload, "/iss").text, application.issuer());
  EXPECT_EQ(base::find_json(parsed->payload, "/at_hash").text,
            base::base64url(crypto::sha256_bytes(reply.json("access_token")).substr(0, 16)));
  EXPECT_FALSE(redeem(code(authorization("web", "read"))).has_json("id_token"));
}

}  // namespace
}  // namespace assay::mock

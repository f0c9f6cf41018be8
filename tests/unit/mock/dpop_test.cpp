// DPoP (RFC 9449) at the bundled provider: what proofs are taken, and what is bound to their keys.
#include "crypto/jws.hpp"
#include "crypto/key.hpp"
#include "tests/unit/mock/visitor.hpp"

namespace assay::mock {
namespace {

using testing::HasSubstr;

constexpr std::string_view rfc_jwk =
    R"({"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256"})";
// RFC 9449 section 4.1, figure 2.
constexpr std::string_view rfc_proof =
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0Rs"
    "cEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2"
    "In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2Vu"
    "IiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZ"
    "T3Lg";

struct Proof {
  std::string typ = "dpop+jwt", alg = "ES256", htm = "POST", htu{}, jwk{}, ath{}, jti = "a";
  std::int64_t age = 0;
  bool as_string = false;
};

class Dpop : public ProviderTest {
 protected:
  std::string signed_(Proof proof) {
    static int count = 0;
    if (proof.htu.empty()) proof.htu = application.issuer() + "/token";
    if (proof.jwk.empty()) proof.jwk = key.bare_jwk();
    if (proof.jti == "a") proof.jti += std::to_string(++count);
    const auto iat = numeric_date(application.clock.unmoved()) - proof.age;
    std::string payload = R"({"jti":")" + proof.jti + R"(","htm":")" + proof.htm + R"(","htu":")" + proof.htu + '"';
    if (!proof.ath.empty()) payload += R"(,"ath":")" + proof.ath + '"';
    payload += R"(,"iat":)" + (proof.as_string ? "\"" + std::to_string(iat) + "\"" : std::to_string(iat)) + '}';
    return crypto::jws_sign(
        key, R"({"typ":")" + proof.typ + R"(","alg":")" + proof.alg + R"(","jwk":)" + proof.jwk + '}', payload);
  }
  Reply redeem_with(const std::string& proof, std::string_view client = "web") {
    return token(redemption(code(authorization(client)), client), {{"DPoP", proof}});
  }
  Reply use(const std::string& access, const std::string& proof) {
    return get("/resource", {{"Authorization", "DPoP " + access}, {"DPoP", proof}});
  }
  Proof for_use(std::string_view access) {
    return {.htm = "GET", .htu = application.issuer() + "/resource", .ath = crypto::sha256_base64url(access)};
  }
  void expect_fault(Proof proof, std::string_view words) {
    const auto reply = redeem_with(signed_(std::move(proof)));
    expect_refused(reply, "invalid_dpop_proof");
    EXPECT_THAT(reply.body, HasSubstr(std::string(words)));
  }

  const crypto::Key key = crypto::Key::generate(crypto::Algorithm::es256);
};

TEST_F(Dpop, AgreesWithTheVectorsOfTheRfc) {
  const auto rfc_key = crypto::Key::from_jwk(rfc_jwk);
  ASSERT_TRUE(rfc_key);
  EXPECT_EQ(rfc_key->id(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");  // section 6.1
  EXPECT_TRUE(crypto::jws_verify(*rfc_key, rfc_proof));
  EXPECT_EQ(crypto::sha256_base64url("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"),
            "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");  // section 7.1
  const auto reply = redeem_with(std::string(rfc_proof));
  expect_refused(reply, "invalid_dpop_proof");
  EXPECT_THAT(reply.body, HasSubstr("htu"));  // everything before that was right
}

TEST_F(Dpop, BindsAccessTokens) {
  const auto reply = redeem_with(signed_({}));
  EXPECT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.json("token_type"), "DPoP");
  const auto told = introspect(reply.json("access_token"));
  EXPECT_EQ(told.json("token_type"), "DPoP");
  EXPECT_EQ(told.json("cnf/jkt"), key.id());
  EXPECT_EQ(base::repeated_json_member(told.body), "");
  EXPECT_EQ(redeem(code()).json("token_type"), "Bearer");
  EXPECT_EQ(introspect(tokens().access).json("token_type"), "Bearer");
  EXPECT_FALSE(introspect(tokens().access).has_json("cnf"));
}

TEST_F(Dpop, WantsTheProofAtTheResource) {
  const auto access = redeem_with(signed_({})).json("access_token");
  EXPECT_EQ(use(access, signed_(for_use(access))).status, 200);
  const auto as_bearer = bearer("/resource", access);
  EXPECT_EQ(as_bearer.status, 401);
  EXPECT_THAT(as_bearer.field("WWW-Authenticate"),
              HasSubstr("DPoP realm=\"assay\", algs=\"ES256\", error=\"invalid_token"));
  EXPECT_EQ(get("/resource", {{"Authorization", "DPoP " + access}}).status, 401);
  for (auto wrong : {Proof{.htm = "GET", .htu = application.issuer() + "/resource"}, for_use("another")}) {
    const auto reply = use(access, signed_(wrong));
    EXPECT_EQ(reply.status, 401);
    EXPECT_THAT(reply.field("WWW-Authenticate"), HasSubstr("error=\"invalid_dpop_proof\""));
  }
  const auto thief = crypto::Key::generate(crypto::Algorithm::es256);
  auto stolen = for_use(access);
  stolen.jwk = thief.bare_jwk();
  EXPECT_EQ(use(access, signed_(stolen)).status, 401);  // his key, our signature
  const auto unbound = tokens().access;
  EXPECT_EQ(use(unbound, signed_(for_use(unbound))).status, 401);
}

TEST_F(Dpop, RefusesProofsThatAreNotForThisRequest) {
  expect_fault({.typ = "JWT"}, "typ");
  expect_fault({.alg = "none"}, "alg");
  expect_fault({.alg = "RS256"}, "alg");
  expect_fault({.htm = "GET"}, "htm");
  expect_fault({.htu = "http://127.0.0.1:1/token"}, "htu");
  expect_fault({.htu = application.issuer() + "/resource"}, "htu");
  expect_fault({.age = 90}, "iat");
  expect_fault({.age = -30}, "iat");
  expect_fault({.as_string = true}, "iat");
  expect_fault({.jti = ""}, "jti");
  expect_fault({.jwk = "\"x\""}, "jwk");
  expect_fault({.jwk = R"({"d":"x",)" + key.bare_jwk().substr(1)}, "private");
  expect_fault({.jwk = crypto::Key::generate(crypto::Algorithm::es256).bare_jwk()}, "signature");
  expect_refused(redeem_with("x.y.z"), "invalid_dpop_proof");
  expect_refused(token(redemption(code()), {{"DPoP", signed_({})}, {"dpop", signed_({})}}), "invalid_dpop_proof");
  EXPECT_EQ(redeem_with(signed_({.htu = application.issuer() + "/token?x=1#y"})).status, 200);
}

TEST_F(Dpop, TakesAProofOnce) {
  const auto proof = signed_({});
  EXPECT_EQ(redeem_with(proof).status, 200);
  expect_refused(redeem_with(proof), "invalid_dpop_proof");
}

TEST_F(Dpop, DoesNotSpendTheCodeOnABadProof) {
  const auto text = code();
  expect_refused(token(redemption(text), {{"DPoP", signed_({.htm = "GET"})}}), "invalid_dpop_proof");
  EXPECT_EQ(token(redemption(text), {{"DPoP", signed_({})}}).status, 200);
}

TEST_F(Dpop, IsNotConfusedWhenATestMovesTheClock) {
  application.clock.advance(std::chrono::hours(100));
  EXPECT_EQ(redeem_with(signed_({})).status, 200);
}

TEST_F(Dpop, BindsRefreshTokensOfPublicClientsOnly) {
  const auto at_refresh = [&](const std::string& text, std::string_view client, const Pairs& fields) {
    return token(as(client, {{"grant_type", "refresh_token"}, {"refresh_token", text}}), fields);
  };
  const auto of_spa = redeem_with(signed_({}), "spa").json("refresh_token");
  expect_refused(at_refresh(of_spa, "spa", {}), "invalid_grant");
  const auto renewed = at_refresh(of_spa, "spa", {{"DPoP", signed_({})}});
  EXPECT_EQ(renewed.json("token_type"), "DPoP");
  expect_refused(at_refresh(renewed.json("refresh_token"), "spa", {}), "invalid_grant");
  const auto of_web = redeem_with(signed_({})).json("refresh_token");
  EXPECT_EQ(at_refresh(of_web, "web", {}).json("token_type"), "Bearer");
}

TEST_F(Dpop, BindsTheCodeToAnAnnouncedKey) {
  const auto announced = [&] { return code(plus(authorization(), "dpop_jkt", key.id())); };
  expect_refused(redeem(announced()), "invalid_grant");
  EXPECT_EQ(token(redemption(announced()), {{"DPoP", signed_({})}}).status, 200);
  EXPECT_EQ(authorize(plus(authorization(), "dpop_jkt", "short")).sent("error"), "invalid_request");
}

class DpopJwt : public ProviderTest {
 protected:
  static ProviderOptions with_jwt() {
    auto made = options();
    made.access_tokens = AccessTokenFormat::es256;
    return made;
  }
  DpopJwt() : ProviderTest(with_jwt()) {}
};

TEST_F(DpopJwt, CarryTheKey) {
  const auto key = crypto::Key::generate(crypto::Algorithm::es256);
  const auto proof =
      crypto::jws_sign(key, R"({"typ":"dpop+jwt","alg":"ES256","jwk":)" + key.bare_jwk() + '}',
                       R"({"jti":"1","htm":"POST","htu":")" + application.issuer() + R"(/token","iat":)" +
                           std::to_string(numeric_date(application.clock.unmoved())) + '}');
  const auto access = token(redemption(code()), {{"DPoP", proof}}).json("access_token");
  const auto jws = crypto::parse_jws(access);
  ASSERT_TRUE(jws);
  EXPECT_EQ(base::find_json(jws->payload, "/cnf/jkt").text, key.id());
}

}  // namespace
}  // namespace assay::mock

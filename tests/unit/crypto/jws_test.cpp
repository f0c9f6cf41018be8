#include "crypto/jws.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "base/json_walk.hpp"

namespace assay::crypto {
namespace {

// RFC 7515 appendix A.2: the RSA key and the token made with it.
constexpr std::string_view rsa_jwk =
    R"({"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"})";
constexpr std::string_view rsa_token =
    "eyJhbGciOiJSUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
    "O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjb"
    "KBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"
    "eOkHWEsqtFZES"
    "c6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

// RFC 7515 appendix A.3: the P-256 key and the token made with it.
constexpr std::string_view ec_jwk =
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"})";
constexpr std::string_view ec_token =
    "eyJhbGciOiJFUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

constexpr std::string_view payload =
    "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";

Key read(std::string_view jwk) {
  auto key = Key::from_jwk(jwk);
  if (!key) throw std::runtime_error(key.error().doing);
  return *key;
}

TEST(Jws, VerifiesTheRsaTokenOfRfc7515) { EXPECT_EQ(jws_verify(read(rsa_jwk), rsa_token), payload); }
TEST(Jws, VerifiesTheEcTokenOfRfc7515) { EXPECT_EQ(jws_verify(read(ec_jwk), ec_token), payload); }

// RFC 8037 appendix A: the Ed25519 key, its thumbprint, and the token made with it.
constexpr std::string_view okp_jwk =
    R"({"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
constexpr std::string_view okp_token =
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

TEST(Jws, SignsAndVerifiesTheEd25519TokenOfRfc8037) {
  const Key key = read(okp_jwk);
  EXPECT_EQ(key.id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  EXPECT_EQ(jws_verify(key, okp_token), "Example of Ed25519 signing");
  EXPECT_EQ(jws_sign(key, R"({"alg":"EdDSA"})", "Example of Ed25519 signing"), okp_token);
  EXPECT_EQ(jws_verify(read(key.public_jwk()), okp_token), "Example of Ed25519 signing");
  EXPECT_TRUE(jws_verify(key, jws_sign(key, R"({"alg":"Ed25519"})", "{}"))) << "the name of RFC 9864";
  EXPECT_FALSE(jws_verify(key, jws_sign(key, R"({"alg":"ES256"})", "{}")));
  EXPECT_FALSE(Key::from_jwk(R"({"kty":"OKP","crv":"Ed448","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})"));
  EXPECT_FALSE(Key::from_jwk(R"({"kty":"OKP","crv":"Ed25519","x":"AAAA"})"));
}

TEST(Jws, SignsWithAKeyThatWasRead) {
  const Key key = read(ec_jwk);
  ASSERT_TRUE(key.can_sign());
  EXPECT_EQ(jws_verify(key, jws_sign(key, R"({"alg":"ES256"})", "{}")), "{}");
}

class JwsWith : public testing::TestWithParam<Algorithm> {};

TEST_P(JwsWith, WhatIsSignedVerifiesAndNothingElse) {
  const Key key = Key::generate(GetParam());
  const std::string header = R"({"alg":")" + std::string(to_string(GetParam())) + R"(","kid":")" + key.id() + R"("})";
  for (int round = 0; round < 20; ++round) {  // r and s have leading zeros now and then
    const std::string body = R"({"n":)" + std::to_string(round) + "}";
    const std::string token = jws_sign(key, header, body);
    EXPECT_EQ(jws_verify(key, token), body);
    const auto parsed = parse_jws(token);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->header, header);
    EXPECT_EQ(parsed->payload, body);
    EXPECT_EQ(parsed->signature.size(), GetParam() == Algorithm::rs256 ? 256u : 64u);
    EXPECT_EQ(parsed->signed_part, token.substr(0, token.rfind('.')));

    std::string altered = token;
    altered[token.size() - 10] = altered[token.size() - 10] == 'A' ? 'B' : 'A';
    EXPECT_EQ(jws_verify(key, altered), std::unexpected(JwsProblem::bad_signature));
    EXPECT_EQ(jws_verify(key, std::string(parsed->signed_part) + '.'), std::unexpected(JwsProblem::bad_signature));
  }
  EXPECT_EQ(jws_verify(Key::generate(GetParam()), jws_sign(key, header, "{}")),
            std::unexpected(JwsProblem::bad_signature));
}

INSTANTIATE_TEST_SUITE_P(Algorithms, JwsWith, testing::Values(Algorithm::es256, Algorithm::rs256, Algorithm::eddsa),
                         [](const auto& algorithm) { return std::string(to_string(algorithm.param)); });

TEST(Jws, RefusesOtherAlgorithmsBeforeItLooksAtSignatures) {
  const Key key = read(ec_jwk);
  EXPECT_EQ(jws_verify(key, rsa_token), std::unexpected(JwsProblem::wrong_algorithm));
  EXPECT_EQ(jws_verify(key, base::base64url(R"({"alg":"none"})") + "." + base::base64url("{}") + "."),
            std::unexpected(JwsProblem::wrong_algorithm));
}

TEST(Jws, RefusesCriticalExtensions) {
  const Key key = read(ec_jwk);
  EXPECT_EQ(jws_verify(key, jws_sign(key, R"({"alg":"ES256","crit":["x"],"x":1})", "{}")),
            std::unexpected(JwsProblem::critical));
}

TEST(Jws, RefusesWhatIsNoJws) {
  const Key key = read(ec_jwk);
  for (const std::string text : {"", ".", "..", "a.b", "a.b.c.d", "e30.e30.!", "W10.e30."})
    EXPECT_EQ(jws_verify(key, text), std::unexpected(JwsProblem::malformed)) << text;
  EXPECT_EQ(jws_verify(key, jws_sign(key, R"({"alg":"ES256","alg":"ES256"})", "{}")),
            std::unexpected(JwsProblem::malformed));
  EXPECT_FALSE(parse_jws("no dots"));
}

// RFC 7638 section 3.1.
TEST(Key, HasTheThumbprintOfRfc7638) {
  const Key key = read(
      R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"})");
  EXPECT_EQ(key.id(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
  EXPECT_FALSE(key.can_sign());
}

TEST(Key, ExportsWhatItReads) {
  for (const auto algorithm : {Algorithm::es256, Algorithm::rs256, Algorithm::eddsa}) {
    const Key key = Key::generate(algorithm);
    const Key back = read(key.public_jwk());
    EXPECT_EQ(back.public_jwk(), key.public_jwk());
    EXPECT_EQ(back.bare_jwk(), key.bare_jwk());
    EXPECT_EQ(back.id(), key.id());
    EXPECT_FALSE(back.can_sign());
    EXPECT_TRUE(back.verify("text", key.sign("text")));
    EXPECT_EQ(base::find_json(key.public_jwk(), "/use").text, "sig");
    EXPECT_EQ(base::find_json(key.public_jwk(), "/kid").text, key.id());
    EXPECT_EQ(base::find_json(key.public_jwk(), "/d").type, base::JsonType::absent);
  }
}

TEST(Key, RefusesWhatIsNoKey) {
  for (
      const std::string_view text :
      {R"()", R"({})", R"([])", R"({"kty":"oct","k":"AAAA"})", R"({"kty":"EC","crv":"P-256"})",
       R"({"kty":"RSA","n":"AQAB"})",
       R"({"kty":"EC","crv":"P-384","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
       // not on the curve
       R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"})"})
    EXPECT_FALSE(Key::from_jwk(text)) << text;
}

TEST(JwkSet, FindsKeysByTheirId) {
  const std::vector<Key> keys{Key::generate(Algorithm::es256), Key::generate(Algorithm::es256)};
  const std::string set = jwk_set(keys);
  EXPECT_EQ(base::repeated_json_member(set), "");
  ASSERT_TRUE(find_key(set, keys[1].id()));
  EXPECT_EQ(find_key(set, keys[1].id())->id(), keys[1].id());
  EXPECT_FALSE(find_key(set, "another"));
  EXPECT_FALSE(find_key(set, ""));  // two would fit
  EXPECT_EQ(find_key(jwk_set(std::span(keys).first(1)), "")->id(), keys[0].id());
  EXPECT_EQ(jwk_set({}), R"({"keys":[]})");
}

}  // namespace
}  // namespace assay::crypto

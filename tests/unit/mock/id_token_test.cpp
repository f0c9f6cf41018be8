// Defects of ID tokens and of what goes with them: each does what its line in the table says, and nothing else.
#include "crypto/jws.hpp"
#include "tests/unit/mock/visitor.hpp"

namespace assay::mock {
namespace {

using testing::EndsWith;
using testing::StartsWith;

class IdToken : public ProviderTest {
 protected:
  std::string minted(std::string_view nonce = "n") {
    return redeem(code(plus(authorization(), "nonce", nonce))).json("id_token");
  }
  static std::string part(const std::optional<crypto::CompactJws>& token, std::string_view pointer,
                          bool header = false) {
    if (!token) return "not a JWS";
    return base::find_json(header ? token->header : token->payload, pointer).unescaped();
  }
  std::string claim(std::string_view name, std::string_view nonce = "n") {
    return part(crypto::parse_jws(minted(nonce)), '/' + std::string(name));
  }
  bool holds(std::string_view token) {
    const auto key = crypto::find_key(get("/jwks").body, part(crypto::parse_jws(token), "/kid", true));
    return key && crypto::jws_verify(*key, token);
  }
};

TEST_F(IdToken, IsMissing) {
  break_({"id-token-missing"});
  EXPECT_FALSE(redeem(code()).has_json("id_token"));
}

TEST_F(IdToken, IsSignedBadly) {
  EXPECT_TRUE(holds(minted()));
  break_({"id-token-signature-broken"});
  EXPECT_FALSE(holds(minted()));
  break_({"id-token-kid-missing"});
  const auto token = crypto::parse_jws(minted());
  EXPECT_EQ(part(token, "/kid", true), "");
  EXPECT_EQ(part(token, "/alg", true), "ES256");
  break_({"id-token-alg-none"});
  const auto bare = minted();
  EXPECT_THAT(bare, EndsWith("."));
  EXPECT_EQ(part(crypto::parse_jws(bare), "/alg", true), "none");
}

TEST_F(IdToken, SaysTheWrongThing) {
  const auto subject = claim("sub");
  const auto issued = std::stoll(claim("iat"));
  EXPECT_GT(std::stoll(claim("exp")), issued);
  break_({"id-token-issuer-slash"});
  EXPECT_THAT(claim("iss"), EndsWith("/"));
  break_({"id-token-audience-is-server"});
  EXPECT_EQ(claim("aud"), application.issuer());
  break_({"id-token-exp-past"});
  EXPECT_EQ(std::stoll(claim("exp")), std::stoll(claim("iat")) - 1);
  break_({"id-token-iat-early"});
  EXPECT_EQ(std::stoll(claim("iat")), issued - 300);
  break_({"id-token-iat-milliseconds"});
  EXPECT_EQ(std::stoll(claim("iat")), issued * 1000);
  break_({"id-token-sub-long"});
  EXPECT_EQ(claim("sub").size(), 256U);
  break_({"id-token-sub-per-login"});
  EXPECT_THAT(claim("sub"), StartsWith(subject + '-'));
}

TEST_F(IdToken, LosesTheNonce) {
  const std::string plain(50, 'n');
  EXPECT_EQ(claim("nonce", plain + "&x"), plain + "&x");
  break_({"nonce-dropped"});
  EXPECT_EQ(claim("nonce"), "");
  break_({"nonce-cut"});
  EXPECT_EQ(claim("nonce", plain), plain);
  EXPECT_EQ(claim("nonce", plain + "&x"), plain);
  break_({"nonce-html-escaped"});
  EXPECT_EQ(claim("nonce", "a&b"), "a&amp;b");
}

TEST_F(IdToken, AndUserinfoDisagree) {
  const auto token = tokens().access;
  const auto subject = bearer("/userinfo", token).json("sub");
  EXPECT_EQ(subject, claim("sub"));
  break_({"userinfo-get-refused"});
  EXPECT_EQ(bearer("/userinfo", token).status, 405);
  break_({"userinfo-sub-missing"});
  EXPECT_FALSE(bearer("/userinfo", token).has_json("sub"));
  break_({"userinfo-sub-is-name"});
  EXPECT_EQ(bearer("/userinfo", token).json("sub"), subject);  // without the scope profile
}

}  // namespace
}  // namespace assay::mock

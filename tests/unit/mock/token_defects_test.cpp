// Defects of refreshing and of the token endpoint's messages: each does what its line in the table says.
#include "tests/unit/mock/visitor.hpp"

namespace assay::mock {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class TokenDefects : public ProviderTest {
 protected:
  static constexpr std::string_view orders = Resources::elsewhere[0], stock = Resources::elsewhere[1];

  static Pairs bare_authorization() { return without(authorization(), "scope"); }
  Reply refresh_for(std::string_view text, std::string_view resource) {
    return token(as(
        "web",
        {{"grant_type", "refresh_token"}, {"refresh_token", std::string(text)}, {"resource", std::string(resource)}}));
  }
  std::string about_orders() { return redeem(code(plus(authorization(), "resource", orders))).json("refresh_token"); }
};

TEST_F(TokenDefects, OfScopeAtRefresh) {
  break_({"refresh-forgets-scope"});
  const auto first = refresh(tokens("spa").refresh, "spa");
  EXPECT_EQ(first.json("scope"), "openid read");
  EXPECT_EQ(refresh(first.json("refresh_token"), "spa").json("scope"), "openid read write");
  EXPECT_EQ(refresh(tokens().refresh, "web", "write").json("scope"), "write");
  break_({"refresh-narrow-sticks"});
  const auto narrow = refresh(tokens("spa").refresh, "spa", "read");
  EXPECT_EQ(refresh(narrow.json("refresh_token"), "spa").json("scope"), "read");
}

TEST_F(TokenDefects, OfRecognition) {
  break_({"refresh-compared-by-beginning"});
  auto text = tokens().refresh;
  text[21] = text[21] == 'x' ? 'y' : 'x';
  EXPECT_EQ(refresh(text).status, 200);
  EXPECT_EQ(refresh(text, "second").json("error"), "invalid_grant");
  EXPECT_EQ(refresh(std::string(43, 'u')).json("error"), "invalid_grant");
  break_({});
  EXPECT_EQ(refresh(text).json("error"), "invalid_grant");
}

TEST_F(TokenDefects, OfExpiry) {
  auto text = tokens().refresh;
  application.clock.advance(std::chrono::hours(14 * 24));
  EXPECT_EQ(refresh(text).json("error"), "invalid_grant");
  break_({"refresh-expired-says-expired-token"});
  EXPECT_EQ(refresh(text).json("error"), "expired_token");
  break_({"refresh-never-expires"});
  EXPECT_EQ(refresh(text).status, 200);
}

TEST_F(TokenDefects, OfReuse) {
  break_({"refresh-reuse-keeps-access-tokens"});
  const auto first = tokens("spa");
  const auto second = refresh(first.refresh, "spa");
  EXPECT_EQ(refresh(first.refresh, "spa").json("error"), "invalid_grant");
  EXPECT_EQ(refresh(second.json("refresh_token"), "spa").json("error"), "invalid_grant");
  EXPECT_TRUE(lives(second.json("access_token")));
}

TEST_F(TokenDefects, OfRevocation) {
  break_({"revoke-hinted-refresh-ignored"});
  const auto text = tokens().refresh;
  EXPECT_EQ(post("/revoke", as("web", {{"token", text}, {"token_type_hint", "refresh_token"}})).status, 200);
  EXPECT_EQ(refresh(text).status, 200);
  EXPECT_EQ(post("/revoke", as("web", {{"token", text}})).status, 200);
  EXPECT_EQ(refresh(text).status, 400);
}

TEST_F(TokenDefects, OfResources) {
  break_({"refresh-resource-unbound"});
  EXPECT_EQ(introspect(refresh_for(about_orders(), stock).json("access_token")).json("aud"), stock);
  EXPECT_EQ(refresh_for(about_orders(), "https://unknown.example").json("error"), "invalid_target");
  break_({"refresh-resource-says-invalid-request"});
  EXPECT_EQ(refresh_for(about_orders(), stock).json("error"), "invalid_request");
  EXPECT_EQ(refresh_for(about_orders(), orders).status, 200);
}

TEST_F(TokenDefects, OfTheImplicitGrant) {
  const auto asked = with(authorization(), "response_type", "token");
  EXPECT_EQ(authorize(asked).sent("error"), "unsupported_response_type");
  EXPECT_THAT(get("/.well-known/openid-configuration").body, HasSubstr(R"("response_types_supported":["code"])"));
  break_({"implicit-with-refresh-token"});
  const auto location = authorize(asked).field("Location");
  EXPECT_THAT(location, StartsWith(std::string(callback) + "#access_token="));
  EXPECT_THAT(location, HasSubstr("&refresh_token="));
  EXPECT_THAT(location, HasSubstr("&state=a+b%26c"));
  EXPECT_THAT(get("/.well-known/openid-configuration").body,
              HasSubstr(R"("response_types_supported":["code","token"])"));
}

TEST_F(TokenDefects, OfTheRequest) {
  const auto good = as("service", {{"grant_type", "client_credentials"}});
  break_({"token-get-served"});
  EXPECT_EQ(get("/token?" + form_of(good)).status, 200);
  EXPECT_EQ(token(good).status, 200);
  break_({"token-secret-in-query"});
  const Pairs secretless{{"grant_type", "client_credentials"}, {"client_id", "service"}};
  EXPECT_EQ(post("/token?client_secret=service-secret", secretless).status, 200);
  EXPECT_EQ(post("/token?client_secret=wrong", secretless).status, 401);
  EXPECT_EQ(post("/token", secretless).status, 401);

  const auto no_grant_type = [&] { return token(without(redemption(code()), "grant_type")); };
  const auto no_code = [&] { return token(without(redemption(code()), "code")); };
  expect_refused(no_grant_type(), "invalid_request");
  expect_refused(no_code(), "invalid_request");
  break_({"token-grant-type-guessed"});
  EXPECT_EQ(no_grant_type().status, 200);
  EXPECT_EQ(token(as("web", {})).json("error"), "invalid_request");
  break_({"token-grant-type-missing-says-invalid-grant"});
  EXPECT_EQ(no_grant_type().json("error"), "invalid_grant");
  break_({"token-grant-type-missing-says-unsupported"});
  EXPECT_EQ(no_grant_type().json("error"), "unsupported_grant_type");
  break_({"token-code-not-needed"});
  EXPECT_EQ(no_code().status, 200);
  break_({"token-code-missing-says-unauthorized-client"});
  EXPECT_EQ(no_code().json("error"), "unauthorized_client");
  break_({"token-code-missing-says-invalid-grant"});
  EXPECT_EQ(no_code().json("error"), "invalid_grant");
}

TEST_F(TokenDefects, OfTheAnswer) {
  const auto reduced = [&] { return redeem(code(authorization("web", "openid read nonsense"))); };
  const auto by_default = [&] { return redeem(code(bare_authorization())); };
  EXPECT_EQ(reduced().json("scope"), "openid read");
  EXPECT_EQ(by_default().json("scope"), "read");
  break_({"token-pragma-missing"});
  EXPECT_EQ(redeem(code()).field("Pragma"), "");
  EXPECT_EQ(redeem(code()).field("Cache-Control"), "no-store");
  break_({"token-reduced-scope-hidden"});
  EXPECT_FALSE(reduced().has_json("scope"));
  EXPECT_EQ(by_default().json("scope"), "read");
  EXPECT_EQ(redeem(code()).json("scope"), "openid read write");
  break_({"token-default-scope-hidden"});
  EXPECT_FALSE(by_default().has_json("scope"));
  EXPECT_EQ(reduced().json("scope"), "openid read");
  EXPECT_FALSE(token(as("service", {{"grant_type", "client_credentials"}})).has_json("scope"));
  break_({"token-scope-array"});
  EXPECT_THAT(redeem(code()).body, HasSubstr(R"("scope":["openid","read","write"])"));
  EXPECT_EQ(reduced().json("scope"), "openid read");
  break_({"token-scope-commas"});
  EXPECT_EQ(redeem(code()).json("scope"), "openid,read,write");
  EXPECT_EQ(refresh(tokens().refresh).json("scope"), "openid read write");
  break_({"access-token-not-ascii"});
  auto access = tokens().access;
  EXPECT_THAT(access, EndsWith("\u00fc"));
  EXPECT_EQ(introspect(access).json("active"), "true");
  break_({"access-token-not-b64token"});
  access = tokens().access;
  EXPECT_THAT(access, EndsWith("|"));
  EXPECT_TRUE(lives(access));
}

class OtherUser : public ProviderTest {
 protected:
  static ProviderOptions options() {
    auto made = ProviderTest::options();
    made.login = LoginMode::form;
    return made;
  }
  OtherUser() : ProviderTest(options()) {}
  std::string refresh_token_of(const std::string& name) {
    cookies.clear();
    auto page = get(authorize().field("Location"));
    page = get(post("/login", {{"flow", page.hidden("flow")},
                               {"csrf", page.hidden("csrf")},
                               {"username", name},
                               {"password", name + "-password"}})
                   .field("Location"));
    const auto decided =
        post("/consent", {{"flow", page.hidden("flow")}, {"csrf", page.hidden("csrf")}, {"decision", "allow"}});
    return redeem(decided.sent("code")).json("refresh_token");
  }
};

TEST_F(OtherUser, GetsTheTokenOfAnother) {
  const auto bobs = refresh_token_of("bob");
  const auto subject = [&] { return introspect(refresh(bobs).json("access_token")).json("sub"); };
  EXPECT_EQ(subject(), "u-1002");
  break_({"refresh-for-first-user"});
  EXPECT_EQ(subject(), "u-1001");
}

}  // namespace
}  // namespace assay::mock

// RFC 8707 in the provider: what a token is for is asked for, agreed to, and never more than that.
#include "tests/unit/mock/visitor.hpp"

namespace assay::mock {
namespace {

using testing::HasSubstr;

class ResourceIndicators : public ProviderTest {
 protected:
  static constexpr std::string_view orders = Resources::elsewhere[0], stock = Resources::elsewhere[1];
  const std::string own = application.issuer() + "/resource";

  static Pairs about(std::initializer_list<std::string_view> resources) {
    auto request = authorization();
    for (const auto resource : resources) request.emplace_back("resource", resource);
    return request;
  }
  std::string audience(const Reply& reply) {
    return std::string(base::find_json(introspect(reply.json("access_token")).body, "/aud").text);
  }
  Reply refresh_for(std::string_view text, std::string_view resource) {
    return token(as(
        "web",
        {{"grant_type", "refresh_token"}, {"refresh_token", std::string(text)}, {"resource", std::string(resource)}}));
  }
};

TEST_F(ResourceIndicators, AreOursUnlessNamed) {
  const auto reply = redeem(code());
  EXPECT_EQ(audience(reply), own);
  EXPECT_TRUE(lives(reply.json("access_token")));
  EXPECT_EQ(audience(redeem(code(about({own})))), own);
  EXPECT_EQ(audience(client_credentials()), own);
}

TEST_F(ResourceIndicators, BindTheTokenToWhatWasNamed) {
  const auto one = redeem(code(about({orders})));
  EXPECT_EQ(audience(one), orders);
  EXPECT_EQ(introspect(one.json("access_token")).json("active"), "true");
  EXPECT_FALSE(lives(one.json("access_token")));  // it is not for the resource here
  const auto two = redeem(code(about({orders, stock})));
  EXPECT_EQ(audience(two), "[\"" + std::string(orders) + "\",\"" + std::string(stock) + "\"]");
  const auto text = code(about({orders, stock}));
  EXPECT_EQ(audience(token(plus(redemption(text), "resource", stock))), stock);
  const auto service = as("service", {{"grant_type", "client_credentials"}, {"resource", std::string(stock)}});
  EXPECT_EQ(audience(token(service)), stock);
}

TEST_F(ResourceIndicators, AreKnownAbsoluteUrisWithoutFragment) {
  for (const std::string bad : {"orders", "/resource", "https://unknown.example/", "https://api.mock.example/orders#x",
                                "https://api.mock.example/orders/", ":", "#"}) {
    EXPECT_EQ(authorize(about({bad})).sent("error"), "invalid_target") << bad;
    EXPECT_EQ(authorize(about({orders, bad})).sent("error"), "invalid_target") << bad;
    expect_refused(token(plus(redemption(code()), "resource", bad)), "invalid_target");
    expect_refused(refresh_for(tokens().refresh, bad), "invalid_target");
    expect_refused(token(as("service", {{"grant_type", "client_credentials"}, {"resource", bad}})), "invalid_target");
  }
  EXPECT_NE(code(about({""})), "");  // empty: as if left out
}

TEST_F(ResourceIndicators, OfAGrantStayWithinIt) {
  const auto text = code(about({orders}));
  expect_refused(token(plus(redemption(text), "resource", stock)), "invalid_target");
  expect_refused(token(plus(redemption(text), "resource", own)), "invalid_target");
  const auto first = redeem(text);  // the refusals did not use it up
  const auto kept = first.json("refresh_token");
  expect_refused(refresh_for(kept, stock), "invalid_target");
  expect_refused(
      token(plus(plus(as("web", {{"grant_type", "refresh_token"}, {"refresh_token", kept}}), "resource", orders),
                 "resource", stock)),
      "invalid_target");
  EXPECT_EQ(audience(refresh_for(kept, orders)), orders);
  EXPECT_EQ(audience(refresh(kept)), orders);
}

TEST_F(ResourceIndicators, MayBeNarrowedAtARefresh) {
  const auto kept = redeem(code(about({orders, stock}))).json("refresh_token");
  EXPECT_EQ(audience(refresh_for(kept, stock)), stock);
  EXPECT_THAT(audience(refresh(kept)), HasSubstr(orders));  // all of them again
}

class ConsentToResources : public ProviderTest {
 protected:
  static ProviderOptions options() {
    auto made = ProviderTest::options();
    made.login = LoginMode::form;
    return made;
  }
  ConsentToResources() : ProviderTest(options()) {}
};

TEST_F(ConsentToResources, IsAskedForEachAndRemembered) {
  const auto about = [](std::string_view resource) { return plus(authorization(), "resource", resource); };
  auto page = get(authorize(about(Resources::elsewhere[0])).field("Location"));
  page = get(post("/login", {{"flow", page.hidden("flow")},
                             {"csrf", page.hidden("csrf")},
                             {"username", "alice"},
                             {"password", "alice-password"}})
                 .field("Location"));
  EXPECT_THAT(page.body, HasSubstr(Resources::elsewhere[0]));
  const auto allow = [&](const Reply& shown) {
    return post("/consent", {{"flow", shown.hidden("flow")}, {"csrf", shown.hidden("csrf")}, {"decision", "allow"}});
  };
  EXPECT_NE(allow(page).sent("code"), "");
  EXPECT_NE(authorize(about(Resources::elsewhere[0])).sent("code"), "");
  const auto other = authorize(about(Resources::elsewhere[1]));
  EXPECT_THAT(other.field("Location"), testing::StartsWith("/consent"));
  EXPECT_NE(allow(get(other.field("Location"))).sent("code"), "");
  EXPECT_NE(authorize(about(Resources::elsewhere[0])).sent("code"), "");
}

}  // namespace
}  // namespace assay::mock

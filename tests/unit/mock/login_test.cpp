#include "tests/unit/mock/visitor.hpp"

namespace assay::mock {
namespace {

using testing::HasSubstr;
using testing::Not;

class Login : public ProviderTest {
 protected:
  static ProviderOptions with_pages() {
    auto made = options();
    made.login = LoginMode::form;
    made.user_pool = 12;
    return made;
  }
  Login() : ProviderTest(with_pages()) {}

  Reply follow(const Reply& reply) { return get(reply.field("Location")); }
  static Pairs login_form(const Reply& page, std::string_view password = "alice-password") {
    return {{"flow", page.hidden("flow")},
            {"csrf", page.hidden("csrf")},
            {"username", "alice"},
            {"password", std::string(password)}};
  }
  static Pairs decision(const Reply& page, std::string_view value) {
    return {{"flow", page.hidden("flow")}, {"csrf", page.hidden("csrf")}, {"decision", std::string(value)}};
  }
  Reply consent_page(const Pairs& parameters = authorization()) {
    return follow(post("/login", login_form(follow(authorize(parameters)))));
  }
};

TEST_F(Login, LeadsThroughLoginAndConsentToACode) {
  const auto start = authorize();
  EXPECT_EQ(start.status, 302);
  const auto login = follow(start);
  EXPECT_EQ(login.status, 200);
  EXPECT_THAT(login.field("Content-Type"), HasSubstr("text/html"));
  const auto after = post("/login", login_form(login));
  EXPECT_EQ(after.status, 303);
  const auto consent = follow(after);
  EXPECT_EQ(consent.status, 200);
  const auto end = post("/consent", decision(consent, "allow"));
  EXPECT_EQ(end.status, 303);
  EXPECT_TRUE(end.redirects_to(callback));
  EXPECT_EQ(end.sent("state"), "a b&c");
  EXPECT_EQ(redeem(end.sent("code")).status, 200);
}

TEST_F(Login, PutsTheDenyButtonFirst) {
  const auto page = consent_page();
  EXPECT_LT(page.body.find("value=\"deny\""), page.body.find("value=\"allow\""));
  const auto end = post("/consent", decision(page, "deny"));
  EXPECT_TRUE(end.redirects_to(callback));
  EXPECT_EQ(end.sent("error"), "access_denied");
  EXPECT_EQ(end.sent("state"), "a b&c");
  EXPECT_EQ(end.sent("iss"), application.issuer());
}

TEST_F(Login, LetsNumberedUsersIn) {
  const auto log_in_as = [&](std::string_view name, std::string_view password) {
    cookies.clear();
    return post("/login", with(login_form(follow(authorize()), password), "username", name)).status;
  };
  for (const char* name : {"user-1", "user-12", "user-1"}) EXPECT_EQ(log_in_as(name, UserPool::password), 303) << name;
  for (const char* name :
       {"user-0", "user-13", "user-01", "user-", "user--1", "user-1x", "user- 1", "user-99999999999"})
    EXPECT_EQ(log_in_as(name, UserPool::password), 200) << name;
  EXPECT_EQ(log_in_as("user-1", "alice-password"), 200);
  EXPECT_EQ(application.find_user("user-7", UserPool::password), application.find_user("user-7", UserPool::password));
  EXPECT_EQ(application.find_user("user-7", UserPool::password)->subject, "p-7");
}

TEST_F(Login, ProtectsItsPages) {
  const auto login = follow(authorize());
  EXPECT_EQ(login.field("Cache-Control"), "no-store");
  EXPECT_EQ(login.field("X-Frame-Options"), "DENY");
  EXPECT_THAT(login.field("Content-Security-Policy"), HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(login.body, Not(HasSubstr("<script")));
  const auto cookie = authorize().fields.empty() ? "" : post("/login", login_form(login)).field("Set-Cookie");
  EXPECT_THAT(cookie, HasSubstr("HttpOnly"));
  EXPECT_THAT(cookie, HasSubstr("SameSite=Lax"));
  EXPECT_THAT(cookie, HasSubstr("Path=/"));
  EXPECT_THAT(cookie, Not(HasSubstr("Secure")));  // plain HTTP
}

TEST_F(Login, AsksAgainAfterAWrongPassword) {
  const auto page = follow(authorize());
  const auto again = post("/login", login_form(page, "wrong"));
  EXPECT_EQ(again.status, 200);
  EXPECT_THAT(again.body, HasSubstr("role=\"alert\""));
  EXPECT_EQ(post("/login", login_form(again)).status, 303);
}

TEST_F(Login, RefusesForgedForms) {
  const auto page = follow(authorize());
  EXPECT_EQ(post("/login", with(login_form(page), "csrf", "forged")).status, 400);
  EXPECT_EQ(post("/login", without(login_form(page), "csrf")).status, 400);
  EXPECT_EQ(post("/login", with(login_form(page), "flow", "forged")).status, 400);
  const auto mine = cookies;
  cookies.clear();
  EXPECT_EQ(post("/login", login_form(page)).status, 400);  // another browser
  EXPECT_EQ(get("/login?flow=" + page.hidden("flow")).status, 400);
  authorize();  // and one with a cookie of its own
  EXPECT_EQ(post("/login", login_form(page)).status, 400);
  cookies = mine;
  EXPECT_EQ(post("/login", login_form(page)).status, 303);
}

TEST_F(Login, ChangesTheCookieAtLogin) {
  const auto page = follow(authorize());
  const auto planted = cookies;
  const auto after = post("/login", login_form(page));
  EXPECT_NE(cookies, planted);
  cookies = planted;  // whoever planted the cookie gains nothing
  EXPECT_EQ(follow(after).status, 400);
}

TEST_F(Login, TakesADecisionOnceAndOnlyAfterLogin) {
  const auto start = authorize();
  const auto login = follow(start);
  EXPECT_EQ(post("/consent", decision(login, "allow")).status, 400);
  const auto flow = login.hidden("flow");
  EXPECT_EQ(get("/consent?flow=" + flow).field("Location"), "/login?flow=" + flow);
  const auto page = follow(post("/login", login_form(login)));
  EXPECT_EQ(post("/consent", decision(page, "maybe")).status, 400);
  EXPECT_EQ(post("/consent", decision(page, "allow")).status, 303);
  EXPECT_EQ(post("/consent", decision(page, "allow")).status, 400);
}

TEST_F(Login, RemembersLoginAndConsentOfConfidentialClients) {
  post("/consent", decision(consent_page(), "allow"));
  EXPECT_NE(authorize().sent("code"), "");
  EXPECT_NE(authorize(with(authorization(), "prompt", "none")).sent("code"), "");
  EXPECT_THAT(authorize(authorization("web", "openid read write profile")).field("Location"), HasSubstr("/consent?"));
  EXPECT_THAT(authorize(authorization("spa")).field("Location"), HasSubstr("/consent?"));
  EXPECT_THAT(authorize(with(authorization(), "prompt", "login")).field("Location"), HasSubstr("/login?"));
  EXPECT_THAT(authorize(with(authorization(), "prompt", "consent")).field("Location"), HasSubstr("/consent?"));
  application.clock.advance(std::chrono::seconds(10));
  EXPECT_THAT(authorize(with(authorization(), "max_age", "5")).field("Location"), HasSubstr("/login?"));
  EXPECT_NE(authorize(with(authorization(), "max_age", "60")).sent("code"), "");
  application.clock.advance(std::chrono::hours(9));
  EXPECT_THAT(authorize().field("Location"), HasSubstr("/login?"));
}

TEST_F(Login, AnswersPromptNoneWithoutAsking) {
  EXPECT_EQ(authorize(with(authorization(), "prompt", "none")).sent("error"), "login_required");
  consent_page();  // signed in, nothing allowed
  EXPECT_EQ(authorize(with(authorization(), "prompt", "none")).sent("error"), "consent_required");
}

TEST_F(Login, ForgetsRequestsThatNobodyDecides) {
  const auto page = consent_page();
  application.clock.advance(std::chrono::minutes(16));
  EXPECT_EQ(post("/consent", decision(page, "allow")).status, 400);
}

}  // namespace
}  // namespace assay::mock

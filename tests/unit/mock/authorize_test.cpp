#include "tests/unit/mock/visitor.hpp"

namespace assay::mock {
namespace {

using testing::HasSubstr;

class Authorize : public ProviderTest {
 protected:
  void expect_page(const Pairs& parameters) {
    const auto reply = authorize(parameters);
    EXPECT_EQ(reply.status, 400) << reply.field("Location");
    EXPECT_EQ(reply.field("Location"), "");
    EXPECT_THAT(reply.field("Content-Type"), HasSubstr("text/html"));
  }
  void expect_error(const Pairs& parameters, std::string_view error) {
    const auto reply = authorize(parameters);
    EXPECT_EQ(reply.status, 302);
    EXPECT_TRUE(reply.redirects_to(callback)) << reply.field("Location");
    EXPECT_EQ(reply.sent("error"), error);
    EXPECT_EQ(reply.sent("state"), "a b&c");
    EXPECT_EQ(reply.sent("iss"), application.issuer());
    EXPECT_EQ(reply.sent("code"), "");
  }
};

TEST_F(Authorize, AnswersWithCodeStateAndIssuer) {
  const auto reply = authorize();
  EXPECT_EQ(reply.status, 302);
  EXPECT_TRUE(reply.redirects_to(callback));
  EXPECT_EQ(reply.sent("code").size(), 43u);
  EXPECT_EQ(reply.sent("state"), "a b&c");
  EXPECT_EQ(reply.sent("iss"), application.issuer());
  EXPECT_EQ(reply.field("Cache-Control"), "no-store");
}

TEST_F(Authorize, TakesAPostToo) {
  const auto reply = post("/authorize", authorization());
  EXPECT_EQ(reply.status, 303);  // never 307: the browser would send the form on (RFC 9700 section 4.12)
  EXPECT_NE(reply.sent("code"), "");
  EXPECT_EQ(send("POST", "/authorize", {{"Content-Type", "application/json"}}, "{}").status, 400);
}

TEST_F(Authorize, PostsTheResponseWhenAsked) {
  const auto reply = authorize(with(authorization(), "response_mode", "form_post"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.field("Location"), "");
  EXPECT_THAT(reply.field("Content-Type"), HasSubstr("text/html"));
  EXPECT_THAT(reply.field("Content-Security-Policy"), HasSubstr("script-src 'sha256-"));
  EXPECT_EQ(reply.field("Cache-Control"), "no-store");
  EXPECT_THAT(reply.body, HasSubstr("<form method=\"post\" action=\"" + std::string(callback) + "\">"));
  EXPECT_EQ(reply.hidden("code").size(), 43u);
  EXPECT_EQ(reply.hidden("state"), "a b&amp;c");
  EXPECT_EQ(reply.hidden("iss"), application.issuer());
  const auto refused = authorize(with(with(authorization(), "response_mode", "form_post"), "response_type", "token"));
  EXPECT_EQ(refused.hidden("error"), "unsupported_response_type");
}

TEST_F(Authorize, TellsTheUserWhenTheClientIsUnknown) {
  expect_page(with(authorization(), "client_id", "nobody"));
  expect_page(without(authorization(), "client_id"));
  expect_page(plus(authorization(), "client_id", "web"));
}

TEST_F(Authorize, TellsTheUserWhenTheRedirectUriIsNotRegistered) {
  expect_page(without(authorization(), "redirect_uri"));
  expect_page(plus(authorization(), "redirect_uri", callback));
  for (const auto* uri :
       {"http://127.0.0.1:4999/cb/", "http://127.0.0.1:4999/cb/x", "http://127.0.0.1:4999/cb?x=1",
        "http://127.0.0.1:4999/CB", "http://127.0.0.1:4999/cb#", "http://127.0.0.1:4999/./cb",
        "http://127.0.0.1:4999/%63b", "https://127.0.0.1:4999/cb", "http://localhost:4999/cb",
        "http://127.0.0.1:4999@evil.example/cb", "http://evil.example@127.0.0.1:4999/cb",
        "http://127.0.0.1.evil.example/cb", "http://127.0.0.1:/cb", "http://127.0.0.1:4999.evil.example/cb",
        "http://127.0.0.1:123456/cb", "http://127.0.0.2:4999/cb", "//127.0.0.1:4999/cb", "evil"})
    expect_page(with(authorization(), "redirect_uri", uri));
}

TEST_F(Authorize, TakesAnyPortOfTheLoopbackAddress) {
  for (const std::string uri : {"http://127.0.0.1:1/cb", "http://127.0.0.1:65535/other", "http://127.0.0.1/cb"}) {
    const auto reply = authorize(with(authorization(), "redirect_uri", uri));
    EXPECT_TRUE(reply.redirects_to(uri)) << reply.field("Location");
    // The code is bound to the port that was asked for.
    EXPECT_EQ(redeem(reply.sent("code")).status, 400);
    EXPECT_EQ(token(with(redemption(reply.sent("code")), "redirect_uri", uri)).status, 200);
  }
}

TEST_F(Authorize, GivesNativeClientsNothingButThePort) {
  for (const auto* uri :
       {"http://127.0.0.1/native/cb", "http://127.0.0.1:5000/native/cb", "http://localhost:5000/native/local"})
    EXPECT_NE(code(with(authorization("native"), "redirect_uri", uri)), "") << uri;
  for (const auto* uri :
       {"http://127.0.0.1:5000/native", "http://127.0.0.1:5000/native/cb/", "http://localhost:5000/native/cb",
        "http://127.0.0.1.evil.example/native/cb", "http://127.0.0.1:5000@evil.example/native/cb",
        "http://127.0.0.1:5000.evil.example/native/cb", "https://127.0.0.1:5000/native/cb",
        "http://[::1]:5000/native/cb", "http://127.1:5000/native/cb"})
    expect_page(with(authorization("native"), "redirect_uri", uri));
}

TEST_F(Authorize, KeepsTheQueryOfARedirectUri) {
  const auto reply = authorize(with(authorization(), "redirect_uri", "http://127.0.0.1:4999/q?x=1"));
  EXPECT_TRUE(reply.field("Location").starts_with("http://127.0.0.1:4999/q?x=1&code=")) << reply.field("Location");
}

TEST_F(Authorize, UsesTheOnlyRedirectUriWithTheState) {
  const auto reply = authorize(without(authorization("odd:client+id"), "redirect_uri"));
  EXPECT_TRUE(reply.redirects_to("http://127.0.0.1:4999/odd"));
  EXPECT_EQ(reply.sent("state"), "a b&c");
}

TEST_F(Authorize, RefusesRepeatedParametersButIgnoresUnknownOnes) {
  for (const auto* name : {"response_type", "scope", "code_challenge", "nonce", "unheard_of"})
    expect_error(plus(plus(authorization(), name, "x"), name, "x"), "invalid_request");
  EXPECT_EQ(authorize(plus(authorization(), "state", "other")).sent("error"), "invalid_request");
  EXPECT_NE(code(plus(authorization(), "unheard_of", "x")), "");
  EXPECT_NE(code(plus(plus(authorization(), "resource", Resources::elsewhere[0]), "resource", Resources::elsewhere[1])),
            "");
}

TEST_F(Authorize, RefusesWhatItDoesNotOffer) {
  expect_error(without(authorization(), "response_type"), "invalid_request");
  expect_error(with(authorization(), "response_type", "token"), "unsupported_response_type");
  expect_error(with(authorization(), "response_type", "code token"), "unsupported_response_type");
  expect_error(with(authorization(), "response_mode", "fragment"), "invalid_request");
  expect_error(with(authorization(), "request", "x"), "request_not_supported");
  expect_error(with(authorization(), "request_uri", "x"), "request_uri_not_supported");
  expect_error(with(authorization(), "scope", "read nonsense"), "invalid_scope");
  expect_error(with(authorization(), "scope", "nonsense"), "invalid_scope");
  expect_error(with(authorization(), "prompt", "sometimes"), "invalid_request");
  expect_error(with(authorization(), "prompt", "none login"), "invalid_request");
  expect_error(with(authorization(), "max_age", "-1"), "invalid_request");
}

TEST_F(Authorize, RefusesWeakChallenges) {
  expect_error(without(authorization(), "code_challenge_method"), "invalid_request");  // means plain
  expect_error(with(authorization(), "code_challenge_method", "plain"), "invalid_request");
  expect_error(with(authorization(), "code_challenge_method", "s256"), "invalid_request");
  expect_error(with(authorization(), "code_challenge", "short"), "invalid_request");
  expect_error(with(authorization(), "code_challenge", std::string(42, 'a') + '='), "invalid_request");
  expect_error(without(authorization(), "code_challenge"), "invalid_request");
  const auto bare = without(without(authorization("spa"), "code_challenge"), "code_challenge_method");
  expect_error(bare, "invalid_request");
  // A confidential client may, if a nonce ties its ID token to the request.
  expect_error(with(bare, "client_id", "web"), "invalid_request");
  expect_error(with(with(with(bare, "client_id", "web"), "nonce", "n"), "scope", "read"), "invalid_request");
  EXPECT_NE(code(with(with(with(bare, "client_id", "web"), "nonce", "n"), "scope", "openid")), "");
}

TEST_F(Authorize, EchoesAnyState) {
  for (const std::string& state : {std::string("%41+%zz \"<>&=?#/\xc3\xa4"), std::string(5000, 'x')})
    EXPECT_EQ(authorize(with(authorization(), "state", state)).sent("state"), state);
  EXPECT_THAT(authorize(without(authorization(), "state")).field("Location"), testing::Not(HasSubstr("state=")));
}

TEST_F(Authorize, RefusesOtherMethods) {
  const auto reply = send("PUT", "/authorize");
  EXPECT_EQ(reply.status, 405);
  EXPECT_EQ(reply.field("Allow"), "GET, POST");
}

}  // namespace
}  // namespace assay::mock

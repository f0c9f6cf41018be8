// Pages that are made by scripts: what the driver "steps" sends for them, as target files say, and where it ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/browser.hpp"
#include "engine/browser_steps.hpp"
#include "rules/target.hpp"
#include "tests/support/fake_time.hpp"
#include "tests/support/scripted_transport.hpp"

namespace assay::engine {
namespace {

using support::json;
using support::page;
using support::redirect;
using support::response;
using support::ScriptedRequest;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view callback = "http://127.0.0.1:4999/cb";
const std::string start = "http://as.test/authorize?client_id=web&scope=read+write&state=s%221";

class LoginSteps : public testing::Test {
 protected:
  void use(std::string_view login) {
    auto read = rules::load_target(
        {"t.jsonc", R"({"issuer":"http://as.test","clients":{"web":{"id":"w","redirect_uris":["http://c/cb"]}},
      "login":)" + std::string(login) +
                        "}"},
        [](const std::string& name) { return std::optional("env of " + name); });
    if (!read)
      for (const auto& problem : read.error()) ADD_FAILURE() << to_string(problem);
    else target = std::move(*read);
    driver = make_login_driver({.login = target.login, .authorization_endpoint = "http://as.test/authorize"});
  }
  Arrival go() {
    Arrival out;
    const LoginTask task{.wire = wire,
                         .time = time,
                         .state = state,
                         .authorize_url = start,
                         .registered = registered,
                         .sent_redirect_uri = callback,
                         .credentials = alice,
                         .deadline = deadline};
    support::run(driver->authorize(task, out));
    return out;
  }

  rules::Target target;
  support::ScriptedTransport transport;
  support::ScriptedWire wire{transport};
  support::FakeTime time;
  LoginState state;
  std::vector<std::string> registered{std::string(callback)};
  Credentials alice{"alice@x", base::Secret("a \"pass\" & word")};
  net::SteadyTime deadline = net::SteadyTime::max();
  std::unique_ptr<LoginDriver> driver;
};

constexpr std::string_view better_auth = R"({"driver":"steps","steps":[
  {"page":"/login","send":{"url":"/api/sign-in","json":{"email":"${user.name}","password":"${user.password}","oauth_query":"${page.query}"},
   "take":{"next":[{"json":"/url"},{"json":"/redirect_uri"}]}},"go":"${next}"},
  {"page":"/consent","send":{"url":"/api/consent","json":{"accept":true,"oauth_query":"${page.query}"},
   "take":{"next":[{"json":"/url"},{"json":"/redirect_uri"}]}},"go":"${next}"}]})";

const std::string shell =
    "<!doctype html><title>App</title><div id=\"root\"></div><noscript>You need to enable JavaScript to run this "
    "app.</noscript><script src=/app.js></script>";

// better-auth: two pages without a form; the answer of the API says where to go.
TEST_F(LoginSteps, PagesThatCallAJsonApi) {
  use(better_auth);
  transport.on("GET /authorize", redirect("/login?client_id=web&sig=%2B1"));
  transport.on("GET /login", page(shell));
  transport.on("GET /consent", page(shell));
  transport.on("POST /api/sign-in", [](const ScriptedRequest& got) {
    EXPECT_EQ(got.body, R"({"email":"alice@x","password":"a \"pass\" & word","oauth_query":"client_id=web&sig=%2B1"})");
    EXPECT_EQ(got.header("content-type"), "application/json");
    EXPECT_EQ(got.header("origin"), "http://as.test");
    EXPECT_EQ(got.header("referer"), "http://as.test/login?client_id=web&sig=%2B1");
    EXPECT_EQ(got.header("sec-fetch-mode"), "cors");
    return json(R"({"redirect":true,"url":"/consent?code=x"})", 200, "Set-Cookie: session=1; Path=/; HttpOnly\r\n");
  });
  transport.on("POST /api/consent", [](const ScriptedRequest& got) {
    EXPECT_EQ(got.header("cookie"), "session=1");
    EXPECT_EQ(got.body, R"({"accept":true,"oauth_query":"code=x"})");
    return json(R"({"redirect_uri":"http:\/\/127.0.0.1:4999\/cb?code=c1&state=s"})");
  });
  const auto out = go();
  EXPECT_EQ(out.landed, Landing::redirect_uri) << out.note;
  EXPECT_EQ(out.location, "http://127.0.0.1:4999/cb?code=c1&state=s");
  EXPECT_EQ(out.credentials_status, 200);
  EXPECT_THAT(wire.purposes,
              ElementsAre("authorization request", "redirect", "login step", "redirect", "step of the login"));
}

// glewlwyd: the password, the consent, and the authorization request once more. Logged in, nothing of that is needed.
TEST_F(LoginSteps, ThenTheAuthorizationRequestAgain) {
  use(R"({"driver":"steps","steps":[{"page":"/login.html","send":[
    {"url":"/api/auth/","json":{"username":"${user.name}"}},
    {"method":"PUT","url":"/api/grant/${request.client_id}","json":{"scope":"${request.scope}"}}]}]})");
  transport.on("GET /authorize", [](const ScriptedRequest& got) {
    return got.header("cookie").empty() ? redirect("../login.html?callback_url=x")
                                        : redirect(std::string(callback) + "?code=1");
  });
  transport.on("GET /login.html", page(shell));
  transport.on("POST /api/auth/", response(200, "", "", "Set-Cookie: G=1; Path=/\r\n"));
  transport.on("PUT /api/grant/web", [](const ScriptedRequest& got) {
    EXPECT_EQ(got.body, R"({"scope":"read write"})");
    return response(200, "", "");
  });
  EXPECT_EQ(go().landed, Landing::redirect_uri);
  EXPECT_EQ(transport.requests.size(), 5u);
  EXPECT_EQ(go().landed, Landing::redirect_uri);
  EXPECT_EQ(transport.requests.size(), 6u);
}

// An API instead of pages: a token for the user, once, and an authorization by JSON with it.
TEST_F(LoginSteps, AuthorizationByJsonWithABearerToken) {
  use(R"({"driver":"steps","steps":[
    {"once":true,"send":{"url":"/login","form":{"u":"${user.name}","p":"${user.password}"},"take":{"token":{"json":"/token"}}}},
    {"send":{"url":"/authorize","headers":{"Authorization":"Bearer ${token}"},"json":"${request}","take":{"next":{"json":"/redirect_uri"}}},
     "go":"${next}"}]})");
  transport.on("POST /login", [](const ScriptedRequest& got) {
    EXPECT_EQ(got.body, "u=alice%40x&p=a+%22pass%22+%26+word");
    return json(R"({"token":"t0123456789abcdef"})");
  });
  bool refuse = false;
  transport.on("POST /authorize", [&](const ScriptedRequest& got) {
    EXPECT_EQ(got.header("authorization"), "Bearer t0123456789abcdef");
    EXPECT_EQ(got.body, R"({"client_id":"web","scope":"read write","state":"s\"1"})");
    if (refuse) return json(R"({"error":"invalid_scope"})", 400);
    return json(R"({"redirect_uri":"http://127.0.0.1:4999/cb?code=1"})");
  });
  EXPECT_EQ(go().landed, Landing::redirect_uri);
  EXPECT_EQ(go().landed, Landing::redirect_uri);
  EXPECT_THAT(wire.purposes, ElementsAre("login step", "step of the login", "step of the login"));
  EXPECT_THAT(wire.secrets, ElementsAre("t0123456789abcdef"));
  // A refusal is what the server says to the request, not a failed login.
  refuse = true;
  const auto out = go();
  EXPECT_EQ(out.landed, Landing::page);
  EXPECT_EQ(out.status, 400);
  EXPECT_THAT(out.note, HasSubstr("invalid_scope"));
}

// A token in the page, a cookie copied into a header, a login by form that redirects, and an ordinary form for consent.
TEST_F(LoginSteps, ValuesOutOfPagesAndCookies) {
  use(R"({"driver":"steps","steps":[{"page":"/signin*","take":{"csrf":{"field":"csrf-token"}},
    "send":{"url":"/session?next=${page.query.next}","headers":{"X-CSRF":"${csrf}","X-XSRF":"${cookie.XSRF}","X-Key":"${env:KEY}"},
            "form":{"name":"${user.name}","t":"${page.field.t}"}}}]})");
  transport.on("GET /authorize", redirect("/signin/a?next=%2Fagain%3Fx%3D1", "Set-Cookie: XSRF=abc; Path=/\r\n"));
  transport.on(
      "GET /signin/a",
      page("<meta name=\"csrf-token\" content=\"c9\"><form><input type=hidden name=t value=7></form>" + shell));
  transport.on("POST /session", [](const ScriptedRequest& got) {
    EXPECT_EQ(got.target, "/session?next=%2Fagain%3Fx%3D1");
    EXPECT_EQ(got.header("x-csrf"), "c9");
    EXPECT_EQ(got.header("x-xsrf"), "abc");
    EXPECT_EQ(got.header("x-key"), "env of KEY");
    EXPECT_EQ(got.body, "name=alice%40x&t=7");
    return redirect("again?x=1");
  });
  transport.on("GET /again",
               page("<form method=post action=/consent><button name=a value=1>Cancel</button><button name=a "
                    "value=2>Authorize</button></form>"));
  transport.on("POST /consent", redirect(std::string(callback) + "?code=1"));
  const auto out = go();
  EXPECT_EQ(out.landed, Landing::redirect_uri) << out.note;
  EXPECT_EQ(transport.requests.back().body, "a=2");
  ASSERT_EQ(target.login.secrets.size(), 1u);
}

TEST_F(LoginSteps, StopsAtTheRedirectUriWhereverItComesFrom) {
  use(R"({"driver":"steps","steps":[{"page":"/login","send":{"url":"/go","json":{}}}]})");
  transport.on("GET /authorize", redirect("/login"));
  transport.on("GET /login", page(shell));
  transport.on("POST /go", redirect(std::string(callback) + "?error=access_denied"));
  const auto out = go();
  EXPECT_EQ(out.landed, Landing::redirect_uri);
  EXPECT_EQ(*base::find_parameter(out.parameters, "error"), "access_denied");
}

// A console on another origin is not fetched; what it would send goes to the server.
TEST_F(LoginSteps, APageOnAnotherHost) {
  use(R"({"driver":"steps","steps":[{"page":"https://console.test/*",
    "send":{"url":"http://as.test/decide","json":{"ticket":"${page.query.ticket}"},"take":{"next":{"json":"/to"}}},"go":"${next}"}]})");
  transport.on("GET /authorize", redirect("https://console.test/login?ticket=7"));
  transport.on("POST /decide", [](const ScriptedRequest& got) {
    EXPECT_EQ(got.body, R"({"ticket":"7"})");
    EXPECT_EQ(got.header("origin"), "https://console.test");
    return json(R"({"to":"http://127.0.0.1:4999/cb?code=1"})");
  });
  EXPECT_EQ(go().landed, Landing::redirect_uri);
}

TEST_F(LoginSteps, WrongPasswords) {
  use(better_auth);
  transport.on("GET /authorize", redirect("/login"));
  transport.on("GET /login", page(shell));
  const std::pair<std::string, Obstacle> rows[] = {
      {json(R"({"message":"Invalid email or password"})", 401), Obstacle::wrong_password},
      {json(R"({"error":"no such user"})"), Obstacle::wrong_password},
      {json(R"({"url":"/login"})"), Obstacle::wrong_password},
      {json(R"({"message":"slow down"})", 429), Obstacle::rate_limited},
      {json("{}", 500), Obstacle::step_failed}};
  for (const auto& [answer, obstacle] : rows) {
    transport.on("POST /api/sign-in", answer);
    state.clear();
    const auto out = go();
    EXPECT_EQ(out.landed, Landing::stuck);
    EXPECT_EQ(out.obstacle, obstacle) << out.note;
    EXPECT_THAT(out.note, Not(HasSubstr("pass\"")));
    EXPECT_FALSE(remedy(obstacle).empty());
  }
}

TEST_F(LoginSteps, APageWithoutAStepIsNamed) {
  use(R"({"driver":"steps","steps":[{"page":"/signin","send":{"url":"/go","json":{}}},{"page":"/error","refused":true}]})");
  transport.on("GET /authorize", redirect("/login"));
  transport.on("GET /login", page(shell));
  auto out = go();
  EXPECT_EQ(out.obstacle, Obstacle::needs_script);
  EXPECT_THAT(out.note, HasSubstr("at http://as.test/login, \"App\""));
  // A page of a script that says no, as the target file knows.
  transport.on("GET /authorize", redirect("/error?error=invalid_client"));
  transport.on("GET /error", page(shell));
  out = go();
  EXPECT_EQ(out.landed, Landing::page);
}

TEST_F(LoginSteps, DoesNotSendThePasswordToAnotherHostThatAnAnswerNames) {
  use(R"({"driver":"steps","steps":[{"page":"/login","take":{"to":{"field":"to"}},
    "send":{"url":"${to}","json":{"p":"${user.password}"}}}]})");
  transport.on("GET /authorize", redirect("/login"));
  transport.on("GET /login", page("<form><input name=to value=\"http://evil.test/\"></form>"));
  const auto out = go();
  EXPECT_EQ(out.obstacle, Obstacle::off_server);
  EXPECT_EQ(transport.requests.size(), 2u);
}

TEST_F(LoginSteps, TheDeadlineHolds) {
  use(better_auth);
  deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  const auto out = go();
  EXPECT_EQ(out.obstacle, Obstacle::too_late);
  EXPECT_TRUE(transport.requests.empty());
}

TEST_F(LoginSteps, CookiesThatAreBroughtAlong) {
  use(R"({"driver":"cookie","cookies":[{"name":"sid","value":"${env:SID}"},{"name":"x","value":"1","path":"/other"}]})");
  transport.on("GET /authorize", [](const ScriptedRequest& got) {
    return got.header("cookie") == "sid=env of SID"
               ? page("<form method=post><button>Allow</button></form>")
               : page("<form method=post><input name=u><input type=password name=p><button>Log in</button></form>");
  });
  transport.on("POST /authorize", redirect(std::string(callback) + "?code=1"));
  EXPECT_EQ(go().landed, Landing::redirect_uri);
  // The session is over: no password is sent.
  state.clear();
  target.login.cookies[0].value = base::Secret("old");
  const auto out = go();
  EXPECT_EQ(out.obstacle, Obstacle::session_refused);
  EXPECT_EQ(transport.requests.back().method, "GET");
}

TEST(LoginPage, FieldsForScripts) {
  constexpr std::string_view html =
      "<meta charset=utf-8><meta content='m 1' name='a'><META name=b content=2><form><input name=c value=3></form>";
  EXPECT_EQ(page_field(html, "a"), "m 1");
  EXPECT_EQ(page_field(html, "c"), "3");
  EXPECT_EQ(page_field(html, "d"), "");
  EXPECT_EQ(page_field("<meta name=", "d"), "");
  EXPECT_EQ(page_field("<meta name=\"d\" content=\"", "d"), "");
}

}  // namespace
}  // namespace assay::engine

// The front channel against pages as real frameworks write them.
#include "engine/browser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "engine/browser_body.hpp"
#include "engine/browser_landing.hpp"
#include "tests/support/fake_time.hpp"
#include "tests/support/scripted_transport.hpp"

namespace assay::engine {
namespace {

using support::page;
using support::redirect;
using support::response;
using support::ScriptedRequest;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view server = "http://127.0.0.1:4101";
constexpr std::string_view callback = "http://127.0.0.1:4999/cb";
const std::string start =
    std::string(server) + "/authorize?client_id=web&state=s1&redirect_uri=http%3A%2F%2F127.0.0.1%3A4999%2Fcb";

std::string value(const base::Parameters& parameters, std::string_view name) {
  const auto* found = base::find_parameter(parameters, name);
  return found ? *found : "(absent)";
}

class BrowserTest : public testing::Test {
 protected:
  Arrival go(std::string url = start, std::string sent = std::string(callback)) {
    Arrival out;
    support::run(browser.authorize(task(url, sent), out));
    return out;
  }
  LoginTask task(std::string_view url, std::string_view sent) {
    return {.wire = wire,
            .time = time,
            .state = state,
            .authorize_url = url,
            .registered = registered,
            .sent_redirect_uri = sent,
            .credentials = alice};
  }
  const ScriptedRequest& request(std::size_t i) const { return transport.requests.at(i); }

  support::ScriptedTransport transport;
  support::ScriptedWire wire{transport};
  std::vector<std::string> registered{std::string(callback)};
  Credentials alice{"alice", base::Secret("alice's pass & word")};
  support::FakeTime time;
  LoginState state;
  Browser browser{LoginOptions{}};
};

TEST_F(BrowserTest, StopsAtTheRedirectUriWithoutFetchingIt) {
  transport.on("GET /authorize", redirect("http://127.0.0.1:4999/cb?code=c%201&state=s1"));
  const auto out = go();
  EXPECT_EQ(out.landed, Landing::redirect_uri);
  EXPECT_EQ(out.location, "http://127.0.0.1:4999/cb?code=c%201&state=s1");
  EXPECT_EQ(value(out.parameters, "code"), "c 1");
  EXPECT_FALSE(out.in_fragment);
  EXPECT_EQ(out.status, 302);
  EXPECT_EQ(out.outcome, net::Outcome::ok);
  ASSERT_EQ(transport.requests.size(), 1u);
  EXPECT_EQ(request(0).target, start.substr(server.size()));
  EXPECT_EQ(request(0).header("host"), "127.0.0.1:4101");
  EXPECT_THAT(request(0).header("user-agent"), HasSubstr("assay/"));
  EXPECT_EQ(request(0).header("accept-encoding"), "");
  EXPECT_EQ(request(0).header("sec-fetch-mode"), "navigate");
  EXPECT_EQ(request(0).header("cookie"), "");
}

TEST_F(BrowserTest, ReadsTheFragment) {
  transport.on("GET /authorize", redirect("http://127.0.0.1:4999/cb#access_token=t&state=s1"));
  const auto out = go();
  EXPECT_EQ(out.landed, Landing::redirect_uri);
  EXPECT_TRUE(out.in_fragment);
  EXPECT_EQ(value(out.parameters, "access_token"), "t");
}

// The browser keeps the memory of a visit, not what was in it.
TEST_F(BrowserTest, TheNextVisitKnowsNothingOfTheOneBefore) {
  transport.on("GET /authorize", response(200, "", R"(<form method=post action="/login?a=b#f"><input name=user>
    <input type=password name=pw><button>Sign in</button></form>)"));
  transport.on("POST /login", redirect("http://127.0.0.1:4999/cb?code=c1&state=s1#x"));
  Arrival out;
  for (int i = 0; i < 4; ++i) {  // in one visit, no page is answered as often
    support::run(browser.authorize(task(start, callback), out));
    ASSERT_EQ(value(out.parameters, "code"), "c1") << i;
  }
  transport.requests.clear();
  transport.on("GET /authorize", redirect("/elsewhere"));
  transport.on("GET /elsewhere", response(503, "", ""));
  support::run(browser.authorize(task(start, callback), out));
  EXPECT_EQ(out.landed, Landing::page);
  EXPECT_EQ(out.location, "http://127.0.0.1:4101/elsewhere");
  EXPECT_EQ(out.parameters, base::Parameters{});
  EXPECT_EQ(out.status, 503);
  EXPECT_EQ(out.credentials_status, 0);
  ASSERT_EQ(transport.requests.size(), 2u);
  EXPECT_EQ(request(0).header("referer"), "");
  EXPECT_EQ(request(0).header("origin"), "");
  EXPECT_EQ(request(0).header("content-type"), "");
  EXPECT_EQ(request(1).method, "GET");
  EXPECT_EQ(request(1).target, "/elsewhere");
  EXPECT_EQ(request(1).body, "");
}

// Django: a CSRF cookie and field, relative action with a query, and a consent page whose first button is "Cancel".
TEST_F(BrowserTest, DjangoLike) {
  transport.on("GET /authorize", [](const ScriptedRequest& got) {
    if (got.header("cookie").find("sessionid=in") == std::string::npos)
      return redirect("/admin/login/?next=/authorize%3Fclient_id%3Dweb");
    return page(R"(<h3>Authorize web?</h3><form id="authorizationForm" method="post">
      <input type="hidden" name="csrfmiddlewaretoken" value="t2"><input type="hidden" name="state" value="s1" id="id_state">
      <input type="hidden" name="redirect_uri" value="http://127.0.0.1:4999/cb"><input type="hidden" name="scope" value="read">
      <div class="controls"><input type="submit" class="btn btn-large" value="Cancel"/>
      <input type="submit" class="btn btn-large btn-primary" name="allow" value="Authorize"/></div></form>)");
  });
  transport.on("GET /admin/login/", page(R"(<title>Log in | Django site admin</title>
    <form action="/admin/login/?next=/authorize%3Fclient_id%3Dweb" method="post" id="login-form">
    <input type="hidden" name="csrfmiddlewaretoken" value="t1"><label for="id_username">Username:</label>
    <input type="text" name="username" autofocus maxlength="150" required id="id_username">
    <input type="password" name="password" autocomplete="current-password" required id="id_password">
    <input type="hidden" name="next" value="/authorize?client_id=web"><input type="submit" value="Log in"></form>)",
                                         "Set-Cookie: csrftoken=c1; Path=/; SameSite=Lax\r\n"));
  transport.on("POST /admin/login/", [](const ScriptedRequest& got) {
    EXPECT_EQ(got.header("cookie"), "csrftoken=c1");
    EXPECT_EQ(got.header("origin"), server);
    EXPECT_EQ(got.header("referer"), std::string(server) + "/admin/login/?next=/authorize%3Fclient_id%3Dweb");
    EXPECT_EQ(got.header("sec-fetch-site"), "same-origin");
    EXPECT_EQ(value(got.form, "csrfmiddlewaretoken"), "t1");
    EXPECT_EQ(value(got.form, "username"), "alice");
    EXPECT_EQ(value(got.form, "password"), "alice's pass & word");
    EXPECT_EQ(value(got.form, "next"), "/authorize?client_id=web");
    return redirect("/authorize?client_id=web",
                    "Set-Cookie: csrftoken=c2; Path=/\r\nSet-Cookie: sessionid=in; HttpOnly; Path=/\r\n");
  });
  transport.on("POST /authorize", [](const ScriptedRequest& got) {
    EXPECT_THAT(got.target, testing::StartsWith("/authorize?client_id=web"));
    EXPECT_EQ(got.header("cookie"), "csrftoken=c2; sessionid=in");
    EXPECT_EQ(value(got.form, "allow"), "Authorize");
    return redirect(std::string(callback) + "?code=1&state=" + value(got.form, "state"));
  });
  const auto out = go();
  EXPECT_EQ(out.landed, Landing::redirect_uri) << out.note;
  EXPECT_EQ(value(out.parameters, "state"), "s1");
  EXPECT_THAT(wire.purposes,
              ElementsAre("authorization request", "redirect", "login form", "redirect", "consent form"));

  // The same browser is still logged in; a fresh one is not.
  wire.purposes.clear();
  EXPECT_EQ(go().landed, Landing::redirect_uri);
  EXPECT_THAT(wire.purposes, ElementsAre("authorization request", "consent form"));
  wire.purposes.clear();
  state.clear();
  EXPECT_EQ(go().landed, Landing::redirect_uri);
  EXPECT_EQ(wire.purposes.size(), 5u);
}

// Rails: nested field names, hidden and checkbox of one name, and two forms that differ by _method only.
TEST_F(BrowserTest, RailsLike) {
  transport.on("GET /authorize", redirect("users/sign_in"));
  transport.on("GET /users/sign_in", page(R"(<form action="sign_in" accept-charset="UTF-8" method="post">
    <input name="utf8" type="hidden" value="&#x2713;"><input type="hidden" name="authenticity_token" value="a+b/c==">
    <input type="text" name="user[login]"><input type="password" name="user[password]">
    <input name="user[remember_me]" type="hidden" value="0"><input type="checkbox" value="1" name="user[remember_me]">
    <input type="submit" name="commit" value="Log in"></form><form class="button_to" method="post" action="/users/auth/google">
    <input type="submit" value="Sign in with Google"></form>)"));
  transport.on("POST /users/sign_in", [](const ScriptedRequest& got) {
    EXPECT_EQ(value(got.form, "user[login]"), "alice");
    EXPECT_EQ(value(got.form, "authenticity_token"), "a+b/c==");
    EXPECT_EQ(value(got.form, "user[remember_me]"), "0");
    EXPECT_EQ(
        std::count_if(got.form.begin(), got.form.end(), [](auto& entry) { return entry.first == "user[remember_me]"; }),
        1);
    EXPECT_EQ(value(got.form, "commit"), "Log in");
    return redirect("../consent?x=1", "", 303);
  });
  transport.on("GET /consent",
               page(R"(<form action="/oauth/authorize" method="post"><input type="hidden" name="_method" value="delete">
    <input type="hidden" name="client_id" value="web"><input type="submit" name="commit" value="Deny"></form>
    <form action="/oauth/authorize" method="post"><input type="hidden" name="client_id" value="web">
    <input type="submit" name="commit" value="Authorize"></form>)"));
  transport.on("POST /oauth/authorize", [](const ScriptedRequest& got) {
    EXPECT_EQ(value(got.form, "_method"), "(absent)");
    return redirect(std::string(callback) + "?code=1");
  });
  EXPECT_EQ(go().landed, Landing::redirect_uri);
}

// oidc-provider: cookies scoped to one interaction, signed pairs, 303 everywhere.
TEST_F(BrowserTest, OidcProviderLike) {
  const auto interaction = [](std::string_view prompt, std::string_view fields) {
    return page("<title>" + std::string(prompt) +
                "</title><form autocomplete=off action=\"http://127.0.0.1:4101/interaction/abc\" "
                "method=post><input type=hidden name=prompt value=" +
                std::string(prompt) + ">" + std::string(fields) +
                "</form><a href=\"/interaction/abc/abort\">[ Cancel ]</a>");
  };
  std::string prompt = "login";
  transport.on("GET /authorize", redirect("/interaction/abc",
                                          "Set-Cookie: _interaction=abc; path=/interaction/abc; httponly\r\n"
                                          "Set-Cookie: _interaction.sig=s; path=/interaction/abc; httponly\r\n"
                                          "Set-Cookie: _interaction_resume=abc; path=/auth/abc; httponly\r\n",
                                          303));
  transport.on("GET /interaction/abc", [&](const ScriptedRequest& got) {
    EXPECT_EQ(got.header("cookie"), "_interaction=abc; _interaction.sig=s");
    return interaction(prompt,
                       prompt == "login"
                           ? "<input required type=text name=login placeholder='Enter any login'><input required "
                             "type=password name=password><button type=submit>Sign-in</button>"
                           : "<button autofocus type=submit>Continue</button>");
  });
  transport.on("POST /interaction/abc", [&](const ScriptedRequest& got) {
    EXPECT_EQ(value(got.form, "prompt"), prompt);
    EXPECT_EQ(value(got.form, "login"), prompt == "login" ? "alice" : "(absent)");
    return redirect("http://127.0.0.1:4101/auth/abc", "", 303);
  });
  transport.on("GET /auth/abc", [&](const ScriptedRequest& got) {
    EXPECT_EQ(got.header("cookie"), "_interaction_resume=abc");
    if (prompt == "consent")
      return redirect(std::string(callback) + "?code=1&iss=http%3A%2F%2F127.0.0.1%3A4101", "", 303);
    prompt = "consent";
    return redirect("/interaction/abc", "", 303);
  });
  const auto out = go();
  EXPECT_EQ(out.landed, Landing::redirect_uri) << out.note;
  EXPECT_EQ(value(out.parameters, "iss"), server);
}

// authlib's example: no action, and consent is one box to tick.
TEST_F(BrowserTest, AuthlibLike) {
  bool logged_in = false;
  transport.on("GET /authorize", [&](const ScriptedRequest&) {
    return logged_in ? page(
                           "<p>web wants read</p><form method=post><label><input type=checkbox name=confirm "
                           "value=yes>Consent?</label>"
                           "<button>Submit</button></form>")
                     : page(
                           "<form method=post><input name=username><input type=password name=password><button>Log "
                           "in</button></form>");
  });
  transport.on("POST /authorize", [&](const ScriptedRequest& got) {
    EXPECT_EQ(value(got.query, "state"), "s1");
    if (logged_in)
      return redirect(std::string(callback) +
                      (value(got.form, "confirm") == "yes" ? "?code=1" : "?error=access_denied"));
    logged_in = value(got.form, "username") == "alice";
    return redirect(got.target);
  });
  EXPECT_EQ(value(go().parameters, "code"), "1");
}

TEST_F(BrowserTest, IdentifierFirstThenInterstitialThenRefresh) {
  transport.on("GET /authorize",
               page("<form action=/id method=post><input type=email name=identifier><button>Next</button></form>"));
  transport.on("POST /id", [](const ScriptedRequest& got) {
    EXPECT_EQ(value(got.form, "identifier"), "alice");
    return page(
        "<form action=/pw method=post><input name=identifier readonly value=alice><input type=password name=secret>"
        "<button>Sign in</button></form>");
  });
  transport.on("POST /pw", [](const ScriptedRequest& got) {
    EXPECT_EQ(value(got.form, "identifier"), "alice");
    return page("<p>Welcome</p><form action=/go><input type=hidden name=k value=v><button>Continue</button></form>");
  });
  transport.on("GET /go", [](const ScriptedRequest& got) {
    EXPECT_EQ(got.target, "/go?k=v");
    return page("<meta http-equiv=refresh content='0; url=/done'>One moment");
  });
  transport.on("GET /done", redirect(std::string(callback) + "?code=1", "", 307));
  EXPECT_EQ(go().landed, Landing::redirect_uri);
  EXPECT_THAT(wire.purposes,
              ElementsAre("authorization request", "login form", "login form", "consent form", "redirect"));
}

TEST_F(BrowserTest, AWrongPasswordIsNoticed) {
  transport.on("GET /authorize", redirect("/login?next=1"));
  transport.on("GET /login",
               page("<form method=post><input name=user><input type=password name=p><button>Log in</button></form>"));
  transport.on("POST /login", redirect("/login?failed=1"));
  auto out = go();
  EXPECT_EQ(out.landed, Landing::stuck);
  EXPECT_EQ(out.obstacle, Obstacle::wrong_password);
  EXPECT_THAT(out.note,
              testing::StartsWith("wrong user name or password? The login page came back after the password"));
  EXPECT_THAT(out.note, HasSubstr("at http://127.0.0.1:4101/login: Log in"));
  EXPECT_EQ(std::count(wire.purposes.begin(), wire.purposes.end(), "login form"), 2);
  // The same when the server answers with an error status.
  transport.on("POST /login", response(422, "text/html",
                                       "<form method=post><input name=user><input type=password name=p><button>Log in"
                                       "</button></form>"));
  EXPECT_EQ(go().landed, Landing::stuck);
}

TEST_F(BrowserTest, ALoginRefusedWithAPageOfItsOwnIsNoticed) {
  transport.on("GET /authorize",
               page("<form method=post><input name=user><input type=password name=p><button>Log in</button></form>"));
  transport.on("POST /authorize", response(401, "text/html", "<title>Bad credentials</title><a href=/login>again</a>"));
  const auto out = go();
  EXPECT_EQ(out.landed, Landing::stuck);
  EXPECT_EQ(out.obstacle, Obstacle::wrong_password);
  EXPECT_EQ(out.note,
            "the server refused the login: status 401; at http://127.0.0.1:4101/authorize, \"Bad credentials\": again");
}

TEST_F(BrowserTest, AStaleFormIsFilledInAgain) {
  int posts = 0;
  const auto form = [&] {
    return page("<form method=post><input type=hidden name=csrf value=" + std::to_string(posts) +
                "><input name=user><input type=password name=p><button>Log in</button></form>");
  };
  transport.on("GET /authorize", [&](const ScriptedRequest&) { return form(); });
  transport.on("POST /authorize", [&](const ScriptedRequest& got) {
    if (value(got.form, "csrf") == "1") return redirect(std::string(callback) + "?code=1");
    ++posts;
    return form();
  });
  EXPECT_EQ(go().landed, Landing::redirect_uri);
}

TEST_F(BrowserTest, ARedirectLoopEnds) {
  transport.on("GET /authorize", redirect("/a"));
  transport.on("GET /a", redirect("/authorize?secret=1"));
  const auto out = go();
  EXPECT_EQ(out.landed, Landing::stuck);
  EXPECT_THAT(out.note, HasSubstr("redirects without end"));
  EXPECT_EQ(out.obstacle, Obstacle::endless_redirect);
  EXPECT_THAT(out.note, Not(HasSubstr("secret")));
  EXPECT_EQ(transport.requests.size(), 13u);
}

TEST_F(BrowserTest, AConsentLoopEnds) {
  transport.on(
      "GET /authorize",
      page("<form method=post><input type=checkbox name=a><input type=checkbox name=b><button>Allow</button></form>"));
  transport.on("POST /authorize", redirect("/authorize"));
  const auto out = go();
  EXPECT_EQ(out.landed, Landing::stuck);
  EXPECT_THAT(out.note, HasSubstr("consent page came back"));
  EXPECT_EQ(request(1).body, "");
  EXPECT_EQ(request(3).body, "a=on&b=on");
}

TEST_F(BrowserTest, AnAlteredRedirectUriIsElsewhere) {
  transport.on("GET /authorize",
               [](const ScriptedRequest& got) { return redirect(value(got.query, "redirect_uri") + "?code=1"); });
  const auto out =
      go(std::string(server) + "/authorize?redirect_uri=https%3A%2F%2Fevil.example%2Fcb", "https://evil.example/cb");
  EXPECT_EQ(out.landed, Landing::elsewhere);
  EXPECT_EQ(value(out.parameters, "code"), "1");
  EXPECT_EQ(transport.requests.size(), 1u);
  // An unknown host that nobody asked for is never fetched either.
  transport.on("GET /authorize", redirect("//other.example/?error=x"));
  EXPECT_EQ(go().landed, Landing::elsewhere);
  transport.on("GET /authorize", redirect("com.example.app:/cb?code=1"));
  EXPECT_EQ(go().landed, Landing::elsewhere);
  EXPECT_EQ(transport.requests.size(), 3u);
}

TEST_F(BrowserTest, ScriptsAndDataAreNeverFollowed) {
  const std::string uris[] = {"javascript://c.example/cb", "JavaScript:alert(1)", "data:text/html,//c.example/cb",
                              "vbscript:x", "file:///etc/passwd"};
  for (const auto& uri : uris)
    for (const auto& sent : {uri, registered[0]}) {
      transport.on("GET /authorize", redirect(uri + "?code=1"));
      auto out = go(start, sent);
      EXPECT_EQ(out.landed, Landing::elsewhere) << uri;
      EXPECT_EQ(value(out.parameters, "code"), "1") << uri;
      transport.on("GET /authorize", page("<meta http-equiv=\"refresh\" content=\"0;url=" + uri + "\">"));
      EXPECT_EQ(go(start, sent).landed, Landing::elsewhere) << uri;
    }
  EXPECT_EQ(transport.requests.size(), std::size(uris) * 4);
}

TEST_F(BrowserTest, ARedirectUriOnTheServersOwnOrigin) {
  registered = {std::string(server) + "/client/cb"};
  transport.on("GET /authorize", redirect("/client/cb?code=1"));
  EXPECT_EQ(go(start, registered[0]).landed, Landing::redirect_uri);
  transport.on("GET /authorize", redirect("/client/cb/more?code=1"));
  EXPECT_EQ(go(start, registered[0] + "/more").landed, Landing::elsewhere);
  EXPECT_EQ(transport.requests.size(), 2u);
}

TEST_F(BrowserTest, CustomSchemesAndSeveralRedirectUris) {
  registered = {"com.example.app:/cb", "http://127.0.0.1:4999/cb?tenant=1"};
  transport.on("GET /authorize", redirect("com.example.app:/cb?code=1"));
  auto out = go(start, registered[0]);
  EXPECT_EQ(out.landed, Landing::redirect_uri);
  EXPECT_EQ(value(out.parameters, "code"), "1");
  transport.on("GET /authorize", redirect("http://127.0.0.1:4999/cb?tenant=1&code=2"));
  out = go(start, registered[1]);
  EXPECT_EQ(out.landed, Landing::redirect_uri);
  EXPECT_EQ(value(out.parameters, "code"), "2");
}

TEST(Landings, OfRedirectUrisThatNearlyMatch) {
  const std::vector<std::string> registered{"http://c.example/cb"};
  const auto match = [&](std::string_view location, std::string_view sent) {
    return match_redirect_uri(location, base::parse_url(location), registered, sent);
  };
  EXPECT_EQ(match("http://c.example/cb?code=1", "http://c.example/cb"), Landing::redirect_uri);
  EXPECT_EQ(match("HTTP://C.example:80/cb?code=1", "http://c.example/cb"), Landing::redirect_uri);
  EXPECT_EQ(match("http://c.example/cb?error=1", "http://c.example/cb?x=1"), Landing::redirect_uri);
  EXPECT_EQ(match("http://c.example/cb?x=1&code=1", "http://c.example/cb?x=1"), Landing::elsewhere);
  EXPECT_EQ(match("http://c.example/cb/../cb?code=1", "http://c.example/cb/../cb"), Landing::elsewhere);
  EXPECT_EQ(match("http://c.example/cb2?code=1", "http://c.example/cb"), std::nullopt);
  EXPECT_EQ(match("http://c.example/c?code=1", "http://c.example/c"), Landing::elsewhere);
  EXPECT_EQ(match("http://c.example/cb?error=1", ""), Landing::redirect_uri);
}

TEST_F(BrowserTest, FormPost) {
  transport.on("GET /authorize", response(200, "", R"html(<html><body onload="document.forms[0].submit()">
    <form method="post" action="http://127.0.0.1:4999/cb"><input type="hidden" name="code" value="c&amp;1">
    <input type="hidden" name="state" value="s1"><noscript><button>Continue</button></noscript></form></body></html>)html"));
  const auto out = go();
  EXPECT_EQ(out.landed, Landing::redirect_uri);
  EXPECT_TRUE(out.in_form_post);
  EXPECT_EQ(value(out.parameters, "code"), "c&1");
  EXPECT_EQ(transport.requests.size(), 1u);
}

TEST_F(BrowserTest, ErrorPagesAreNotClickedThrough) {
  for (const std::string form :
       {"<form action=/><button>Back</button></form>", "<form action=/search><input name=q><button>Go</button></form>",
        "<form method=post action=/logout><button>Log out</button></form>", ""}) {
    transport.on("GET /authorize", page("<title>Error</title><h1>The redirect uri included is not valid.</h1>" + form));
    const auto out = go();
    EXPECT_EQ(out.landed, Landing::page) << form;
    EXPECT_THAT(out.note, HasSubstr("\"Error\": The redirect uri included is not valid."));
  }
  transport.on("GET /authorize", response(400, "text/html",
                                          "<title>Bad</title><form method=post><input name=user><input type=password "
                                          "name=p><button>Log in</button></form>"));
  EXPECT_EQ(go().landed, Landing::page);
  transport.on("GET /authorize", response(400, "application/json", R"({"error":"invalid_client"})"));
  EXPECT_THAT(go().note, HasSubstr("invalid_client"));
  EXPECT_EQ(transport.requests.size(), 6u);
  // A page whose only button says nothing is left alone after a few tries.
  transport.on("GET /authorize", page("<title>Oops</title><form method=post action=/authorize><input type=hidden "
                                      "name=a><button>OK</button></form>"));
  transport.on("POST /authorize", redirect("/authorize"));
  EXPECT_EQ(go().landed, Landing::page);
}

TEST_F(BrowserTest, AnswersThatDoNotCome) {
  transport.outcome = net::Outcome::timed_out;
  const auto out = go();
  EXPECT_EQ(out.landed, Landing::stuck);
  EXPECT_EQ(out.outcome, net::Outcome::timed_out);
  EXPECT_EQ(out.note,
            "no answer to the authorization request: timed out: by the script; at http://127.0.0.1:4101/authorize");
  transport.outcome = net::Outcome::ok;
  EXPECT_EQ(go("urn:nothing").landed, Landing::stuck);
  transport.on("GET /authorize", response(302, "", ""));
  EXPECT_EQ(go().landed, Landing::page);
}

TEST_F(BrowserTest, ThePasswordStaysOnTheServer) {
  transport.on(
      "GET /authorize",
      page("<form method=post action=http://evil.example/in><input name=user><input type=password name=p></form>"));
  const auto out = go();
  EXPECT_EQ(out.landed, Landing::stuck);
  EXPECT_THAT(out.note, HasSubstr("off the server"));
  EXPECT_EQ(transport.requests.size(), 1u);
}

TEST_F(BrowserTest, FurtherOriginsMayBelongToTheServer) {
  browser = Browser(LoginOptions{
      .user_field = {}, .password_field = {}, .allow_labels = {}, .login_origins = {"http://127.0.0.1:4102"}});
  transport.on("GET /authorize", redirect("http://127.0.0.1:4102/login"));
  transport.on("GET /login", [](const ScriptedRequest& got) {
    EXPECT_EQ(got.origin.port, 4102);
    EXPECT_EQ(got.header("sec-fetch-site"), "cross-site");
    return redirect(std::string(callback) + "?code=1");
  });
  EXPECT_EQ(go().landed, Landing::redirect_uri);
}

TEST_F(BrowserTest, KeepsTheMethodFor307Only) {
  transport.on("GET /authorize",
               page("<form method=post action=/a><input type=hidden name=x value=1><button>Allow</button></form>"));
  transport.on("POST /a", redirect("/b", "", 307));
  transport.on("POST /b", [](const ScriptedRequest& got) {
    EXPECT_EQ(got.body, "x=1");
    EXPECT_EQ(got.header("content-type"), "application/x-www-form-urlencoded");
    return redirect("/c", "", 302);
  });
  transport.on("GET /c", [](const ScriptedRequest& got) {
    EXPECT_EQ(got.body, "");
    EXPECT_EQ(got.header("content-type"), "");
    return redirect(std::string(callback) + "?code=1");
  });
  EXPECT_EQ(go().landed, Landing::redirect_uri);
}

TEST_F(BrowserTest, OddBytesInALocationAreEscaped) {
  transport.on("GET /authorize", redirect("/a b?x=\xC3\xA4 \"<"));
  transport.on("GET /a%20b", [](const ScriptedRequest& got) {
    EXPECT_EQ(got.target, "/a%20b?x=%C3%A4%20%22%3C");
    return redirect(std::string(callback) + "?code=1");
  });
  EXPECT_EQ(go().landed, Landing::redirect_uri);
}

TEST_F(BrowserTest, ConfiguredLabelsAndFields) {
  browser =
      Browser(LoginOptions{.user_field = "f1", .password_field = "f2", .allow_labels = {"Znorf"}, .login_origins = {}});
  transport.on(
      "GET /authorize",
      page("<form method=post action=/in><input name=f0><input name=f1><input name=f2><button>Blarg</button></form>"));
  transport.on("POST /in", [](const ScriptedRequest& got) {
    EXPECT_EQ(value(got.form, "f1"), "alice");
    EXPECT_EQ(value(got.form, "f2"), "alice's pass & word");
    return page(
        "<form method=post action=/yes><button name=a value=0>Blarg</button><button name=a "
        "value=1>Znorf</button></form>");
  });
  transport.on("POST /yes", [](const ScriptedRequest& got) {
    EXPECT_EQ(got.body, "a=1");
    return redirect(std::string(callback) + "?code=1");
  });
  EXPECT_EQ(go().landed, Landing::redirect_uri);
}

std::string deflated(std::string_view text, int window) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY);
  std::string out(text.size() + 1000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

TEST(BrowserBody, IsDecodedWithinBounds) {
  EXPECT_EQ(decoded_body("plain", ""), "plain");
  EXPECT_EQ(decoded_body(deflated("text", 31), "GZIP"), "text");
  EXPECT_EQ(decoded_body(deflated("text", 15), "deflate"), "text");
  EXPECT_EQ(decoded_body(deflated("text", -15), "deflate"), "text");
  EXPECT_EQ(decoded_body("text", "gzip"), std::nullopt);
  EXPECT_EQ(decoded_body("text", "br"), std::nullopt);
  EXPECT_EQ(decoded_body(deflated(std::string(1u << 20, 'a'), 31), "gzip", 1000), std::nullopt);
  auto half = deflated(std::string(5000, 'a'), 31);
  half.resize(half.size() / 2);
  EXPECT_EQ(decoded_body(half, "gzip"), std::nullopt);
}

TEST_F(BrowserTest, AGzippedPageIsRead) {
  transport.on("GET /authorize", page(deflated("<form method=post action=/in><button>Allow</button></form>", 31),
                                      "Content-Encoding: gzip\r\n"));
  transport.on("POST /in", redirect(std::string(callback) + "?code=1"));
  EXPECT_EQ(go().landed, Landing::redirect_uri);
}

// What a person would see at once: these pages are not refusals, and nothing can be concluded from them.
class BrowserSightTest : public BrowserTest {
 protected:
  // The login form of a product, then `after` for the password.
  Arrival log_in_to(std::string after) {
    transport.on("GET /authorize",
                 page("<title>Sign in</title><form method=post><input name=username><input type=password "
                      "name=password><button>Sign in</button></form>"));
    transport.on("POST /authorize", std::move(after));
    return go();
  }
};

TEST_F(BrowserSightTest, Captchas) {
  // Auth0's universal login after failed attempts, a Cloudflare challenge, a WordPress login with reCAPTCHA that comes back.
  const std::pair<std::string, std::string> rows[] = {
      {page("<title>Log in</title><form method=post><input name=username><input type=password name=password><div "
            "class=\"ulp-captcha\" data-captcha-provider=\"auth0\"></div><button>Continue</button></form>"),
       "a captcha"},
      {response(
           403, "text/html",
           "<title>Just a moment...</title><script>window._cf_chl_opt={cvId:'3'}</script><noscript>Enable JavaScript "
           "and cookies to continue</noscript>"),
       "Cloudflare"},
      {page("<form method=post><input name=username><input type=password name=password><div class=g-recaptcha "
            "data-sitekey=x></div><button>Log In</button></form>"),
       "reCAPTCHA"}};
  for (const auto& [after, name] : rows) {
    const auto out = log_in_to(after);
    EXPECT_EQ(out.landed, Landing::stuck);
    EXPECT_EQ(out.obstacle, Obstacle::captcha) << out.note;
    EXPECT_THAT(out.note, HasSubstr(name));
  }
}

TEST_F(BrowserSightTest, PagesThatNeedAScript) {
  const std::string pages[] = {
      // create-react-app, Vue, Angular, and glewlwyd's login page.
      "<title>React App</title><noscript>You need to enable JavaScript to run this app.</noscript><div "
      "id=\"root\"></div>"
      "<script src=/static/js/main.js></script>",
      "<title>Portal</title><div id=app></div><script src=/assets/index.js type=module></script>",
      "<title>Login</title><app-root></app-root><script src=main.js></script>",
      "<title>Glewlwyd SSO server</title><div id=\"root\"></div><script src=js/jquery.js></script><script "
      "src=login.js></script>"};
  for (const auto& html : pages) {
    transport.on("GET /authorize", page(html));
    const auto out = go();
    EXPECT_EQ(out.landed, Landing::stuck);
    EXPECT_EQ(out.obstacle, Obstacle::needs_script) << out.note;
    EXPECT_THAT(out.note, HasSubstr("at http://127.0.0.1:4101/authorize, \""));
  }
  // An error page that happens to have scripts is an answer.
  transport.on("GET /authorize",
               page("<title>Error</title><h1>invalid_request</h1><p>The redirect URI is not registered for "
                    "this client, and this text is longer than that of an empty page.<script src=a.js></script>"));
  EXPECT_EQ(go().landed, Landing::page);
  transport.on("GET /authorize",
               response(400, "text/html", "<title>E</title><div id=root></div><script src=a.js></script>"));
  EXPECT_EQ(go().landed, Landing::page);
}

TEST_F(BrowserSightTest, AConsentThatCannotBeGivenIsNamedButIsAPage) {
  transport.on("GET /authorize", page("<title>Grant access</title><p>web would like access to your files</p><form "
                                      "method=post><button>Zurück</button><button>Abbrechen</button></form>"));
  auto out = go();
  EXPECT_EQ(out.landed, Landing::page);
  EXPECT_EQ(out.obstacle, Obstacle::consent_not_found) << out.note;
  EXPECT_THAT(out.note, HasSubstr("\"Zurück\", \"Abbrechen\""));
  // An error page with a way to log out is not a question.
  transport.on("GET /authorize", page("<title>An error has occurred</title><p>The client is not authorized to use this "
                                      "grant.</p><form method=post action=/logout><button>Log out</button></form>"));
  out = go();
  EXPECT_EQ(out.landed, Landing::page);
  EXPECT_EQ(out.obstacle, Obstacle::none);
}

TEST_F(BrowserSightTest, TooManyLogins) {
  const auto out = log_in_to(response(429, "text/html", "<title>Slow down</title>", "Retry-After: 60\r\n"));
  EXPECT_EQ(out.obstacle, Obstacle::rate_limited);
}

// Keycloak: the same page with what was wrong; the note says which page and what it shows.
TEST_F(BrowserSightTest, WhatThePageSays) {
  const auto out =
      log_in_to(page("<title>Sign in to demo</title><form method=post><input name=username><span>Invalid username "
                     "or password.</span><input type=password name=password><button>Sign in</button></form>"));
  EXPECT_EQ(out.obstacle, Obstacle::wrong_password);
  EXPECT_THAT(out.note, HasSubstr("\"Sign in to demo\": Invalid username or password."));
}

TEST_F(BrowserSightTest, EveryObstacleHasARemedy) {
  for (int i = 1; i <= static_cast<int>(Obstacle::driver_failed); ++i)
    EXPECT_FALSE(remedy(static_cast<Obstacle>(i)).empty()) << i;
}

}  // namespace
}  // namespace assay::engine

// Does the front channel work, and do codes buy tokens? The redirect URI, the login, the second user, the code, the refresh
// token, an oracle, and whether rules may run side by side.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "engine/login_helpers.hpp"
#include "engine/preflight_trial.hpp"

namespace assay::engine {
namespace {

using record::Verdict;

std::string login_and_token(const std::string& deviation) {
  return R"({"authorize":{"client":"web")" + deviation +
         R"(},"as":"grant"},{"token":{"grant":"authorization_code","code":"${grant.code}"},"as":"step"})";
}

class FrontChannel {
 public:
  explicit FrontChannel(Trial& trial) : trial_(trial), target_(trial.target()) {}

  net::awaitable<void> run() {
    if (const auto* helpers = target_.login_helpers())
      if (const auto why = helpers->left_out(); !why.empty()) {
        trial_.out().bad_login = "login: " + why;
        trial_.say("login", Verdict::not_applicable, why, "", {});
        co_return;
      }
    const auto found = co_await trial_.perform(R"({"authorize":{"client":"web"},"as":"step"})");
    if (found.landed == Landing::redirect_uri) {
      trial_.say("redirect URI", Verdict::pass, "the server comes back to it", "", found.exchanges);
      if (!found.code) co_return refused(found);
    } else if (co_await refuses_redirect_uri(found)) {
      trial_.out().bad_login = "redirect URI: " + found.actual;
      trial_
          .say("redirect URI", Verdict::blocked, target_.setting("redirect_uri") + ": " + found.actual,
               "is clients.web.redirect_uris exactly as registered, and is the client allowed the code grant?",
               found.exchanges)
          .problem = "redirect-uri";
      co_return;
    } else {
      co_return got_stuck(found);
    }
    trial_.say("login", Verdict::pass, "a code came back after " + base::plural(found.exchanges.size(), "request"), "",
               found.exchanges);
    const auto token = co_await trial_.perform(login_and_token(""));
    if (target_.user_count() > 1) co_await log_in_second();
    if (token.access_token.empty()) {
      trial_.say("code exchange", Verdict::warn, token.actual, "the rules will show more", token.exchanges).problem =
          problem_of_error(token.error, token.error_description);
      co_return;
    }
    trial_.say("code exchange", Verdict::pass, token.actual, "", token.exchanges);
    if (token.refresh_token.empty()) co_await look_for_refresh_token(token);
    co_await look_for_oracle(token.access_token);
    co_await try_side_by_side(token);
  }

 private:
  void block(const Finding& found, const std::string& hint, std::string problem) {
    trial_.out().bad_login = "login: " + found.actual + "; " + hint;
    trial_.say("login", Verdict::blocked, found.actual, hint, found.exchanges).problem = std::move(problem);
  }

  // The server came back with an error instead of a code.
  void refused(const Finding& found) {
    const auto problem = problem_of_error(found.error, found.error_description);
    std::string hint = "the server refuses the request: look at its error; check \"scope\" and \"authorize_params\"";
    if (problem == "scope") hint = "name only scopes in \"scope\" that the server has and this client may ask for";
    if (problem == "grant") hint = "allow the client \"web\" the authorization code grant (response type code)";
    if (problem == "pkce") hint = "the server wants PKCE in another way than S256: look at its error";
    if (problem == "consent")
      hint = "let \"login\".\"allow\" name what is on the button that consents, as the page writes it";
    block(found, hint, problem);
  }

  // What a page says; what a program says that should have logged in, or a person, is not the server's.
  static std::string problem_said(const Finding& found) {
    const bool by_another = found.obstacle == Obstacle::driver_failed || found.obstacle == Obstacle::too_late;
    return by_another ? "" : std::string(problem_of_page(found.note));
  }

  // The browser got no further. Where a page says what is wrong, its words decide.
  void got_stuck(const Finding& found) {
    trial_.out().login_refused = found.obstacle == Obstacle::wrong_password;
    auto problem = trial_.out().login_refused ? "login" : problem_said(found);
    if (problem.empty() && found.obstacle == Obstacle::consent_not_found) problem = "consent";
    if (problem.empty() && found.landed == Landing::stuck) problem = "login";
    std::string hint(remedy(found.obstacle));
    if (problem == "account")
      hint = "log in as this user with a browser once and do what the server asks for, or take a user who need not";
    else if (problem == "http-forbidden") hint = "the server wants https: change \"issuer\", or allow http for a test";
    else if (hint.empty() && found.landed == Landing::elsewhere)
      hint = "the login page is on another host, or clients.web.redirect_uris is not as registered";
    else if (hint.empty() && found.landed == Landing::page)
      hint =
          "the server shows this page instead of a login: look at what it says; check \"scope\" and "
          "\"authorize_params\"";
    else if (hint.empty())
      hint = "check \"users\"; if the page needs JavaScript or other fields, see \"login\" in the target file";
    trial_.say("redirect URI", Verdict::not_applicable, "cannot be told: the browser did not come back", "", {});
    block(found, hint, problem);
  }

  // Pages that name it, and pages that are the same for an address that nobody can have registered. Not asked again after a
  // login was tried: servers lock out who fails too often.
  net::awaitable<bool> refuses_redirect_uri(const Finding& found) {
    const auto problem = problem_said(found);
    if (problem == "redirect-uri") co_return true;
    if (found.landed != Landing::page || !problem.empty()) co_return false;
    const auto other = co_await trial_.perform(
        R"({"authorize":{"client":"web","redirect_uri":"http://127.0.0.1:9/assay-${fresh.word}"},"as":"step"})");
    co_return other.landed == Landing::page&& other.actual == found.actual;
  }

  // Rules that may harm what a user holds elsewhere use the second one beside the first, and some rules need both.
  net::awaitable<void> log_in_second() {
    const auto found = co_await trial_.perform(R"({"authorize":{"client":"web","user":2},"as":"step"})");
    if (found.landed == Landing::redirect_uri && found.code) {
      trial_.say("second login", Verdict::pass, "a code came back", "", found.exchanges);
      co_return;
    }
    trial_.out().bad_second_login = "login of the second user: " + found.actual + "; check \"users\"";
    trial_
        .say("second login", Verdict::warn, found.actual,
             "check the second of \"users\"; rules that need two users are blocked", found.exchanges)
        .problem = "login";
  }

  bool claims_refresh() const {
    const auto& file = target_.target();
    const auto names = [](const std::vector<std::string>& grants) {
      return std::ranges::find(grants, "refresh_token") != grants.end();
    };
    return base::has_word(file.scope, "offline_access") || names(file.grants) ||
           (file.grants.empty() && target_.metadata() && names(target_.metadata()->grant_types_supported));
  }

  // OpenID Connect Core section 11: offline_access may need the user's consent each time.
  net::awaitable<void> look_for_refresh_token(const Finding& token) {
    if (!claims_refresh()) co_return;
    const auto& parameters = target_.target().authorize_params;
    if (std::ranges::find(parameters, "prompt", &std::pair<std::string, std::string>::first) == parameters.end()) {
      const auto again = co_await trial_.perform(login_and_token(R"(,"set":{"prompt":"consent"})"));
      if (!again.refresh_token.empty()) {
        trial_.out().consent_prompt_helps = true;
        trial_
            .say("refresh token", Verdict::warn, "comes with prompt=consent only",
                 R"(add "authorize_params": { "prompt": "consent" } to the target file)", again.exchanges)
            .problem = "consent-prompt";
        co_return;
      }
    }
    trial_
        .say("refresh token", Verdict::warn, "none came, though the server has the grant",
             base::has_word(target_.target().scope, "offline_access")
                 ? "is the client \"web\" allowed the grant refresh_token? rules about it do not apply without"
                 : "does \"scope\" need offline_access, or the client the grant refresh_token?",
             token.exchanges)
        .problem = "refresh-token";
  }

  net::awaitable<void> look_for_oracle(std::string token) {
    if (!trial_.oracle().available()) {
      trial_.say("oracle", Verdict::warn, "nothing can tell whether an access token is alive",
                 "add endpoints.introspection or endpoints.resource", {});
      co_return;
    }
    const auto found = co_await trial_.ask_oracle(std::move(token));
    if (found) {
      trial_.say("oracle", Verdict::pass, std::string(trial_.oracle().name(*found)) + " accepts a fresh token", "", {});
      co_return;
    }
    trial_
        .say("oracle", Verdict::warn, "neither introspection nor userinfo nor the resource accepts a fresh token",
             "may clients.web use introspection? does \"scope\" hold openid for userinfo? rules that need an oracle "
             "are inconclusive",
             {})
        .problem = target_.endpoint(EndpointKind::introspection) ? "introspection" : "scope";
  }

  // Some servers give a user the same token again, or let a further login end the earlier one: there, what one rule does
  // would be seen by another.
  net::awaitable<void> try_side_by_side(const Finding& first) {
    const auto second = co_await trial_.perform(login_and_token(""));
    if (second.access_token.empty()) co_return;
    std::string why;
    if (second.access_token == first.access_token ||
        (!first.refresh_token.empty() && second.refresh_token == first.refresh_token)) {
      why = "the server gives the same token to the same user again";
    } else if (!first.refresh_token.empty() && !first.refresh_token.contains("${")) {
      const auto refreshed = co_await trial_.perform(R"({"refresh":{"client":"web","token":)" +
                                                     nlohmann::json(first.refresh_token).dump() + R"(},"as":"step"})");
      if (refreshed.error == "invalid_grant") why = "a further login ended the grant before";
    }
    if (why.empty()) co_return;
    trial_.out().one_at_a_time = why;
    trial_.say("side by side", Verdict::pass, why + ": rules run one at a time", "", second.exchanges);
  }

  Trial& trial_;
  const BoundTarget& target_;
};

bool holds_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return text.contains(word); });
}

}  // namespace

std::string problem_of_error(std::string_view error, std::string_view description) {
  const auto words = base::lower(description);
  if (error == "invalid_scope") return "scope";
  if (error == "access_denied" || error == "consent_required" || error == "interaction_required") return "consent";
  if (error == "login_required" || error == "account_selection_required") return "login";
  if (holds_any(words, {"pkce", "code_challenge", "code challenge", "code_verifier"})) return "pkce";
  if (error == "unauthorized_client" || error == "unsupported_response_type") return "grant";
  if (error == "invalid_client") return "credentials";
  if (holds_any(words, {"redirect_uri", "redirect uri"})) return "redirect-uri";
  return "";
}

std::string problem_of_page(std::string_view text) {
  const auto words = base::lower(text);
  if (holds_any(words, {"redirect_uri", "redirect uri", "redirect url", "redirecturi", "callback url", "reply url",
                        "return url"}))
    return "redirect-uri";
  if (holds_any(words, {"pkce", "code_challenge", "code challenge"})) return "pkce";
  if (holds_any(words, {"https required", "https is required", "must use https", "insecure http"}))
    return "http-forbidden";
  if (holds_any(words, {"invalid_scope", "invalid scope", "unknown scope"})) return "scope";
  if (holds_any(words, {"invalid_client", "client not found", "unknown client", "client does not exist"}))
    return "credentials";
  if (holds_any(words, {"unauthorized_client", "unsupported_response_type", "not allowed to initiate"})) return "grant";
  if (holds_any(words, {"update password", "update your password", "change your password", "update profile",
                        "update account information", "verify your email", "verify email", "one-time code",
                        "authenticator", "two-factor", "not fully set up", "activate your account"}))
    return "account";
  return "";
}

net::awaitable<void> try_login(Trial& trial) {
  if (!trial.target().client("web") || !trial.target().endpoint(EndpointKind::authorization)) co_return;
  if (trial.out().bad_clients.contains("web")) co_return;
  FrontChannel front(trial);
  co_await front.run();
}

}  // namespace assay::engine

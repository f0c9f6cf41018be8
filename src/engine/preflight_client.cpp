// Does the server know this client? A client introduces itself: with its grant if it is a service, with a made-up code if not.
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "engine/preflight_trial.hpp"

namespace assay::engine {
namespace {

using record::Verdict;
using rules::ClientAuth;

// Errors of a server that knows who asks, whatever status it gives them: invalid_grant with 401 or 403 is about the code.
bool names_known_client(std::string_view error) {
  return error == "invalid_grant" || error == "unauthorized_client" || error == "unsupported_grant_type" ||
         error == "invalid_scope";
}

// Of the error codes of RFC 6749 section 5.2, or none.
bool is_standard(std::string_view error) {
  return error.empty() || error == "invalid_client" || error == "invalid_request" || names_known_client(error);
}

bool looks_refused(const Finding& found) {
  // Words of their own come with any status: GitHub's incorrect_client_credentials with 200.
  if (!is_standard(found.error) && base::lower(found.error).contains("client")) return true;
  return found.error == "invalid_client" ||
         ((found.status == 401 || found.status == 403) && !names_known_client(found.error));
}

std::string introduction(const std::string& role, const std::string& deviation) {
  const std::string client = R"("client":")" + role + R"(")" + deviation;
  if (role == "service") return R"({"token":{"grant":"client_credentials",)" + client + R"(},"as":"step"})";
  return R"({"token":{"grant":"authorization_code","code":"${fresh.random}","code_verifier":"${fresh.random}",)" +
         client + R"(},"as":"step"})";
}

std::string in_words(ClientAuth auth) {
  switch (auth) {
    case ClientAuth::basic: return "with HTTP Basic";
    case ClientAuth::post: return "with client_secret in the body";
    case ClientAuth::none: break;
  }
  return "without a secret";
}

class Introduction {
 public:
  Introduction(Trial& trial, const std::string& role)
      : trial_(trial), role_(role), client_(*trial.target().client(role)), name_("client " + role) {}

  net::awaitable<void> run() {
    const auto found = co_await trial_.perform(introduction(role_, ""));
    const bool service = role_ == "service";
    if (found.nothing || !found.ok) {
      bad(found.actual,
          found.ok ? "the token endpoint gave no usable answer; try again, or raise settings.timeout"
                   : "the token endpoint gave no usable answer: " + connect_hint(found.outcome),
          "", found);
    } else if (co_await reads_json_only(found)) {
      bad(found.actual + ", which is its answer to any form; but it reads JSON",
          R"(add "token_request": { "format": "json" }; token/post judges it all the same)", "", found);
    } else if (co_await refuses_client(found)) {
      co_await explain_refusal(found);
    } else if (found.error == "unauthorized_client" ||
               (service && names_known_client(found.error) && found.error != "invalid_grant")) {
      explain_grant(found);
    } else if (!service && !found.access_token.empty()) {
      trial_.say(name_, Verdict::warn, "gets a token for a made-up code: " + found.actual, "the rules will show more",
                 found.exchanges);
    } else if (service && found.access_token.empty()) {
      trial_.say(name_, Verdict::warn, found.actual, "the rules will show more", found.exchanges);
    } else {
      trial_.say(name_, Verdict::pass,
                 service ? "gets a token" : "is known; a made-up code is refused: " + found.actual, "",
                 found.exchanges);
    }
  }

 private:
  void bad(const std::string& seen, std::string hint, std::string problem, const Finding& found) {
    trial_.out().bad_clients[role_] = "client " + role_ + ": " + seen + "; " + hint;
    trial_.say(name_, Verdict::blocked, seen, std::move(hint), found.exchanges).problem = std::move(problem);
  }

  // Servers have their own ways to refuse a code, a bare 403 or an error of their own among them. Those who answer a wrong
  // secret, or an id that nobody has, in another way know the client.
  net::awaitable<bool> refuses_client(const Finding& found) {
    if (!looks_refused(found)) co_return false;
    if (found.error == "invalid_client") co_return true;
    const bool nameless = client_.auth == ClientAuth::none;
    const auto other = co_await trial_.perform(
        introduction(role_, nameless ? R"(,"set":{"client_id":"${fresh.word}"})" : R"(,"auth":"wrong-secret")"));
    co_return other.nothing || !other.ok || (other.status == found.status && other.error == found.error);
  }

  // A server that answers every form alike, and different JSON differently, does not read forms.
  net::awaitable<bool> reads_json_only(const Finding& found) {
    const bool by_form = trial_.target().target().token_request.format == rules::RequestFormat::form;
    if (!by_form || found.status / 100 == 2 ||
        (is_standard(found.error) && found.status != 415 && !found.error.empty()))
      co_return false;
    const auto same = [](const Finding& a, const Finding& b) { return a.status == b.status && a.error == b.error; };
    const std::string other = R"({"token":{"grant":"assay_unknown","client":")" + role_ + R"(")";
    const auto other_form = co_await trial_.perform(other + R"(},"as":"step"})");
    if (!other_form.ok || !same(found, other_form)) co_return false;
    const auto json = co_await trial_.perform(introduction(role_, R"(,"format":"json")"));
    const auto other_json = co_await trial_.perform(other + R"(,"format":"json"},"as":"step"})");
    co_return json.ok&& other_json.ok && !json.nothing && !same(json, other_json) && !same(json, found);
  }

  // Wrong credentials, or right ones in the wrong place? Those who accept another way say so.
  net::awaitable<void> explain_refusal(const Finding& found) {
    if (co_await understood_raw()) {
      const std::string seen = found.actual + ", but the credentials are known when they are not form-encoded";
      const std::string hint = "the server does not decode HTTP Basic as RFC 6749 section 2.3.1 asks";
      if (role_ == "odd") {  // this client is there to find that out
        trial_.say(name_, Verdict::warn, seen, hint + "; the rules will show more", found.exchanges);
        trial_.out().misunderstood_odd = true;
      } else bad(seen, hint + R"(; add "basic": "raw" to clients.)" + role_, "", found);
      co_return;
    }
    const bool basic = client_.auth == ClientAuth::basic;
    if (client_.auth != ClientAuth::none) {
      const auto other =
          co_await trial_.perform(introduction(role_, basic ? R"(,"auth":"post")" : R"(,"auth":"basic")"));
      if (other.ok && !other.nothing && !looks_refused(other)) {
        const auto auth = basic ? ClientAuth::post : ClientAuth::basic;
        trial_.out().other_auth[role_] = auth;
        bad(found.actual + " (sent " + in_words(client_.auth) + "), but known " + in_words(auth),
            R"(write "auth": ")" + std::string(basic ? "post" : "basic") + R"(" into clients.)" + role_ +
                ", or allow both ways at the server",
            "auth-method", found);
        co_return;
      }
    }
    bad(found.actual + " (sent " + in_words(client_.auth) + ")",
        "check clients." + role_ +
            ".id and .secret, and whether the server wants \"auth\": \"basic\", \"post\" or \"none\" for it",
        "credentials", found);
  }

  void explain_grant(const Finding& found) {
    if (role_ != "service") {
      trial_
          .say(name_, Verdict::warn, "is known, but: " + found.actual,
               "is this client allowed to use the grant authorization_code?", found.exchanges)
          .problem = "grant";
      return;
    }
    const bool scope = found.error == "invalid_scope";
    bad(found.actual + " (sent " + in_words(client_.auth) + ")",
        scope ? "is \"service_scope\" a scope of this server, and allowed for this client?"
              : "is this client allowed to use the grant client_credentials, and \"service_scope\"?",
        scope ? "scope" : "grant", found);
  }

  net::awaitable<bool> understood_raw() {
    if (client_.auth != ClientAuth::basic || client_.raw_basic) co_return false;
    const auto secret = client_.secret.reveal();
    if (base::form_encoded(client_.id) == client_.id && base::form_encoded(secret) == secret) co_return false;
    const auto raw = co_await trial_.perform(introduction(role_, R"(,"auth":"basic-raw")"));
    co_return raw.ok && !raw.nothing && !looks_refused(raw);
  }

  Trial& trial_;
  const std::string& role_;
  const rules::TargetClient& client_;
  const std::string name_;
};

}  // namespace

net::awaitable<void> try_client(Trial& trial, std::string role) {
  Introduction introduction(trial, role);
  co_await introduction.run();
}

}  // namespace assay::engine

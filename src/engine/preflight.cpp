#include "engine/preflight.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "oauth/request.hpp"
#include "rules/library.hpp"

namespace assay::engine {
namespace {

using record::Verdict;

std::string connect_hint(net::Outcome outcome) {
  switch (outcome) {
    case net::Outcome::resolve_failed: return "check the host name in the target file";
    case net::Outcome::connect_failed: return "is the server running, and is the port right?";
    case net::Outcome::tls_failed:
      return "if the certificate is self-signed, name its CA: \"tls\": { \"ca_file\": \"ca.pem\" }";
    case net::Outcome::timed_out:
      return "is the server overloaded, or does a firewall drop the packets? settings.timeout sets the limit";
    default: return "is this an HTTP server? look at the exchange with -v";
  }
}

// A throw-away rule of one or two steps: preflight uses the same steps, requests and front channel as the rules do.
rules::Rule small_rule(const std::string& steps) {
  base::Diagnostics problems;
  const std::string text = R"({"id":"preflight","title":"-","story":"-","arrange":[],"act":[)" + steps +
                           R"(],"assert":[{"check":"c","observe":"-","that":{"distinct":["a","b"]}}]})";
  auto compiled = rules::compile_rule({"rules/preflight.jsonc", text}, problems);
  if (compiled.empty())
    throw std::logic_error("preflight rule: " + (problems.empty() ? "" : base::to_string(problems[0])));
  return compiled[0];
}

// Errors of a server that knows who asks, whatever status it gives them: invalid_grant with 401 or 403 is about the code.
bool names_known_client(std::string_view error) {
  return error == "invalid_grant" || error == "unauthorized_client" || error == "unsupported_grant_type" ||
         error == "invalid_scope";
}

constexpr const char* kLoginAndToken =
    R"({"authorize":{"client":"web"},"as":"grant"},{"token":{"grant":"authorization_code","code":"${grant.code}"},"as":"step"})";

class Trial {
 public:
  Trial(const BoundTarget& target, net::Transport& transport, net::Timekeeper& time, Recorder& recorder,
        PreflightResult& out)
      : target_(target), transport_(transport), time_(time), recorder_(recorder), out_(out), oracle_(target) {}

  net::awaitable<void> run() {
    co_await keys();
    for (const auto& [role, client] : target_.target().clients)
      if (!out_.bad_clients.contains(role)) co_await authenticate(role);  // else it could not be registered
    co_await log_in();
  }

 private:
  // What the step called "step" left behind, in strings of its own.
  struct Finding {
    bool ok = false;       // a complete answer
    bool nothing = false;  // it says nothing: overload, no answer
    int status = 0;
    std::string error, access_token, refresh_token, body, actual;
    Landing landed = Landing::stuck;
    Obstacle obstacle = Obstacle::none;
    bool code = false;
    std::vector<int> exchanges;
  };

  net::awaitable<Finding> perform(const std::string& steps) {
    const auto rule = small_rule(steps);
    const Program program(rule, target_);
    Session session(program, oracle_, transport_, time_, recorder_, {});
    recorder_.begin_rule("");
    co_await session.run();
    recorder_.add_secrets(session);
    for (const auto& step : program.rule().act)
      if (step.name == "step") {
        const StepResult& result = session.result(step);
        Finding out;
        out.ok = result.answer.ok();
        out.nothing = says_nothing(result, step.verb);
        out.status = result.answer.status;
        out.error = result.text(rules::Field::error);
        out.access_token = result.text(rules::Field::access_token);
        out.refresh_token = result.text(rules::Field::refresh_token);
        out.body = result.answer.body();
        out.actual = describe_answer(result, step.verb);
        out.landed = result.arrival.landed;
        out.obstacle = result.arrival.obstacle;
        out.code = result.has(rules::Field::code);
        out.exchanges = result.exchanges;
        co_return out;
      }
    co_return Finding{};
  }

  void say(std::string name, Verdict verdict, std::string seen, std::string hint, const std::vector<int>& evidence) {
    out_.checks.push_back({std::move(name), verdict, std::move(seen), std::move(hint), evidence});
  }

  net::awaitable<void> keys() {
    if (!target_.endpoint(EndpointKind::jwks)) co_return;
    const auto result = co_await perform(R"({"jwks":{},"as":"step"})");
    const auto json = nlohmann::json::parse(result.body, nullptr, false);
    const bool good =
        result.ok && result.status == 200 && json.is_object() && json.contains("keys") && json["keys"].is_array();
    if (good) say("keys", Verdict::pass, base::plural(json["keys"].size(), "key"), "", result.exchanges);
    else
      say("keys", Verdict::warn, result.actual, "jwks_uri should give a JSON object with a \"keys\" list",
          result.exchanges);
  }

  net::awaitable<void> authenticate(const std::string& role) {
    const bool service = role == "service";
    const auto result = co_await perform(introduction(role, ""));
    const std::string name = "client " + role;
    const bool refused = co_await refuses_client(role, result);
    const bool not_allowed = result.error == "unauthorized_client" || result.error == "invalid_scope" ||
                             result.error == "unsupported_grant_type";
    if (result.nothing || !result.ok) {
      bad(role, name, result.actual, "the token endpoint gave no usable answer; try again, or raise settings.timeout",
          result.exchanges);
    } else if (refused && co_await understood_raw(role)) {
      const std::string seen = result.actual + ", but the credentials are known when they are not form-encoded";
      const std::string hint = "the server does not decode HTTP Basic as RFC 6749 section 2.3.1 asks";
      // This client is there to find that out.
      if (role == "odd") say(name, Verdict::warn, seen, hint + "; the rules will show more", result.exchanges);
      else bad(role, name, seen, hint + R"(; add "basic": "raw" to clients.)" + role, result.exchanges);
    } else if (refused || (service && not_allowed)) {
      const auto* found = target_.client(role);
      const std::string method = found->auth == rules::ClientAuth::none    ? "without a secret"
                                 : found->auth == rules::ClientAuth::basic ? "with HTTP Basic"
                                                                           : "with client_secret in the body";
      bad(role, name, result.actual + " (sent " + method + ")",
          refused ? "check clients." + role +
                        ".id and .secret, and whether the server wants \"auth\": \"basic\", \"post\" or \"none\" for it"
                  : "is this client allowed to use the grant client_credentials, and \"service_scope\"?",
          result.exchanges);
    } else if (!service && !result.access_token.empty()) {
      say(name, Verdict::warn, "gets a token for a made-up code: " + result.actual, "the rules will show more",
          result.exchanges);
    } else if (service && result.access_token.empty()) {
      say(name, Verdict::warn, result.actual, "the rules will show more", result.exchanges);
    } else {
      say(name, Verdict::pass, service ? "gets a token" : "is known; a made-up code is refused: " + result.actual, "",
          result.exchanges);
    }
  }

  // A client introduces itself: with its grant if it is a service, with a made-up code if not.
  static std::string introduction(const std::string& role, const std::string& deviation) {
    const std::string client = R"("client":")" + role + R"(")" + deviation;
    if (role == "service") return R"({"token":{"grant":"client_credentials",)" + client + R"(},"as":"step"})";
    return R"({"token":{"grant":"authorization_code","code":"${fresh.random}","code_verifier":"${fresh.random}",)" +
           client + R"(},"as":"step"})";
  }

  static bool looks_refused(const Finding& found) {
    return found.error == "invalid_client" ||
           ((found.status == 401 || found.status == 403) && !names_known_client(found.error));
  }

  // Servers have their own ways to refuse a code, a bare 403 or an error of their own among them. Those who answer a wrong
  // secret, or an id that nobody has, in another way know the client.
  net::awaitable<bool> refuses_client(const std::string& role, const Finding& found) {
    if (!looks_refused(found)) co_return false;
    if (found.error == "invalid_client") co_return true;
    const bool nameless = target_.client(role)->auth == rules::ClientAuth::none;
    const auto other = co_await perform(
        introduction(role, nameless ? R"(,"set":{"client_id":"${fresh.word}"})" : R"(,"auth":"wrong-secret")"));
    co_return other.nothing || !other.ok || (other.status == found.status && other.error == found.error);
  }

  net::awaitable<bool> understood_raw(const std::string& role) {
    const auto* client = target_.client(role);
    if (client->auth != rules::ClientAuth::basic || client->raw_basic) co_return false;
    const auto secret = client->secret.reveal();
    if (base::form_encoded(client->id) == client->id && base::form_encoded(secret) == secret) co_return false;
    const auto raw = co_await perform(introduction(role, R"(,"auth":"basic-raw")"));
    co_return raw.ok && !raw.nothing && !looks_refused(raw);
  }

  void bad(const std::string& role, const std::string& name, const std::string& seen, std::string hint,
           const std::vector<int>& evidence) {
    out_.bad_clients[role] = "client " + role + ": " + seen + "; " + hint;
    say(name, Verdict::blocked, seen, std::move(hint), evidence);
  }

  net::awaitable<void> log_in() {
    if (!target_.client("web") || !target_.endpoint(EndpointKind::authorization)) co_return;
    if (out_.bad_clients.contains("web")) co_return;
    const auto result = co_await perform(R"({"authorize":{"client":"web"},"as":"step"})");
    if (result.landed == Landing::redirect_uri && result.code) {
      say("login", Verdict::pass, "a code came back after " + base::plural(result.exchanges.size(), "request"), "",
          result.exchanges);
    } else {
      std::string hint;
      if (result.landed == Landing::redirect_uri)
        hint = "the server refuses the request: look at its error; check \"scope\" and \"authorize_params\"";
      else if (result.obstacle != Obstacle::none) hint = remedy(result.obstacle);
      else if (result.landed == Landing::page)
        hint = "is clients.web.redirect_uris exactly as registered, and is the client allowed the code grant?";
      else if (result.landed == Landing::elsewhere)
        hint = "the login page is on another host, or clients.web.redirect_uris is not as registered";
      else hint = "check \"users\"; if the page needs JavaScript or other fields, see \"login\" in the target file";
      out_.bad_login = "login: " + result.actual + "; " + hint;
      say("login", Verdict::blocked, result.actual, hint, result.exchanges);
      co_return;
    }
    const auto token = co_await perform(kLoginAndToken);
    if (target_.user_count() > 1) co_await log_in_second();
    if (token.access_token.empty()) {
      say("code exchange", Verdict::warn, token.actual, "the rules will show more", token.exchanges);
      co_return;
    }
    say("code exchange", Verdict::pass, token.actual, "", token.exchanges);
    if (!oracle_.available()) {
      say("oracle", Verdict::warn, "nothing can tell whether an access token is alive",
          "add endpoints.introspection or endpoints.resource", {});
    } else {
      co_await ask_oracle(token.access_token);
    }
    co_await try_side_by_side(token);
  }

  // Some servers give a user the same token again, or let a further login end the earlier one: there, what one rule does
  // would be seen by another.
  net::awaitable<void> try_side_by_side(const Finding& first) {
    const auto second = co_await perform(kLoginAndToken);
    if (second.access_token.empty()) co_return;
    std::string why;
    if (second.access_token == first.access_token ||
        (!first.refresh_token.empty() && second.refresh_token == first.refresh_token)) {
      why = "the server gives the same token to the same user again";
    } else if (!first.refresh_token.empty() && !first.refresh_token.contains("${")) {
      const auto refreshed = co_await perform(R"({"refresh":{"client":"web","token":)" +
                                              nlohmann::json(first.refresh_token).dump() + R"(},"as":"step"})");
      if (refreshed.error == "invalid_grant") why = "a further login ended the grant before";
    }
    if (why.empty()) co_return;
    out_.one_at_a_time = why;
    say("side by side", Verdict::pass, why + ": rules run one at a time", "", second.exchanges);
  }

  // Rules that may harm what a user holds elsewhere use the second one beside the first, and some rules need both.
  net::awaitable<void> log_in_second() {
    const auto result = co_await perform(R"({"authorize":{"client":"web","user":2},"as":"step"})");
    if (result.landed == Landing::redirect_uri && result.code) {
      say("second login", Verdict::pass, "a code came back", "", result.exchanges);
      co_return;
    }
    out_.bad_second_login = "login of the second user: " + result.actual + "; check \"users\"";
    say("second login", Verdict::warn, result.actual,
        "check the second of \"users\"; rules that need two users are blocked", result.exchanges);
  }

  net::awaitable<void> ask_oracle(std::string token) {
    // The session is only the wire here.
    const auto rule = small_rule(R"({"discover":{},"as":"step"})");
    const Program program(rule, target_);
    Session wire(program, oracle_, transport_, time_, recorder_, {});
    net::Answer answer;
    const auto found = co_await oracle_.find_accepting(wire, token, answer);
    if (found) say("oracle", Verdict::pass, std::string(oracle_.name(*found)) + " accepts a fresh token", "", {});
    else
      say("oracle", Verdict::warn, "neither introspection nor userinfo nor the resource accepts a fresh token",
          "may clients.web use introspection? does \"scope\" hold openid for userinfo? rules that need an oracle are "
          "inconclusive",
          {});
  }

  const BoundTarget& target_;
  net::Transport& transport_;
  net::Timekeeper& time_;
  Recorder& recorder_;
  PreflightResult& out_;
  Oracle oracle_;
};

}  // namespace

std::string PreflightResult::blocks(const rules::Rule& rule) const {
  for (const auto* steps : {&rule.arrange, &rule.act, &rule.control})
    for (const auto& step : *steps) {
      const auto bad = bad_clients.find(step.client);
      if (bad != bad_clients.end()) return bad->second;
      if (step.verb == rules::Verb::authorize && !bad_login.empty()) return bad_login;
      if (step.user != 0 && !bad_second_login.empty()) return bad_second_login;
    }
  return "";
}

bool PreflightResult::blocked() const {
  return std::ranges::any_of(checks, [](const auto& check) { return check.verdict == Verdict::blocked; });
}

net::awaitable<void> discover(const rules::Target& target, net::Transport& transport, Recorder& recorder,
                              PreflightResult& out) {
  recorder.begin_rule("");
  const auto say = [&](std::string name, Verdict verdict, std::string seen, std::string hint = "") {
    out.checks.push_back({std::move(name),
                          verdict,
                          std::move(seen),
                          std::move(hint),
                          {static_cast<int>(recorder.run().exchanges.size())}});
  };
  std::vector<std::string> places;
  if (target.discovery && target.discovery->empty()) {
    places = {};
  } else if (target.discovery) {
    places = {*target.discovery};
  } else if (const auto issuer = base::parse_url(target.issuer)) {
    places = oauth::metadata_locations(*issuer);
  }
  const bool needed = target.endpoints.token.empty();
  std::string last;
  net::Answer answer;
  for (const auto& place : places) {
    const auto url = base::parse_url(place);
    if (!url) continue;
    const std::string request = oauth::request_head("GET", *url, url->target(), "application/json") + "\r\n";
    const net::Origin origin = origin_of(*url);
    co_await transport.exchange(origin, request, answer);
    recorder.on_exchange(nullptr, "metadata", request, answer);
    if (!answer.ok() && !net::is_server_fault(answer.outcome)) {
      out.reachable = false;
      say("reachable", Verdict::blocked, place + ": " + base::printable(answer.detail), connect_hint(answer.outcome));
      co_return;
    }
    if (out.checks.empty()) say("reachable", Verdict::pass, origin.tls ? "yes, over TLS" : "yes");
    if (!answer.ok() || answer.status != 200) {
      last = place + ": " + (answer.ok() ? "status " + std::to_string(answer.status) : base::printable(answer.detail));
      continue;
    }
    auto metadata = oauth::parse_metadata(answer.body());
    if (!metadata) {
      last = place + ": " + metadata.error();
      continue;
    }
    out.metadata = std::move(*metadata);
    out.metadata_url = place;
    break;
  }
  if (!out.metadata) {
    if (places.empty() || !needed) {
      if (!places.empty())
        say("metadata", Verdict::not_applicable,
            "none found (" + last + "); the endpoints of the target file are used");
      co_return;
    }
    out.reachable = false;
    say("metadata", Verdict::blocked, "no usable metadata: " + (last.empty() ? "no place to look" : last),
        "check \"issuer\"; or give \"endpoints\" in the target file and \"discovery\": false");
    co_return;
  }
  if (out.metadata->token_endpoint.empty() && needed) {
    out.reachable = false;
    say("metadata", Verdict::blocked, out.metadata_url + " names no token_endpoint",
        "give \"endpoints\": { \"token\": ... } in the target file");
    co_return;
  }
  if (!target.issuer.empty() && !oauth::same_issuer(out.metadata->issuer, target.issuer)) {
    out.reachable = false;
    say("issuer", Verdict::blocked,
        "the metadata's issuer is \"" + base::printable(out.metadata->issuer, 120) + "\", the target file says \"" +
            target.issuer + "\"",
        "set \"issuer\" to the one of the two that is right; if the metadata is wrong, mend the server, or use "
        "\"discovery\": false with \"endpoints\"");
    co_return;
  }
  say("metadata", Verdict::pass, out.metadata_url);
  const auto differs = [&](const char* name, const std::string& given, const std::string& found) {
    if (!given.empty() && !found.empty() && given != found)
      say(std::string("endpoint ") + name, Verdict::warn,
          "the target file says " + given + ", the metadata " + base::printable(found, 120),
          "the target file's is used; remove it unless you mean it");
  };
  differs("authorization", target.endpoints.authorization, out.metadata->authorization_endpoint);
  differs("token", target.endpoints.token, out.metadata->token_endpoint);
  differs("introspection", target.endpoints.introspection, out.metadata->introspection_endpoint);
  differs("revocation", target.endpoints.revocation, out.metadata->revocation_endpoint);
  differs("userinfo", target.endpoints.userinfo, out.metadata->userinfo_endpoint);
}

net::awaitable<void> try_target(const BoundTarget& target, net::Transport& transport, net::Timekeeper& time,
                                Recorder& recorder, PreflightResult& out) {
  Trial trial(target, transport, time, recorder, out);
  co_await trial.run();
  const auto& clock = recorder.server_clock();
  if (!clock.known()) co_return;
  out.clock_ahead = clock.ahead();
  const bool far = std::chrono::abs(out.clock_ahead) > std::chrono::minutes(1);
  out.checks.push_back({"clock",
                        far ? Verdict::warn : Verdict::pass,
                        clock.describe(),
                        far ? "set one of the two right: who reads the iat and exp of its tokens will refuse them" : "",
                        {}});
}

}  // namespace assay::engine

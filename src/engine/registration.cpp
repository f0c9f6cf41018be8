#include "engine/registration.hpp"

#include <nlohmann/json.hpp>

#include "base/random.hpp"
#include "base/text.hpp"
#include "engine/endpoint_setting.hpp"
#include "engine/registrar.hpp"
#include "engine/target_request.hpp"

namespace assay::engine {
namespace {

using record::Verdict;

class RecordedWire final : public Wire {
 public:
  RecordedWire(net::Transport& transport, Recorder& recorder) : transport_(transport), recorder_(recorder) {}
  net::awaitable<void> send(const net::Origin& origin, std::string_view request, net::Answer& answer,
                            std::string_view purpose) override {
    co_await transport_.exchange(origin, request, answer);
    last = recorder_.on_exchange(nullptr, purpose, request, answer);
  }
  int last = 0;  // exchange

 private:
  net::Transport& transport_;
  Recorder& recorder_;
};

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::string value_of(std::string_view name, const rules::Target& target, const std::string& role,
                     const rules::TargetClient& client) {
  const bool service = role == "service";
  if (name == "client.role") return role;
  if (name == "client.redirect_uri") return client.redirect_uris.empty() ? "" : client.redirect_uris.front();
  if (name == "client.redirect_uris") return joined(client.redirect_uris);
  if (name == "client.scope" || name == "client.scopes") return service ? target.service_scope : target.scope;
  if (name == "client.token_endpoint_auth_method") return auth_method_name(client.auth);
  if (name == "client.grant_types") return service ? "client_credentials" : "authorization_code refresh_token";
  if (name == "client.response_types") return service ? "" : "code";
  if (name == "user.name") return target.users.empty() ? "" : target.users.front().name;
  if (name == "user.password") return target.users.empty() ? "" : std::string(target.users.front().password.reveal());
  return base::random_token(6);  // fresh.word
}

// RFC 7591 section 2.
std::string client_metadata(const RequestValue& value) {
  const auto list = [&](std::string_view name) {
    auto out = nlohmann::json::array();
    for (const auto word : base::split(value(name), ' '))
      if (!word.empty()) out.push_back(word);
    return out;
  };
  nlohmann::ordered_json out = {{"client_name", "assay " + value("client.role")},
                                {"token_endpoint_auth_method", value("client.token_endpoint_auth_method")},
                                {"grant_types", list("client.grant_types")},
                                {"response_types", list("client.response_types")}};
  if (auto uris = list("client.redirect_uris"); !uris.empty()) out["redirect_uris"] = std::move(uris);
  if (auto scope = value("client.scope"); !scope.empty()) out["scope"] = std::move(scope);
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

class Registration {
 public:
  Registration(rules::Target& target, net::Transport& transport, Recorder& recorder, PreflightResult& out)
      : target_(target), wire_(transport, recorder), recorder_(recorder), out_(out) {}

  net::awaitable<void> run() {
    for (const auto& secret : target_.registration->request.secrets)
      recorder_.on_secret("registration", secret.reveal());
    if (!co_await fetch_token()) co_return;
    std::string done;
    for (auto& [role, client] : target_.clients) {
      if (!client.id.empty()) continue;
      const auto trouble = co_await register_one(role, client);
      if (trouble.empty()) done += (done.empty() ? "" : ", ") + role;
      else block(role, trouble, "compare with \"registration\" in the target file; assay doctor -v shows the exchange");
    }
    if (!done.empty()) say("registration", Verdict::pass, "registered " + done, "");
  }

 private:
  void say(std::string name, Verdict verdict, std::string seen, std::string hint) {
    out_.checks.push_back({std::move(name), verdict, std::move(seen), std::move(hint), {wire_.last}});
  }

  void block(const std::string& role, const std::string& seen, const std::string& hint) {
    out_.bad_clients[role] = "registration of " + role + ": " + seen + "; " + hint;
    say("registration of " + role, Verdict::blocked, seen, hint);
  }

  // RFC 7591 section 1.2: the initial access token. Rules that register clients use it, too.
  net::awaitable<bool> fetch_token() {
    auto& settings = *target_.registration;
    if (!settings.initial_access_token) co_return true;
    auto& bearer = *settings.initial_access_token;
    if (bearer.request)
      for (const auto& secret : bearer.request->secrets) recorder_.on_secret("registration", secret.reveal());
    const rules::TargetClient nobody;
    const auto value = [&](std::string_view name) { return value_of(name, target_, "", nobody); };
    auto token = co_await obtain_bearer(wire_, bearer, value, answer_, "initial access token");
    if (token) {
      bearer.token = base::Secret(std::move(*token));
      bearer.request.reset();
      recorder_.on_secret("registration", bearer.token.reveal());
      co_return true;
    }
    bool needed = false;
    for (const auto& [role, client] : target_.clients) {
      if (!client.id.empty()) continue;
      needed = true;
      out_.bad_clients[role] = "registration of " + role + ": the initial access token did not come: " + token.error();
    }
    say("initial access token", needed ? Verdict::blocked : Verdict::warn, token.error(),
        "compare with registration.initial_access_token in the target file");
    co_return false;
  }

  std::string endpoint() const {
    if (!target_.endpoints.registration.empty()) return target_.endpoints.registration;
    return out_.metadata ? out_.metadata->registration_endpoint : "";
  }

  // RFC 7592 section 3. A token goes to no other host than the one that gave it.
  void remember_management(rules::TargetClient& client, const std::string& registered_at) {
    const auto here = base::parse_url(registered_at);
    auto uri = string_at(answer_, "/registration_client_uri"), token = string_at(answer_, "/registration_access_token");
    if (token.empty()) return;
    recorder_.on_secret("registration", token);
    const auto url = base::parse_url(uri);
    if (!here || !url || !url->same_origin(*here)) return;
    client.registration_uri = std::move(uri);
    client.registration_token = base::Secret(std::move(token));
  }

  // What went wrong, or "".
  net::awaitable<std::string> register_one(const std::string& role, rules::TargetClient& client) {
    const auto& settings = *target_.registration;
    const auto value = [&](std::string_view name) { return value_of(name, target_, role, client); };
    const auto bearer = settings.initial_access_token ? settings.initial_access_token->token.reveal() : "";
    const auto metadata = settings.request.body ? std::string() : client_metadata(value);
    if (!co_await send_target_request(wire_, settings.request, endpoint(), metadata, bearer, value, answer_,
                                      "registration of " + role))
      co_return "neither \"registration\" nor the metadata say where to register";
    client.id = string_at(answer_, settings.client_id);
    if (answer_.status / 100 != 2 || client.id.empty()) {
      const bool without = answer_.status / 100 == 2;
      client.id.clear();
      co_return describe_plainly(answer_) + (without ? ", without a client_id at " + settings.client_id : "");
    }
    auto secret = string_at(answer_, settings.client_secret);
    if (!secret.empty()) recorder_.on_secret("client-secret", secret);
    out_.registered.push_back(role);
    remember_management(client, settings.request.url.empty() ? endpoint() : filled(settings.request.url, value));
    // RFC 7591 section 3.2.1: the server may have chosen another method.
    const auto method = string_at(answer_, "/token_endpoint_auth_method");
    if (method == "none") client.auth = rules::ClientAuth::none;
    else if (method == "client_secret_post") client.auth = rules::ClientAuth::post;
    else if (method == "client_secret_basic") client.auth = rules::ClientAuth::basic;
    if (client.auth == rules::ClientAuth::none) co_return "";
    if (secret.empty()) co_return describe_plainly(answer_) + ", without a client_secret at " + settings.client_secret;
    client.secret = base::Secret(std::move(secret));
    co_return "";
  }

  rules::Target& target_;
  RecordedWire wire_;
  Recorder& recorder_;
  PreflightResult& out_;
  net::Answer answer_;
};

}  // namespace

net::awaitable<void> register_clients(rules::Target& target, net::Transport& transport, Recorder& recorder,
                                      PreflightResult& out) {
  if (!target.registration || !out.reachable) co_return;
  Registration registration(target, transport, recorder, out);
  co_await registration.run();
}

net::awaitable<void> remove_registered(const rules::Target& target, const std::vector<std::string>& roles,
                                       net::Transport& transport, Recorder& recorder) {
  recorder.begin_rule("");
  for (const auto& role : roles)
    if (const auto& client = target.clients.at(role); !client.registration_uri.empty())
      co_await remove_client(transport, recorder, client);
}

}  // namespace assay::engine

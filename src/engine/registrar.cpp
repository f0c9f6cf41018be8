#include "engine/registrar.hpp"

#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "engine/endpoint_setting.hpp"
#include "oauth/request.hpp"

namespace assay::engine {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

// RFC 7591 section 2.
Json metadata_of(const ClientWish& wish, bool native) {
  const bool redirects = !wish.redirect_uris.empty();
  Json out = {
      {"client_name", "Assay " + wish.role}, {"token_endpoint_auth_method", auth_method_name(wish.auth)},
      {"grant_types", wish.grants},          {"response_types", redirects ? Json::array({"code"}) : Json::array()},
      {"redirect_uris", wish.redirect_uris}, {"application_type", native ? "native" : "web"}};
  if (!wish.scope.empty()) out["scope"] = wish.scope;
  return out;
}

// In a target file this would stand for a value of the user's environment, which the server would then be sent.
bool names_variable(std::string_view text) { return text.contains("${"); }

RegistrationRefusal refusal_of(const net::Answer& answer) {
  if (!answer.ok()) return {0, "no answer: " + base::printable(answer.detail, 160)};
  const auto json = Json::parse(answer.body(), nullptr, false);
  std::string words = "status " + std::to_string(answer.status);
  if (json.is_object()) {
    for (const char* name : {"error", "error_description"})
      if (const auto text = text_of(json, name); !text.empty()) words += ", " + base::printable(text, 160);
  }
  return {answer.status, words};
}

}  // namespace

net::awaitable<std::expected<Registered, RegistrationRefusal>> Registrar::ask(const ClientWish& wish, bool native) {
  std::string request = oauth::request_head("POST", endpoint_.url, endpoint_.url.target(), "application/json");
  oauth::append_field(request, "Content-Type", "application/json");
  if (!token_.empty()) oauth::append_field(request, "Authorization", "Bearer " + std::string(token_.reveal()));
  oauth::append_body(request, metadata_of(wish, native).dump());
  net::Answer answer;
  co_await transport_.exchange(endpoint_.origin, request, answer);
  recorder_.on_exchange(nullptr, "registration endpoint", request, answer);
  // 201 by RFC 7591 section 3.2.1; there are servers that say 200.
  if (!answer.ok() || answer.status / 100 != 2) co_return std::unexpected(refusal_of(answer));
  const auto json = Json::parse(answer.body(), nullptr, false);
  rules::TargetClient out;
  if (json.is_object()) out.id = text_of(json, "client_id");
  if (out.id.empty()) co_return std::unexpected(RegistrationRefusal{answer.status, "the answer holds no client_id"});
  if (names_variable(out.id))
    co_return std::unexpected(
        RegistrationRefusal{answer.status, "the client_id holds \"${\": it cannot be written down"});
  out.secret = base::Secret(text_of(json, "client_secret"));
  out.redirect_uris = wish.redirect_uris;
  // RFC 7592 section 3. The token goes nowhere but to who gave it.
  const auto uri = text_of(json, "registration_client_uri");
  if (const auto url = base::parse_url(uri); url && url->same_origin(endpoint_.url) && !names_variable(uri)) {
    out.registration_uri = uri;
    out.registration_token = base::Secret(text_of(json, "registration_access_token"));
  }
  // The server may have registered something else than it was asked for (RFC 7591 section 3.2.1).
  if (const auto given = json.find("redirect_uris"); given != json.end() && given->is_array() && !given->empty()) {
    out.redirect_uris.clear();
    for (const auto& one : *given)
      if (one.is_string() && !names_variable(one.get_ref<const std::string&>()))
        out.redirect_uris.push_back(one.get<std::string>());
  }
  if (out.redirect_uris.empty()) out.redirect_uris = wish.redirect_uris;
  const auto method = text_of(json, "token_endpoint_auth_method");
  out.auth = method == "none"                  ? rules::ClientAuth::none
             : method == "client_secret_post"  ? rules::ClientAuth::post
             : method == "client_secret_basic" ? rules::ClientAuth::basic
                                               : wish.auth;
  const bool known =
      method.empty() || method == "none" || method == "client_secret_post" || method == "client_secret_basic";
  const bool fits = (out.auth == rules::ClientAuth::none) == (wish.auth == rules::ClientAuth::none);
  if (known && fits && (out.auth == rules::ClientAuth::none || !out.secret.empty()))
    co_return Registered{out, !wish.scope.empty() && text_of(json, "scope") == wish.scope};
  co_await remove_client(transport_, recorder_, out);
  co_return std::unexpected(RegistrationRefusal{
      answer.status, "the server registered another kind of client (" + base::printable(method, 60) + ")"});
}

net::awaitable<std::expected<Registered, RegistrationRefusal>> Registrar::add(ClientWish wish) {
  // OpenID Connect Registration section 2: "web" clients may be held to https, so loopback addresses are for "native" ones.
  bool native = wish.auth == rules::ClientAuth::none;
  auto result = co_await ask(wish, native);
  if (result || result.error().final()) co_return result;
  const auto first = result.error();
  const auto uris = wish.redirect_uris;
  const auto try_again = [&](auto change) -> net::awaitable<bool> {
    if (!change()) co_return false;
    result = co_await ask(wish, native);
    co_return result || result.error().final();
  };
  const auto fewer_uris = [&] {
    if (wish.redirect_uris.size() <= wish.least_uris) return false;
    wish.redirect_uris.resize(wish.least_uris);
    return true;
  };
  const auto no_scope = [&] { return !std::exchange(wish.scope, "").empty(); };
  const auto other_kind = [&] {
    native = !native;
    return !uris.empty();
  };
  const auto no_refresh = [&] { return std::erase(wish.grants, "refresh_token") > 0; };
  if (co_await try_again(fewer_uris)) co_return result;
  if (co_await try_again(no_scope)) co_return result;
  if (co_await try_again(other_kind)) co_return result;
  if (co_await try_again(no_refresh)) co_return result;
  co_return std::unexpected(first);
}

net::awaitable<std::string> remove_client(net::Transport& transport, Recorder& recorder, rules::TargetClient client) {
  const auto url = base::parse_url(client.registration_uri);
  if (!url) co_return "the server offers no way to remove it";
  if (client.registration_token.empty()) co_return "its registration access token is not known";
  std::string request = oauth::request_head("DELETE", *url, url->target(), "application/json");
  oauth::append_field(request, "Authorization", "Bearer " + std::string(client.registration_token.reveal()));
  request += "\r\n";
  net::Answer answer;
  const auto origin = origin_of(*url);
  co_await transport.exchange(origin, request, answer);
  recorder.on_exchange(nullptr, "client removal", request, answer);
  // 204 by RFC 7592 section 2.3; there are servers that say 200.
  if (answer.ok() && answer.status / 100 == 2) co_return "";
  if (answer.ok() && answer.status == 404) co_return "";
  // The same section: who asks for a client that is gone is not let in.
  if (answer.ok() && answer.status == 401) co_return "it is gone already, or its token is no longer good (status 401)";
  co_return refusal_of(answer).words;
}

}  // namespace assay::engine

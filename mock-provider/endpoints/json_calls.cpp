// What a persona has instead of pages: people log in, agree and register applications by JSON calls with bearer tokens.
#include <algorithm>

#include "base/random.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "mock-provider/answers.hpp"
#include "mock-provider/application.hpp"
#include "mock-provider/endpoints/endpoints.hpp"
#include "mock-provider/redirect_uris.hpp"
#include "mock-provider/tokens.hpp"

#include <nlohmann/json.hpp>

namespace assay::mock {
namespace {

constexpr std::chrono::hours account_token_lifetime{1};
// Registers applications, and is nobody who could agree to anything.
constexpr User merchant{"merchant", "merchant-password", "m-2001", "Mary Merchant", "merchant@example.org"};

void refuse_call(Call& call, int status, std::string_view error) {
  begin_json(call, status);
  call.response.body += '{';
  append_member(call.response.body, "error", error);
  call.response.body += '}';
}

const User* find_account(const Call& call, std::string_view login, std::string_view password) {
  if (login == merchant.email || login == merchant.name)
    return crypto::constant_time_equal(merchant.password, password) ? &merchant : nullptr;
  const auto found = std::ranges::find(users(), login, &User::email);
  return call.application.find_user(found == users().end() ? login : found->name, password);
}

// Whose bearer token the request has; nullptr: it has been refused.
const User* account_of(Call& call) {
  constexpr std::string_view scheme = "Bearer ";
  const User* user = nullptr;
  const auto field = call.request.header("Authorization").value_or("");
  if (!field.starts_with(scheme)) refuse_call(call, 401, "Unauthorized");
  else if (!call.application.store.sessions.visit(field.substr(scheme.size()),
                                                  [&](const Session& session) {
                                                    if (session.kept_until > call.now) user = session.user;
                                                  }) ||
           !user)
    refuse_call(call, 401, "Invalid token");
  return user;
}

}  // namespace

void show_console(Call& call) {
  std::string location = call.persona.console;
  if (!call.request.query.empty()) location.append("?").append(call.request.query);
  redirect_to_page(call, location);
}

void authorize_by_json(Call& call) {
  const User* user = account_of(call);
  if (!user) return;
  if (user == &merchant) return refuse_call(call, 403, "Only user accounts can authorize applications");
  if (const auto refusal = run_checks(Stage::authorize, call)) return refuse_json(call, refusal);
  const auto location =
      location_of_answer(call, call.authorization, "code", mint_code(call, call.authorization, *user, call.now));
  begin_json(call);
  call.response.body += '{';
  append_member(call.response.body, "redirect_uri", std::string_view(location));
  call.response.body += '}';
}

void log_in_to_account(Call& call) {
  if (!call.body.read_json(call.request.body)) return refuse_call(call, 401, "Required");
  const auto login = call.body.has("email") ? call.body.value("email") : call.body.value("username");
  const User* user = find_account(call, login, call.body.value("password"));
  if (!user) return refuse_call(call, 401, "Invalid credentials");
  const auto token = base::random_token();
  Session session{.user = user, .authenticated = call.now};
  session.kept_until = call.now + account_token_lifetime;
  call.application.store.sessions.insert(token, std::move(session), call.now);
  begin_json(call);
  std::string& out = call.response.body;
  out += R"({"user":{)";
  append_member(out, "id", user->subject);
  append_member(out, "email", user->email);
  append_member(out, "role", std::string_view(user == &merchant ? "merchant" : "user"));
  out += '}';
  append_member(out, "token", std::string_view(token));
  append_member(out, "expires_in", std::chrono::seconds(account_token_lifetime).count());
  out += '}';
}

void register_app(Call& call) {
  const User* user = account_of(call);
  if (!user) return;
  if (user != &merchant) return refuse_call(call, 403, "Forbidden");
  const auto wish = nlohmann::json::parse(call.request.body, nullptr, false);
  std::vector<std::string> uris;
  std::string words;
  const auto strings = [&](const char* name, auto&& use) {
    const auto found = wish.is_object() ? wish.find(name) : wish.end();
    if (found == wish.end() || !found->is_array() || found->empty() || found->size() > 20) return false;
    for (const auto& element : *found) {
      if (!element.is_string()) return false;
      use(element.template get<std::string>());
    }
    return true;
  };
  const bool complete = strings("redirect_uris", [&](std::string uri) { uris.push_back(std::move(uri)); }) &&
                        strings("scopes", [&](const std::string& word) { words += word + ' '; }) &&
                        wish.contains("name");
  if (!complete) return refuse_call(call, 400, "Required");
  if (std::ranges::any_of(uris, [&](const auto& uri) { return !may_be_registered(call, uri); }))
    return refuse_call(call, 400, "Invalid url");
  const auto id = "app_" + base::random_token(12), secret = "secret_" + base::random_token();
  // Scopes are taken as they come; those that mean nothing here are never granted.
  if (!call.application.registrations.add(std::make_unique<Registration>(
          id, secret, uris,
          std::vector{GrantType::authorization_code, GrantType::refresh_token, GrantType::client_credentials},
          Scopes::known_among(words))))
    return refuse_call(call, 503, "this server holds as many applications as it can");
  begin_json(call, 201);
  std::string& out = call.response.body;
  out += '{';
  append_member(out, "app_id", std::string_view(id));
  append_member(out, "app_secret", std::string_view(secret));
  out += R"(,"application":)";
  out +=
      nlohmann::json{
          {"app_id", id}, {"name", wish["name"]}, {"redirect_uris", wish["redirect_uris"]}, {"scopes", wish["scopes"]}}
          .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  out += '}';
}

}  // namespace assay::mock

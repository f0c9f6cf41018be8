// Token introspection (RFC 7662). A client that is a resource server may ask about all access tokens, any other confidential
// client about its own; about a refresh token only the client that has it.
#include "mock-provider/answers.hpp"
#include "mock-provider/application.hpp"
#include "mock-provider/endpoints/endpoints.hpp"
#include "mock-provider/tokens.hpp"

namespace assay::mock {
namespace {

void append_scope(std::string& out, Scopes scopes) {
  out += R"(,"scope":")";
  scopes.append_to(out);
  out += '"';
}

void append_user(std::string& out, const Call& call, const User& user) {
  append_member(out, "username", user.name);
  append_member(out, "sub", call.broken(Defect::introspect_sub_is_name) ? user.name : user.subject);
}

void append_client(std::string& out, const Call& call, const Client& client) {
  std::string id(client.id);
  if (call.broken(Defect::introspect_client_id_changed))
    for (char& c : id)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  append_member(out, "client_id", std::string_view(id));
}

// RFC 7662 section 2.2: a caller that may not know about a token is told the same as about one that does not exist.
bool may_know(const Call& call, const AccessToken& token) {
  return token.client == call.client || call.client->resource_server ||
         call.broken(Defect::introspect_tells_every_client);
}
bool may_know(const Call& call, const RefreshToken& token) {
  return token.grant->client == call.client || call.broken(Defect::introspect_tells_foreign_refresh);
}

void begin_answer(Call& call) {
  const bool as_text = call.broken(Defect::introspect_media_type);
  if (!as_text && !call.broken(Defect::introspect_cacheable)) return begin_json(call);
  call.response.add_field("Content-Type", as_text ? "text/plain" : "application/json");
  call.response.add_field("Cache-Control", as_text ? "no-store" : "public, max-age=60");
}

void tell(Call& call, const AccessToken& token) {
  begin_answer(call);
  std::string& out = call.response.body;
  out += call.broken(Defect::introspect_active_string) ? R"({"active":"true")" : R"({"active":true)";
  append_scope(out, call.broken(Defect::introspect_scope_of_client) ? token.client->allowed : token.scopes);
  append_client(out, call, *token.client);
  if (token.user) append_user(out, call, *token.user);
  else append_member(out, "sub", token.client->id);
  const bool bound = !token.dpop_jkt.empty();
  // RFC 9449 section 6.2.
  append_member(out, "token_type",
                std::string_view(bound && !call.broken(Defect::introspect_dpop_says_bearer) ? "DPoP" : "Bearer"));
  if (bound && !call.broken(Defect::introspect_cnf_missing)) append_confirmation(out, token.dpop_jkt);
  append_member(out, "iat", numeric_date(token.issued));
  append_member(out, "exp",
                numeric_date(token.expires) * (call.broken(Defect::introspect_exp_milliseconds) ? 1000 : 1));
  append_member(out, "iss", std::string_view(call.application.issuer()));
  append_audience(out, call, token.resources);
  out += '}';
}

void tell(Call& call, const RefreshToken& token) {
  begin_json(call);
  std::string& out = call.response.body;
  out += R"({"active":true)";
  append_scope(out, token.grant->scopes);
  append_client(out, call, *token.grant->client);
  append_user(out, call, *token.grant->user);
  append_member(out, "exp", numeric_date(token.expires));
  append_member(out, "iss", std::string_view(call.application.issuer()));
  out += '}';
}

// Section 2.2: not active, and nothing else.
void tell_inactive(Call& call) {
  begin_json(call);
  call.response.body += call.broken(Defect::introspect_inactive_explained)
                            ? R"({"active":false,"reason":"this token is unknown or over"})"
                            : R"({"active":false})";
}

void refuse(Call& call, const Refusal& refusal) {
  const bool bad_credentials = refusal.status == 401 && call.request.header("Authorization");
  if (bad_credentials && call.broken(Defect::introspect_bad_credentials_inactive)) return tell_inactive(call);
  refuse_json(call, refusal);
}

}  // namespace

void introspect(Call& call) {
  // Section 4: not by GET, which writes tokens into logs.
  if (call.request.method == "GET" && !call.broken(Defect::introspect_by_get)) return refuse_method(call, "POST");
  if (const auto refusal = run_checks(Stage::introspect, call)) return refuse(call, refusal);
  auto& store = call.application.store;
  const auto text = call.body.value("token");
  const auto access = store.find_access_token(text);
  if (access && may_know(call, *access)) {
    if (is_accepted(call, *access) && !call.broken(Defect::introspect_living_inactive)) return tell(call, *access);
    if (!is_accepted(call, *access) && call.broken(Defect::introspect_dead_is_error))
      return refuse_json(call, {"invalid_token", "this token is dead", 404});
    return tell_inactive(call);
  }
  const auto refresh = store.find_refresh_token(text);
  if (refresh && !refresh->claimed && !refresh->grant->revoked && !refresh->grant->refresh_ended &&
      call.now < refresh->expires && may_know(call, *refresh))
    return tell(call, *refresh);
  if (!text.empty() && !access && !refresh && call.broken(Defect::introspect_unknown_is_error))
    return refuse_json(call, {"invalid_request", "this token does not exist"});
  tell_inactive(call);
}

}  // namespace assay::mock

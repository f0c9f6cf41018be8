// Token introspection (RFC 7662). Any confidential client may ask about access tokens, as resource servers do; about a refresh
// token only the client that has it.
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

void append_user(std::string& out, const User& user) {
  append_member(out, "username", user.name);
  append_member(out, "sub", user.subject);
}

}  // namespace

void introspect(Call& call) {
  if (const auto refusal = run_checks(Stage::introspect, call)) return refuse_json(call, refusal);
  auto& store = call.application.store;
  const auto text = call.body.value("token");
  begin_json(call);
  std::string& out = call.response.body;
  if (const auto token = store.find_access_token(text); token && is_accepted(call, *token)) {
    out += R"({"active":true)";
    append_scope(out, token->scopes);
    append_member(out, "client_id", token->client->id);
    if (token->user) append_user(out, *token->user);
    else append_member(out, "sub", token->client->id);
    append_member(out, "token_type", std::string_view("Bearer"));
    append_member(out, "iat", numeric_date(token->issued));
    append_member(out, "exp", numeric_date(token->expires));
    append_member(out, "iss", std::string_view(call.application.issuer()));
    append_member(out, "aud", std::string_view(call.application.issuer() + "/resource"));
    out += '}';
    return;
  }
  const auto refresh = store.find_refresh_token(text);
  if (refresh && !refresh->claimed && !refresh->grant->revoked && call.now < refresh->expires &&
      refresh->grant->client == call.client) {
    out += R"({"active":true)";
    append_scope(out, refresh->grant->scopes);
    append_member(out, "client_id", refresh->grant->client->id);
    append_user(out, *refresh->grant->user);
    append_member(out, "exp", numeric_date(refresh->expires));
    append_member(out, "iss", std::string_view(call.application.issuer()));
    out += '}';
    return;
  }
  out += R"({"active":false})";  // RFC 7662 section 2.2: and nothing else
}

}  // namespace assay::mock

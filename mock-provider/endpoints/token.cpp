// The token endpoint (RFC 6749 section 3.2): authorization code, refresh token, client credentials.
#include "mock-provider/answers.hpp"
#include "mock-provider/application.hpp"
#include "mock-provider/endpoints/endpoints.hpp"
#include "mock-provider/tokens.hpp"

namespace assay::mock {
namespace {

// RFC 6749 section 5.1. `refresh_token` and `with_id_token` as the grant has it.
void answer_with_tokens(Call& call, const std::shared_ptr<Grant>& grant, std::string_view refresh_token, bool with_id_token) {
  begin_json(call);
  std::string& out = call.response.body;
  out += R"({"access_token":")";
  const std::size_t begin = out.size();
  append_access_token(out, call, grant, call.scopes);  // base64url and dots: nothing to escape
  const std::size_t size = out.size() - begin;
  out += '"';
  append_member(out, "token_type", std::string_view("Bearer"));
  append_member(out, "expires_in", call.application.options().access_token_lifetime.count());
  if (!refresh_token.empty()) append_member(out, "refresh_token", refresh_token);
  out += R"(,"scope":")";
  call.scopes.append_to(out);
  out += '"';
  if (with_id_token) append_member(out, "id_token", std::string_view(mint_id_token(call, *grant, std::string(out, begin, size))));
  out += '}';
}

void redeem(Call& call) {
  if (const auto refusal = run_checks(Stage::redeem_code, call)) return refuse_json(call, refusal);
  const auto& grant = call.code->grant;
  call.scopes = grant->scopes;
  answer_with_tokens(call, grant, mint_refresh_token(call, grant), grant->scopes.has("openid"));
}

// Rotation for every client: the old one is used up, the new one keeps the scope of the grant (RFC 6749 section 6).
void refresh(Call& call) {
  if (const auto refusal = run_checks(Stage::refresh, call)) return refuse_json(call, refusal);
  const auto& grant = call.refresh_token->grant;
  answer_with_tokens(call, grant, mint_refresh_token(call, grant), false);
}

// RFC 6749 section 4.4.3: no refresh token; the client can always ask again.
void grant_to_client(Call& call) {
  if (const auto refusal = run_checks(Stage::client_credentials, call)) return refuse_json(call, refusal);
  answer_with_tokens(call, nullptr, {}, false);
}

}  // namespace

void token(Call& call) {
  if (const auto refusal = run_checks(Stage::token, call)) return refuse_json(call, refusal);
  switch (*call.grant_type) {
    case GrantType::authorization_code: return redeem(call);
    case GrantType::refresh_token: return refresh(call);
    case GrantType::client_credentials: return grant_to_client(call);
  }
}

}  // namespace assay::mock

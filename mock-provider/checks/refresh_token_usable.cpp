// The refresh token is known, this client's, unused and fresh (RFC 6749 section 6, RFC 9700 section 4.14.2).
#include "mock-provider/application.hpp"
#include "mock-provider/checks/checks.hpp"
#include "mock-provider/contention.hpp"
#include "mock-provider/tokens.hpp"

namespace assay::mock {
namespace {

Refusal refuse_unknown_refresh_token(Call& call, std::string_view text) {
  if (call.broken(Defect::refresh_unknown_accepted) && text.size() == 43) {
    auto grant = invent_grant(call);
    const auto scopes = grant->scopes;
    call.refresh_token = RefreshToken{.grant = std::move(grant), .scopes = scopes, .expires = call.now};
    call.invented = true;
    return {};
  }
  if (call.broken(Defect::refresh_compared_by_beginning) && text.size() == 43) {
    call.refresh_token = find_by_beginning(call, text);
    call.invented = true;
    if (call.refresh_token && call.refresh_token->grant->client == call.client) return {};
  }
  return {call.error_unless("invalid_grant", {{Defect::refresh_unknown_says_invalid_request, "invalid_request"}}),
          "this refresh_token does not exist"};
}

Refusal refuse_other_client(Call& call) {
  if (call.broken(Defect::refresh_any_client)) return {};
  if (call.broken(Defect::refresh_thief_revokes)) call.refresh_token->grant->revoked = true;
  return {call.error_unless("invalid_grant", {{Defect::refresh_other_client_says_invalid_request, "invalid_request"}}),
          "this refresh_token was issued to another client"};
}

// RFC 9700 section 4.14.2: thief or owner, one of them comes late; the whole family falls.
Refusal refuse_rotated_token(Call& call) {
  if (call.broken(Defect::refresh_old_stays_valid)) return {};
  if (call.broken(Defect::refresh_reuse_keeps_access_tokens)) call.refresh_token->grant->refresh_ended = true;
  else if (!call.broken(Defect::refresh_reuse_ignored)) call.refresh_token->grant->revoked = true;
  return {call.error_unless("invalid_grant", {{Defect::refresh_old_says_invalid_request, "invalid_request"}}),
          "this refresh_token was used before"};
}

// Defects: what becomes of a refresh that comes while another one with the same token is under way.
Refusal refuse_refresh_meeting(Call& call) {
  if (call.broken(Defect::refresh_race_500)) return {"server_error", "somebody else has this refresh_token", 500};
  if (call.broken(Defect::refresh_race_409)) return {"invalid_grant", "somebody else has this refresh_token", 409};
  if (call.keeps_refresh_token() && call.broken(Defect::refresh_parallel_refused))
    return {"invalid_grant", "one at a time"};
  return {};
}

bool meets_others(const Call& call) {
  return call.broken(Defect::refresh_race_500) || call.broken(Defect::refresh_race_409) ||
         call.broken(Defect::refresh_parallel_refused);
}

}  // namespace

Refusal refresh_token_usable(Call& call) {
  const auto text = call.body.value("refresh_token");
  if (text.empty()) return {"invalid_request", "refresh_token is missing"};
  call.refresh_token = call.application.store.find_refresh_token(text);
  if (!call.refresh_token) return refuse_unknown_refresh_token(call, text);
  const RefreshToken& token = *call.refresh_token;
  // Before anything else about the token: a stranger must not be able to use it up, nor to revoke with it.
  if (token.grant->client != call.client)
    if (const auto refusal = refuse_other_client(call)) return refusal;
  if (is_under_way(token))
    if (const auto refusal = refuse_refresh_meeting(call)) return refusal;
  if (token.claimed && !call.keeps_refresh_token())
    if (const auto refusal = refuse_rotated_token(call)) return refusal;
  if ((token.grant->revoked && !token.grant->refresh_survives) || token.grant->refresh_ended)
    return {call.error_unless("invalid_grant", {{Defect::refresh_revoked_says_invalid_request, "invalid_request"}}),
            "this refresh_token was revoked"};
  if (call.now >= token.expires && !call.broken(Defect::refresh_never_expires))
    return {call.error_unless("invalid_grant", {{Defect::refresh_expired_says_expired_token, "expired_token"}}),
            "this refresh_token has expired"};
  if (token.grant->access_revoked && call.broken(Defect::refresh_breaks_after_revocation))
    return {"server_error", "no such access token", 500};
  return {};
}

// Last of the checks of a refresh token: it decides between requests that come at once, and nothing may be refused after it.
Refusal refresh_token_claimed(Call& call) {
  if (call.broken(Defect::refresh_refused)) return {"invalid_grant", "this refresh_token does not work"};
  if (call.broken(Defect::refresh_chain_ends) && call.refresh_token->grant->refreshes >= 20)
    return {"invalid_grant", "this refresh_token was renewed too often"};
  Store& store = call.application.store;
  const auto text = call.body.value("refresh_token");
  if (meets_others(call)) open_gap(call, store.refresh_tokens, text, call.keeps_refresh_token());
  if (call.invented || call.keeps_refresh_token()) return {};
  if (call.broken(Defect::refresh_check_then_rotate))
    return open_gap(call, store.refresh_tokens, text) ? Refusal{} : refuse_rotated_token(call);
  if (store.claim_refresh_token(text)) return {};
  return refuse_rotated_token(call);
}

}  // namespace assay::mock

// The refresh token is known, this client's, unused and fresh (RFC 6749 section 6, RFC 9700 section 4.14.2).
#include "mock-provider/checks/checks.hpp"

#include "mock-provider/application.hpp"

namespace assay::mock {

Refusal refresh_token_usable(Call& call) {
  const auto text = call.body.value("refresh_token");
  if (text.empty()) return {"invalid_request", "refresh_token is missing"};
  call.refresh_token = call.application.store.find_refresh_token(text);
  if (!call.refresh_token) return {"invalid_grant", "this refresh_token does not exist"};
  // Before anything else about the token: a stranger must not be able to use it up, nor to revoke with it.
  if (call.refresh_token->grant->client != call.client)
    return {"invalid_grant", "this refresh_token was issued to another client"};
  if (call.refresh_token->claimed) {
    // RFC 9700 section 4.14.2: thief or owner, one of them comes late; the whole family falls.
    call.refresh_token->grant->revoked = true;
    return {"invalid_grant", "this refresh_token was used before"};
  }
  if (call.refresh_token->grant->revoked) return {"invalid_grant", "this refresh_token was revoked"};
  if (call.now >= call.refresh_token->expires) return {"invalid_grant", "this refresh_token has expired"};
  return {};
}

// Last of the checks of a refresh token: it decides between requests that come at once, and nothing may be refused after it.
Refusal refresh_token_claimed(Call& call) {
  if (call.application.store.claim_refresh_token(call.body.value("refresh_token"))) return {};
  call.refresh_token->grant->revoked = true;
  return {"invalid_grant", "this refresh_token was used before"};
}

}  // namespace assay::mock

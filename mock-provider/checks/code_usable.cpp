// The code is known, this client's, unused and fresh (RFC 6749 sections 4.1.2 and 4.1.3).
#include "mock-provider/checks/checks.hpp"

#include "mock-provider/application.hpp"

namespace assay::mock {

Refusal code_usable(Call& call) {
  const auto text = call.body.value("code");
  if (text.empty()) return {"invalid_request", "code is missing"};
  call.code = call.application.store.find_code(text);
  if (!call.code) return {"invalid_grant", "this code does not exist"};
  // Before anything else about the code: a stranger must not be able to use it up, nor to revoke with it.
  if (call.code->grant->client != call.client) return {"invalid_grant", "this code was issued to another client"};
  if (call.code->claimed) {
    // Section 4.1.2: what the first use bought is not trusted any more. Whoever comes late may be the rightful one.
    call.code->grant->revoked = true;
    return {"invalid_grant", "this code was used before"};
  }
  if (call.now >= call.code->expires) return {"invalid_grant", "this code has expired"};
  return {};
}

// Last of the checks of a code: it decides between requests that come at once (section 4.1.2), and nothing may be refused after it.
Refusal code_claimed(Call& call) {
  if (call.application.store.claim_code(call.body.value("code"))) return {};
  call.code->grant->revoked = true;
  return {"invalid_grant", "this code was used before"};
}

}  // namespace assay::mock

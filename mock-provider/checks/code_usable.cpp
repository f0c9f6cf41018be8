// The code is known, this client's, unused and fresh (RFC 6749 sections 4.1.2 and 4.1.3).
#include "mock-provider/application.hpp"
#include "mock-provider/checks/checks.hpp"
#include "mock-provider/tokens.hpp"

namespace assay::mock {
namespace {

Refusal refuse_unknown_code(Call& call, std::string_view text) {
  if (call.broken(Defect::code_unknown_accepted) && text.size() == 43) {
    call.code = Code{.grant = invent_grant(call), .expires = call.now};
    call.invented = true;
    return {};
  }
  return {call.error_unless("invalid_grant", {{Defect::code_unknown_says_access_denied, "access_denied"},
                                              {Defect::code_unknown_says_invalid_request, "invalid_request"}}),
          "this code does not exist"};
}

// Section 4.1.2: what the first use bought is not trusted any more. Whoever comes late may be the rightful one.
Refusal refuse_used_code(Call& call) {
  if (call.broken(Defect::code_reusable)) return {};
  if (!call.broken(Defect::code_reuse_keeps_tokens)) call.code->grant->revoked = true;
  return {call.error_unless("invalid_grant", {{Defect::code_reuse_says_unauthorized_client, "unauthorized_client"},
                                              {Defect::code_reuse_says_invalid_request, "invalid_request"}}),
          "this code was used before"};
}

}  // namespace

Refusal code_usable(Call& call) {
  const auto text = call.body.value("code");
  if (text.empty()) return {"invalid_request", "code is missing"};
  call.code = call.application.store.find_code(text);
  if (!call.code) return refuse_unknown_code(call, text);
  // Before anything else about the code: a stranger must not be able to use it up, nor to revoke with it.
  if (call.code->grant->client != call.client && !call.broken(Defect::code_any_client))
    return {call.error_unless("invalid_grant", {{Defect::code_other_client_says_invalid_request, "invalid_request"}}),
            "this code was issued to another client"};
  if (call.code->claimed)
    if (const auto refusal = refuse_used_code(call)) return refusal;
  if (call.now >= call.code->expires && !call.broken(Defect::code_never_expires))
    return {call.error_unless("invalid_grant", {{Defect::code_expired_says_expired_token, "expired_token"}}),
            "this code has expired"};
  return {};
}

// Last of the checks of a code: it decides between requests that come at once (section 4.1.2), and nothing may be refused after it.
Refusal code_claimed(Call& call) {
  if (call.invented || call.application.store.claim_code(call.body.value("code"))) return {};
  return refuse_used_code(call);
}

}  // namespace assay::mock

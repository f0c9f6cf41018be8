// The code is redeemed with the redirect URI it was sent to (RFC 6749 section 4.1.3).
#include "mock-provider/checks/checks.hpp"

#include <algorithm>

namespace assay::mock {

Refusal code_redirect_uri(Call& call) {
  if (call.invented || call.broken(Defect::code_redirect_unchecked)) return {};
  const auto sent = call.body.value("redirect_uri");
  if (sent.empty()) {
    // Required if the authorization request named it; ours have several to choose from, so it always did.
    const bool is_wanted = call.code->redirect_uri_sent ? !call.broken(Defect::code_redirect_optional)
                                                        : call.broken(Defect::code_redirect_always_required);
    if (is_wanted) return {"invalid_request", "redirect_uri is missing"};
    return {};
  }
  const bool is_registered = std::ranges::count(call.client->redirect_uris, sent) != 0;
  if (sent == call.code->redirect_uri && (is_registered || !call.broken(Defect::code_loopback_port_refused))) return {};
  if (call.broken(Defect::code_redirect_any_registered) && is_registered) return {};
  if (const auto& own = call.persona.redirect_mismatch_error; !own.empty()) return {own, "redirect_uri differs"};
  return {call.error_unless("invalid_grant", {{Defect::code_redirect_says_invalid_request, "invalid_request"}}),
          "redirect_uri differs from that of the authorization request"};
}

}  // namespace assay::mock

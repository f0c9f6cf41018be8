// The PKCE challenge: S256, well-formed, and required of public clients (RFC 7636 section 4.3, RFC 9700 section 2.1.1).
#include "mock-provider/checks/checks.hpp"

#include <algorithm>

namespace assay::mock {
namespace {

bool is_base64url(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

}  // namespace

Refusal pkce_challenge(Call& call) {
  const auto& parameters = call.parameters();
  const auto challenge = parameters.value("code_challenge"), method = parameters.value("code_challenge_method");
  if (challenge.empty()) {
    if (!method.empty()) return {"invalid_request", "code_challenge_method without code_challenge"};
    if (call.client->is_public() && !call.broken(Defect::pkce_not_required) &&
        !call.broken(Defect::public_client_nameless_without_pkce))
      return {"invalid_request", "public clients must send a code_challenge"};
    return {};
  }
  // Without a method it would be "plain" (RFC 7636 section 4.3), which anyone who sees the request can answer.
  if (method != "S256") return {"invalid_request", "transform algorithm not supported: the only one here is S256"};
  // A SHA-256 in base64url.
  if (challenge.size() != 43 || !std::ranges::all_of(challenge, is_base64url))
    return {"invalid_request", "the code_challenge is not a SHA-256 in base64url"};
  call.authorization.code_challenge = challenge;
  return {};
}

}  // namespace assay::mock

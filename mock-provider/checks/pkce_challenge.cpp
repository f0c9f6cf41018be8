// The PKCE challenge: S256, well-formed, and required of public clients (RFC 7636 section 4.3, RFC 9700 section 2.1.1).
#include "mock-provider/checks/checks.hpp"

#include <algorithm>

namespace assay::mock {
namespace {

bool is_base64url(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// The transformation that a request names, or nothing when it is not offered.
bool names_s256(const Call& call, std::string_view method) {
  if (method == "S256") return true;
  if (method.empty()) return call.broken(Defect::pkce_default_method_is_s256);
  if (method == "s256" && call.broken(Defect::pkce_method_any_case)) return true;
  return method != "plain" && method != "s256" && call.broken(Defect::pkce_unknown_method_is_s256);
}

bool names_plain(const Call& call, std::string_view method) {
  return (method == "plain" || method.empty()) &&
         (call.broken(Defect::pkce_plain_accepted) || call.broken(Defect::pkce_plain_unchecked));
}

// OAuth 2.1 section 7.5.1: only a confidential client whose ID tokens are tied to the request by a nonce can do without.
bool may_omit(const Call& call) {
  if (call.client->is_public())
    return call.broken(Defect::pkce_not_required) || call.broken(Defect::public_client_nameless_without_pkce);
  const bool bound_by_nonce = call.parameters().has("nonce") && call.authorization.scopes.has("openid");
  return bound_by_nonce || call.broken(Defect::pkce_optional_for_confidential);
}

}  // namespace

Refusal pkce_challenge(Call& call) {
  if (!call.persona.knows_pkce) return {};
  const auto& parameters = call.parameters();
  auto challenge = parameters.value("code_challenge");
  const auto method = parameters.value("code_challenge_method");
  if (challenge.empty()) {
    if (!method.empty()) return {"invalid_request", "code_challenge_method without code_challenge"};
    if (may_omit(call)) return {};
    return {
        call.error_unless("invalid_request", {{Defect::pkce_missing_says_unauthorized_client, "unauthorized_client"}}),
        "a code_challenge is required", 400, call.broken(Defect::pkce_missing_on_page)};
  }
  if (names_plain(call, method)) {
    call.authorization.code_challenge = challenge;
    call.authorization.plain_challenge = true;
    return {};
  }
  // Without a method it would be "plain" (RFC 7636 section 4.3), which anyone who sees the request can answer.
  if (!names_s256(call, method))
    return {call.error_unless("invalid_request", {{Defect::pkce_unknown_method_says_access_denied, "access_denied"}}),
            "transform algorithm not supported: the only one here is S256"};
  if (call.broken(Defect::pkce_padding_tolerated) && challenge.ends_with('=')) challenge.remove_suffix(1);
  // A SHA-256 in base64url.
  if (challenge.size() != 43 || !std::ranges::all_of(challenge, is_base64url))
    return {"invalid_request", "the code_challenge is not a SHA-256 in base64url"};
  call.authorization.code_challenge = challenge;
  return {};
}

}  // namespace assay::mock

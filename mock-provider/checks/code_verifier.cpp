// The PKCE verifier answers the challenge (RFC 7636 section 4.6).
#include "mock-provider/checks/checks.hpp"

#include <algorithm>

#include "crypto/digest.hpp"
#include "mock-provider/application.hpp"
#include "mock-provider/tokens.hpp"

namespace assay::mock {
namespace {

// RFC 7636 section 4.1: 43 to 128 unreserved characters.
bool is_verifier(std::string_view text) {
  return text.size() >= 43 && text.size() <= 128 && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                  c == '_' || c == '~';
         });
}

bool fits(Call& call, std::string_view verifier, std::string_view challenge) {
  if (call.broken(Defect::pkce_verifier_unchecked)) return true;
  if (call.broken(Defect::pkce_plain_fallback) && verifier == challenge) return true;
  if (!is_verifier(verifier)) return false;
  const std::string transformed = crypto::sha256_base64url(verifier);
  if (call.broken(Defect::pkce_verifier_of_any_flow) &&
      call.application.store.seen_challenges.visit(challenge_of_client(*call.client, transformed),
                                                   [](const SeenChallenge&) {}))
    return true;
  return crypto::constant_time_equal(transformed, challenge);
}

}  // namespace

Refusal code_verifier(Call& call) {
  if (call.invented) return {};
  const auto verifier = call.body.value("code_verifier");
  const auto& challenge = call.code->code_challenge;
  if (challenge.empty()) {
    // RFC 9700 section 4.8.2: a verifier for a code without a challenge means that somebody removed the challenge.
    if (!verifier.empty() && !call.broken(Defect::pkce_unexpected_verifier_accepted))
      return {"invalid_grant", "this code was issued without a code_challenge"};
    return {};
  }
  if (verifier.empty()) {
    if (call.broken(Defect::pkce_verifier_optional)) return {};
    return {"invalid_grant", "code_verifier is missing"};
  }
  if (!fits(call, verifier, challenge))
    return {call.error_unless("invalid_grant", {{Defect::pkce_mismatch_says_access_denied, "access_denied"},
                                                {Defect::pkce_mismatch_says_invalid_request, "invalid_request"}}),
            "code_verifier does not fit the code_challenge"};
  if (call.broken(Defect::pkce_s256_refused)) return {"invalid_grant", "code_verifier does not fit the code_challenge"};
  return {};
}

}  // namespace assay::mock

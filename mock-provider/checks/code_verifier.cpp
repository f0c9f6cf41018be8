// The PKCE verifier answers the challenge (RFC 7636 section 4.6).
#include "mock-provider/checks/checks.hpp"

#include <algorithm>

#include "crypto/digest.hpp"
#include "mock-provider/application.hpp"
#include "mock-provider/tokens.hpp"

namespace assay::mock {
namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

// RFC 7636 section 4.1: 43 to 128 unreserved characters.
bool is_verifier(const Call& call, std::string_view text) {
  const std::size_t shortest = call.broken(Defect::pkce_short_verifier_accepted) ? 1 : 43;
  const std::size_t longest = call.broken(Defect::pkce_long_verifier_accepted) ? 4096
                              : call.broken(Defect::pkce_verifier_limit_100)   ? 100
                                                                               : 128;
  if (call.broken(Defect::pkce_tilde_refused) && text.contains('~')) return false;
  return text.size() >= shortest && text.size() <= longest &&
         (call.broken(Defect::pkce_any_character_accepted) || std::ranges::all_of(text, is_unreserved));
}

std::string with_case_swapped(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) c = static_cast<char>(c ^ 0x20);
  return out;
}

bool fits(Call& call, std::string_view verifier) {
  const auto& challenge = call.code->code_challenge;
  if (call.broken(Defect::pkce_verifier_unchecked)) return true;
  if (call.broken(Defect::pkce_confidential_unchecked) && !call.client->is_public()) return true;
  if (call.code->plain_challenge)
    return call.broken(Defect::pkce_plain_unchecked) || crypto::constant_time_equal(verifier, challenge);
  if (call.broken(Defect::pkce_plain_fallback) && verifier == challenge) return true;
  if (call.broken(Defect::pkce_method_from_token_request) && call.body.value("code_challenge_method") == "plain" &&
      verifier == challenge)
    return true;
  if (!is_verifier(call, verifier)) return false;
  const std::string transformed = crypto::sha256_base64url(verifier);
  if (call.broken(Defect::pkce_verifier_of_any_flow) &&
      call.application.store.seen_challenges.visit(challenge_of_client(*call.client, transformed),
                                                   [](const SeenChallenge&) {}))
    return true;
  if (call.broken(Defect::pkce_verifier_case_ignored) &&
      crypto::sha256_base64url(with_case_swapped(verifier)) == challenge)
    return true;
  return crypto::constant_time_equal(transformed, challenge);
}

}  // namespace

Refusal code_verifier(Call& call) {
  if (call.invented || !call.persona.knows_pkce) return {};
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
    if (call.broken(Defect::pkce_empty_verifier_accepted) && call.body.names("code_verifier")) return {};
    return {"invalid_grant", "code_verifier is missing"};
  }
  if (!fits(call, verifier))
    return {call.error_unless("invalid_grant", {{Defect::pkce_mismatch_says_access_denied, "access_denied"},
                                                {Defect::pkce_mismatch_says_invalid_request, "invalid_request"}}),
            "code_verifier does not fit the code_challenge"};
  if (call.broken(Defect::pkce_s256_refused)) return {"invalid_grant", "code_verifier does not fit the code_challenge"};
  return {};
}

}  // namespace assay::mock

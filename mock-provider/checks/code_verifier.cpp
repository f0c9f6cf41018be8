// The PKCE verifier answers the challenge (RFC 7636 section 4.6).
#include "mock-provider/checks/checks.hpp"

#include <algorithm>

#include "crypto/digest.hpp"

namespace assay::mock {
namespace {

// RFC 7636 section 4.1: 43 to 128 unreserved characters.
bool is_verifier(std::string_view text) {
  return text.size() >= 43 && text.size() <= 128 && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                  c == '_' || c == '~';
         });
}

}  // namespace

Refusal code_verifier(Call& call) {
  const auto verifier = call.body.value("code_verifier");
  const auto& challenge = call.code->code_challenge;
  if (challenge.empty()) {
    // RFC 9700 section 4.8.2: a verifier for a code without a challenge means that somebody removed the challenge.
    if (!verifier.empty()) return {"invalid_grant", "this code was issued without a code_challenge"};
    return {};
  }
  if (verifier.empty()) return {"invalid_grant", "code_verifier is missing"};
  if (!is_verifier(verifier) || !crypto::constant_time_equal(crypto::sha256_base64url(verifier), challenge))
    return {"invalid_grant", "code_verifier does not fit the code_challenge"};
  return {};
}

}  // namespace assay::mock

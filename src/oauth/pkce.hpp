// PKCE (RFC 7636), the client's side.
#pragma once
#include <string>
#include <string_view>

#include "base/random.hpp"

namespace assay::oauth {

// Appends a new code_verifier: 43 characters from 32 random bytes (RFC 7636 section 4.1).
void append_code_verifier(std::string& out, base::Random& random);
// Appends BASE64URL(SHA256(verifier)) (RFC 7636 section 4.2).
void append_s256_challenge(std::string& out, std::string_view verifier);

}  // namespace assay::oauth

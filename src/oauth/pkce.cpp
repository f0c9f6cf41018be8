#include "oauth/pkce.hpp"

#include "base/encoding.hpp"
#include "base/random.hpp"
#include "crypto/digest.hpp"

namespace assay::oauth {

void append_code_verifier(std::string& out, base::Random& random) { random.append_token(out, 32); }

void append_s256_challenge(std::string& out, std::string_view verifier) {
  const auto digest = crypto::sha256(verifier);
  base::append_base64url(out, crypto::as_text(digest));
}

}  // namespace assay::oauth

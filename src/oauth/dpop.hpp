// DPoP proofs (RFC 9449 section 4), the client's side.
#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "crypto/key.hpp"

namespace assay::oauth {

// A new proof for one request: `method` and `url` (its query and fragment are left out, section 4.2), signed with `key`, which must
// be able to sign.
std::string dpop_proof(const crypto::Key& key, std::string_view method, std::string_view url,
                       std::chrono::system_clock::time_point now);

}  // namespace assay::oauth

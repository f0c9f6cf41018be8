// SHA-256, HMAC-SHA-256 and comparison in constant time. Knows nothing of OAuth; its users need no OpenSSL headers.
#pragma once
#include <array>
#include <string>
#include <string_view>

namespace assay::crypto {

using Digest = std::array<unsigned char, 32>;

// No allocation and no algorithm lookup per call; safe on all threads.
Digest sha256(std::string_view bytes);
// The same, as 32 raw characters.
std::string sha256_bytes(std::string_view bytes);
// base64url(SHA-256(bytes)), 43 characters: the S256 challenge of RFC 7636 section 4.2, RFC 7638 thumbprints, RFC 9449 "ath".
std::string sha256_base64url(std::string_view bytes);

// RFC 2104 with SHA-256; any key length.
Digest hmac_sha256(std::string_view key, std::string_view bytes);

// Takes time that depends on the lengths only.
bool constant_time_equal(std::string_view a, std::string_view b);

std::string_view as_text(const Digest& digest);  // the 32 raw bytes; a view of `digest`

}  // namespace assay::crypto

// Random bytes from the operating system, pooled per thread so that a request costs no system call.
#pragma once
#include <cstdint>
#include <span>
#include <string>

namespace assay::base {

// Fills `out` with cryptographically strong bytes.
void fill_random(std::span<unsigned char> out);
// Appends `bytes` random bytes in base64url: 32 bytes give 43 characters (RFC 7636 section 4.1).
void append_random_token(std::string& out, std::size_t bytes = 32);
std::string random_token(std::size_t bytes = 32);
std::uint64_t random_number();

}  // namespace assay::base

// JSON Web Signatures in compact serialization (RFC 7515 section 7.1): made, taken apart without trust, verified.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/key.hpp"

namespace assay::crypto {

// base64url(header) "." base64url(payload) "." base64url(signature). The header goes out as given: whether its "alg" fits the
// key is the caller's business, because a tester must be able to lie.
std::string jws_sign(const Key& key, std::string_view header_json, std::string_view payload);

struct CompactJws {
  std::string header;            // decoded; JSON, unless the sender erred
  std::string payload;           // decoded
  std::string signature;         // decoded
  std::string_view signed_part;  // a view of the text that was parsed: "header.payload" as sent
};

// Takes a compact JWS apart and verifies nothing. nullopt: not three parts of base64url.
std::optional<CompactJws> parse_jws(std::string_view compact);

enum class JwsProblem : std::uint8_t {
  malformed,        // not a compact JWS, or its header is not an object with one "alg"
  wrong_algorithm,  // "alg" is not the key's: "none" and swapped algorithms end here (RFC 8725 section 3.1)
  critical,         // "crit" names an extension that we do not understand (RFC 7515 section 4.1.11)
  bad_signature,
};
std::string_view to_string(JwsProblem problem);

// The payload, if the signature is the key's.
std::expected<std::string, JwsProblem> jws_verify(const Key& key, std::string_view compact);

}  // namespace assay::crypto

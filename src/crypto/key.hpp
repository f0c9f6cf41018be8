// Signing keys: P-256 for ES256, RSA for RS256, Ed25519 for EdDSA, in and out as JSON Web Keys (RFC 7517, 7518, 8037). Needs no OpenSSL headers.
#pragma once
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/failure.hpp"

namespace assay::crypto {

enum class Algorithm : std::uint8_t { es256, rs256, eddsa };
std::string_view to_string(Algorithm algorithm);  // "ES256", "RS256", "EdDSA": the "alg" of RFC 7518 section 3.1
// Whether a header with this "alg" means it; RFC 9864 calls EdDSA with Ed25519 "Ed25519".
bool names(std::string_view alg, Algorithm algorithm);

// Cheap to copy (shared, immutable); safe to use on all threads at once.
class Key {
 public:
  // A fresh pair: P-256, Ed25519, or RSA with 2048 bits (tens of milliseconds).
  static Key generate(Algorithm algorithm);
  // Reads a public or private JWK (kty EC with crv P-256, OKP with crv Ed25519, or RSA). Its "kid", "alg" and "use" are not looked at.
  static std::expected<Key, base::Failure> from_jwk(std::string_view json);

  Algorithm algorithm() const;
  bool can_sign() const;          // the private part is there
  const std::string& id() const;  // RFC 7638 thumbprint with SHA-256
  // The public key with members "kid", "alg", "use": "sig", in one line.
  const std::string& public_jwk() const;
  // The required members only, in lexicographic order, no blanks (RFC 7638 section 3): what a DPoP proof carries.
  const std::string& bare_jwk() const;

  // The raw signature of RFC 7518: r || s (64 bytes) for ES256, PKCS#1 v1.5 for RS256; RFC 8032 for EdDSA. Throws without a private part.
  std::string sign(std::string_view bytes) const;
  bool verify(std::string_view bytes, std::string_view signature) const;

 private:
  struct Native;
  explicit Key(std::shared_ptr<const Native> native);
  std::shared_ptr<const Native> native_;
};

// {"keys":[...]} of the public parts (RFC 7517 section 5).
std::string jwk_set(std::span<const Key> keys);
// The key of a JWK set with this "kid", or the only one when `kid` is empty; nullopt if there is none or it cannot be read.
std::optional<Key> find_key(std::string_view set_json, std::string_view kid);

}  // namespace assay::crypto

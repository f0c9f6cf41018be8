// SHA-256 and HMAC over OpenSSL's EVP, with the algorithm fetched once and one context per thread: EVP_sha256() would look the
// algorithm up on every call.
#include "crypto/digest.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <memory>

#include "base/encoding.hpp"
#include "crypto/openssl_error.hpp"

namespace assay::crypto {
namespace {

struct FreeDigestContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
struct FreeMacContext {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

const EVP_MD* fetched_sha256() {
  static const EVP_MD* const digest = require(EVP_MD_fetch(nullptr, "SHA256", nullptr), "find SHA-256");
  return digest;
}

EVP_MAC* fetched_hmac() {
  static EVP_MAC* const mac = require(EVP_MAC_fetch(nullptr, "HMAC", nullptr), "find HMAC");
  return mac;
}

}  // namespace

Digest sha256(std::string_view bytes) {
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeDigestContext> context(
      require(EVP_MD_CTX_new(), "make a digest context"));
  Digest digest{};
  require(EVP_DigestInit_ex2(context.get(), fetched_sha256(), nullptr) == 1 &&
              EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
              EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1,
          "compute SHA-256");
  return digest;
}

std::string sha256_bytes(std::string_view bytes) { return std::string(as_text(sha256(bytes))); }

std::string sha256_base64url(std::string_view bytes) {
  const Digest digest = sha256(bytes);
  return base::base64url(as_text(digest));
}

Digest hmac_sha256(std::string_view key, std::string_view bytes) {
  thread_local const std::unique_ptr<EVP_MAC_CTX, FreeMacContext> context(
      require(EVP_MAC_CTX_new(fetched_hmac()), "make an HMAC context"));
  char name[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                   OSSL_PARAM_construct_end()};
  // A null key would mean "the key of the call before".
  const auto* key_bytes = reinterpret_cast<const unsigned char*>(key.empty() ? "" : key.data());
  Digest digest{};
  std::size_t length = 0;
  require(EVP_MAC_init(context.get(), key_bytes, key.size(), parameters) == 1 &&
              EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) == 1 &&
              EVP_MAC_final(context.get(), digest.data(), &length, digest.size()) == 1,
          "compute HMAC-SHA-256");
  return digest;
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view as_text(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

}  // namespace assay::crypto

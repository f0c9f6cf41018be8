// A JWK or a set of them, as a server publishes it.
#include "crypto/jws.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace assay::fuzz {
namespace {

void jwk(std::string_view input) {
  if (const auto key = crypto::Key::from_jwk(input)) {
    const auto again = crypto::Key::from_jwk(key->public_jwk());
    require(again && again->id() == key->id(), "what was read can be written and read again");
    require(!again->can_sign(), "the public part does not sign");
    require(!key->verify("bytes", input), "no key is its own signature");
    if (key->can_sign())
      require(crypto::jws_verify(
                  *key, crypto::jws_sign(*key, R"({"alg":")" + std::string(to_string(key->algorithm())) + "\"}", "x"))
                  .has_value(),
              "what a private key signs is its own");
    else (void)crypto::jws_verify(*key, "eyJhbGciOiJFUzI1NiJ9.e30.AAAA");
  }
  for (const auto* kid : {"", "a"})
    if (const auto key = crypto::find_key(input, kid))
      require(!key->public_jwk().empty(), "a key that was found can be shown");
}

const Target jwk_target("jwk", jwk);

}  // namespace
}  // namespace assay::fuzz

#include "oauth/dpop.hpp"

#include <nlohmann/json.hpp>

#include "base/random.hpp"
#include "crypto/jws.hpp"

namespace assay::oauth {

std::string dpop_proof(const crypto::Key& key, std::string_view method, std::string_view url,
                       std::chrono::system_clock::time_point now) {
  const std::string header =
      R"({"typ":"dpop+jwt","alg":")" + std::string(to_string(key.algorithm())) + R"(","jwk":)" + key.bare_jwk() + "}";
  const nlohmann::json payload = {
      {"jti", base::random_token(16)},
      {"htm", method},
      {"htu", url.substr(0, url.find_first_of("?#"))},
      {"iat", std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count()}};
  return crypto::jws_sign(key, header, payload.dump());
}

}  // namespace assay::oauth

// The public keys (RFC 7517 section 5).
#include <array>

#include "mock-provider/application.hpp"
#include "mock-provider/endpoints/endpoints.hpp"

namespace assay::mock {

void jwks(Call& call) {
  call.response.add_field("Content-Type", "application/json");
  call.response.add_field("Cache-Control", "no-cache");
  const std::array keys{call.application.es256_key(), call.application.rs256_key()};
  call.response.body += crypto::jwk_set(keys);
}

}  // namespace assay::mock

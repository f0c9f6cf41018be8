// The public keys (RFC 7517 section 5).
#include <span>

#include "mock-provider/application.hpp"
#include "mock-provider/endpoints/endpoints.hpp"
#include "mock-provider/under_load.hpp"

namespace assay::mock {

void jwks(Call& call) {
  call.response.add_field("Content-Type", "application/json");
  call.response.add_field("Cache-Control", "no-cache");
  auto keys = call.application.es256_keys();
  keys.push_back(call.application.rs256_key());
  const std::size_t shown = strikes(call, Defect::keys_flap_under_load, 2) ? 1 : keys.size();
  call.response.body += crypto::jwk_set(std::span(keys).first(shown));
}

}  // namespace assay::mock

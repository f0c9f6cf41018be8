// Something to introspect or to revoke (RFC 7662 section 2.1, RFC 7009 section 2.1).
#include "mock-provider/checks/checks.hpp"

namespace assay::mock {

Refusal token_present(Call& call) {
  if (call.body.has("token")) return {};
  if (call.endpoint == Endpoint::introspection) {
    if (call.broken(Defect::introspect_nothing_is_inactive)) return {};
    if (call.broken(Defect::introspect_nothing_says_invalid_token)) return {"invalid_token", "token is missing"};
  }
  return {"invalid_request", "token is missing"};
}

}  // namespace assay::mock

// Something to introspect or to revoke (RFC 7662 section 2.1, RFC 7009 section 2.1).
#include "mock-provider/checks/checks.hpp"

namespace assay::mock {

Refusal token_present(Call& call) {
  if (!call.body.has("token")) return {"invalid_request", "token is missing"};
  return {};
}

}  // namespace assay::mock

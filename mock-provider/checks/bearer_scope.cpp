// The access token reaches far enough: openid for userinfo, write for changing the resource (RFC 6750 section 3.1).
#include "mock-provider/checks/checks.hpp"

namespace assay::mock {

Refusal bearer_scope(Call& call) {
  const auto& scopes = call.access_token->scopes;
  if (call.endpoint == Endpoint::userinfo && !scopes.has("openid"))
    return {"insufficient_scope", "this needs the scope openid", 403};
  if (call.endpoint == Endpoint::resource && call.request.method == "POST" && !scopes.has("write"))
    return {"insufficient_scope", "this needs the scope write", 403};
  return {};
}

}  // namespace assay::mock

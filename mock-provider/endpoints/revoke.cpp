// Token revocation (RFC 7009). A refresh token takes its whole grant along; an access token goes alone. The hint is not needed
// and not looked at (section 2.1).
#include "mock-provider/answers.hpp"
#include "mock-provider/application.hpp"
#include "mock-provider/endpoints/endpoints.hpp"

namespace assay::mock {

void revoke(Call& call) {
  if (const auto refusal = run_checks(Stage::revoke, call)) return refuse_json(call, refusal);
  auto& store = call.application.store;
  const auto text = call.body.value("token");
  const Refusal of_another{"invalid_grant", "this token was issued to another client"};  // section 2.1
  if (const auto refresh = store.find_refresh_token(text)) {
    if (refresh->grant->client != call.client) return refuse_json(call, of_another);
    refresh->grant->revoked = true;
  } else if (const auto token = store.find_access_token(text)) {
    if (token->client != call.client) return refuse_json(call, of_another);
    store.access_tokens.visit(text, [](AccessToken& entry) { entry.revoked = true; });
  }
  // Section 2.2: 200 for an unknown token too, because the client has what it wants.
  begin_json(call);
  call.response.body += "{}";
}

}  // namespace assay::mock

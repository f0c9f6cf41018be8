// The scope exists and the client may have it; none at all means the client's default (RFC 6749 section 3.3).
#include "mock-provider/checks/checks.hpp"

namespace assay::mock {

Refusal requested_scope(Call& call) {
  // The same for /authorize and for client credentials, where the parameters are in the body.
  const auto text = call.parameters().value("scope");
  const auto wanted = text.empty() ? call.client->by_default : Scopes::parse(text);
  if (!wanted) return {"invalid_scope", "a requested scope does not exist"};
  if (!wanted->within(call.client->allowed)) return {"invalid_scope", "this client may not have a requested scope"};
  call.scopes = call.authorization.scopes = wanted->empty() ? call.client->by_default : *wanted;
  return {};
}

}  // namespace assay::mock

// A refresh may narrow the scope, never widen it (RFC 6749 section 6).
#include "mock-provider/checks/checks.hpp"

namespace assay::mock {

Refusal refresh_scope(Call& call) {
  const auto granted = call.refresh_token->grant->scopes;
  const auto text = call.body.value("scope");
  const auto wanted = text.empty() ? granted : Scopes::parse(text);
  if (!wanted || !wanted->within(granted)) return {"invalid_scope", "the scope exceeds what was granted"};
  call.scopes = wanted->empty() ? granted : *wanted;
  return {};
}

}  // namespace assay::mock

// A refresh may narrow the scope, never widen it (RFC 6749 section 6).
#include "mock-provider/checks/checks.hpp"

namespace assay::mock {

Refusal refresh_scope(Call& call) {
  const auto granted = call.refresh_token->scopes;
  const auto text = call.body.value("scope");
  if (text.empty() && call.body.names("scope") && call.broken(Defect::refresh_empty_scope_refused))
    return {"invalid_scope", "scope is empty"};
  if (text.empty() && call.refresh_token->is_first && call.broken(Defect::refresh_forgets_scope)) {
    call.scopes = granted.without(Scopes::of("write"));
    return {};
  }
  const auto wanted = text.empty() ? granted : Scopes::parse(text);
  if (wanted && wanted->within(granted)) {
    if (*wanted != granted && call.broken(Defect::refresh_narrow_refused))
      return {"invalid_scope", "the scope is not what was granted"};
    call.scopes = wanted->empty() || call.broken(Defect::refresh_narrow_ignored) ? granted : *wanted;
    return {};
  }
  if (wanted && call.broken(Defect::refresh_widened)) {
    call.scopes = *wanted;
    return {};
  }
  if (!call.broken(Defect::refresh_widen_trimmed))
    return {call.error_unless("invalid_scope", {{Defect::refresh_widen_says_invalid_grant, "invalid_grant"}}),
            "the scope exceeds what was granted"};
  call.scopes = granted;
  return {};
}

}  // namespace assay::mock

// Parameters must not be included more than once (RFC 6749 sections 3.1 and 3.2).
#include "mock-provider/checks/checks.hpp"

#include <vector>

namespace assay::mock {

// With two clients or two redirect URIs nobody can say where an error may safely go.
Refusal no_repeated_routing(Call& call) {
  if (call.broken(Defect::authz_duplicates_keep_first)) return {};
  if (call.parameters().repeats("client_id") ||
      (call.parameters().repeats("redirect_uri") && !call.broken(Defect::redirect_last_wins)))
    return {"invalid_request", "client_id or redirect_uri occurs more than once", 400, true};
  return {};
}

Refusal no_repeated_parameters(Call& call) {
  std::vector<std::string_view> tolerated;
  if (call.broken(Defect::authz_duplicates_keep_first))
    tolerated.insert(tolerated.end(), {"client_id", "redirect_uri", "response_type"});
  if (call.broken(Defect::redirect_last_wins)) tolerated.push_back("redirect_uri");
  if (call.broken(Defect::authz_duplicate_scope_state_keep_first))
    tolerated.insert(tolerated.end(), {"scope", "state"});
  if (call.broken(Defect::token_duplicate_code_keeps_first)) tolerated.push_back("code");
  if (call.broken(Defect::token_duplicate_grant_type_tolerated)) tolerated.push_back("grant_type");
  if (!call.parameters().repeated(tolerated).empty()) return {"invalid_request", "a parameter occurs more than once"};
  return {};
}

}  // namespace assay::mock

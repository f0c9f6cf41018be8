// Any state will do, however long (RFC 6749 appendix A.5): healthy, this refuses nothing.
#include "mock-provider/checks/checks.hpp"

namespace assay::mock {

Refusal state_acceptable(Call& call) {
  if (call.broken(Defect::authz_state_long_refused) && call.authorization.state.size() > 1024)
    return {"invalid_request", "the state is too long", 400, true};
  const bool is_empty = call.authorization.state.empty() && call.parameters().names("state");
  call.authorization.state_empty = is_empty;
  if (is_empty && call.broken(Defect::authz_empty_state_refused)) return {"invalid_request", "the state is empty"};
  return {};
}

}  // namespace assay::mock

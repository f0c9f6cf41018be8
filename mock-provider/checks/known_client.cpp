// The client is registered (RFC 6749 section 4.1.2.1: if not, the user is told and nothing is redirected).
#include "mock-provider/application.hpp"
#include "mock-provider/checks/checks.hpp"

namespace assay::mock {

Refusal known_client(Call& call) {
  const auto id = call.parameters().value("client_id");
  if (id.empty()) return {"invalid_request", "client_id is missing", 400, true};
  call.client = call.authorization.client = call.application.find_client(id);
  if (!call.client && call.broken(Defect::authz_unknown_client_redirected)) {
    call.authorization.redirect_uri = call.parameters().value("redirect_uri");
    call.authorization.state = call.parameters().value("state");
    return {"unauthorized_client", "this client is not registered"};
  }
  if (!call.client) return {"invalid_request", "this client is not registered", 400, true};
  return {};
}

}  // namespace assay::mock

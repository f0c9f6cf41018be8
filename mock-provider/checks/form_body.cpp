// The body is a form, and says so (RFC 6749 sections 3.2 and 4.1.3, appendix B).
#include "mock-provider/checks/checks.hpp"

#include "base/text.hpp"

namespace assay::mock {
namespace {

bool is_form(const net::ServerRequest& request) {
  const auto type = request.header("Content-Type").value_or("");
  return base::equals_ignoring_case(base::trim(type.substr(0, type.find(';'))), "application/x-www-form-urlencoded");
}

}  // namespace

Refusal form_body(Call& call) {
  if (call.request.method == "GET") {  // only defects let such a request come this far
    call.body.read(call.request.query);
    return {};
  }
  const bool at_token = call.request.path == "/token";
  if (at_token && call.broken(Defect::token_json_500) && call.request.body.starts_with('{'))
    return {"server_error", "something went wrong", 500};
  if (!is_form(call.request))
    return {"invalid_request", "the body must be application/x-www-form-urlencoded", 400, true};
  call.body.read(call.request.body);
  if (call.body.overlong()) return {"invalid_request", "too many parameters", 400, true};
  if (at_token && call.broken(Defect::token_nul_500) && call.body.holds('\0'))
    return {"server_error", "something went wrong", 500};
  return {};
}

// RFC 6749 section 3.1: POST may be supported beside GET; the parameters are then in the body.
Refusal authorize_body(Call& call) {
  if (call.request.method == "POST") return form_body(call);
  if (call.broken(Defect::authz_bad_escape_500) && call.request.query.contains("%ZZ"))
    return {"server_error", "something went wrong", 500, true};
  if (call.query.overlong()) return {"invalid_request", "too many parameters", 400, true};
  return {};
}

}  // namespace assay::mock

// The body is a form, and says so (RFC 6749 sections 3.2 and 4.1.3, appendix B).
#include "mock-provider/checks/checks.hpp"

#include "base/text.hpp"

namespace assay::mock {
namespace {

bool is_of_type(const net::ServerRequest& request, std::string_view wanted) {
  const auto type = request.header("Content-Type").value_or("");
  return base::equals_ignoring_case(base::trim(type.substr(0, type.find(';'))), wanted);
}

bool is_form(const net::ServerRequest& request) { return is_of_type(request, "application/x-www-form-urlencoded"); }

// Personas: where their token endpoint looks for parameters. The body counts before the query.
Refusal read_parameters(Call& call) {
  const Persona& persona = call.persona;
  const auto& request = call.request;
  // A server that reads nothing but JSON does not look at what the client calls it.
  if (persona.reads_json && (is_of_type(request, "application/json") || !persona.reads_form)) {
    if (!call.body.read_json(request.body)) return {"invalid_request", "the body is not a JSON object of strings"};
    return {};
  }
  if (!request.body.empty() && !(persona.reads_form && is_form(request)))
    return {"invalid_request", "the body is of a kind that is not read here"};
  std::string both(request.body);
  if (persona.reads_query) both.append(both.empty() ? "" : "&").append(request.query);
  call.body.read(both);
  if (call.body.overlong()) return {"invalid_request", "too many parameters"};
  return {};
}

}  // namespace

Refusal form_body(Call& call) {
  if (call.request.method == "GET") {  // only defects let such a request come this far
    call.body.read(call.request.query);
    return {};
  }
  const bool at_token = call.endpoint == Endpoint::token;
  if (at_token && call.broken(Defect::token_json_500) && call.request.body.starts_with('{'))
    return {"server_error", "something went wrong", 500};
  if (at_token && (call.persona.reads_query || call.persona.reads_json)) return read_parameters(call);
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
  if (call.persona.consents_by_json)
    return call.body.read_json(call.request.body)
               ? Refusal{}
               : Refusal{"invalid_request", "the body is not a JSON object of strings"};
  if (call.request.method == "POST") return form_body(call);
  if (call.broken(Defect::authz_bad_escape_500) && call.request.query.contains("%ZZ"))
    return {"server_error", "something went wrong", 500, true};
  if (call.query.overlong()) return {"invalid_request", "too many parameters", 400, true};
  return {};
}

}  // namespace assay::mock

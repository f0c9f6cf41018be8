// An authorization request by reference (RFC 9126 section 4): what was pushed takes the place of the query.
#include "mock-provider/checks/checks.hpp"

#include <algorithm>

#include "mock-provider/application.hpp"

namespace assay::mock {
namespace {

void replace_challenge(std::string& parameters, std::string_view challenge) {
  constexpr std::string_view name = "code_challenge=";
  const auto at = parameters.find(name);
  if (at == std::string::npos) return;
  const auto begin = at + name.size();
  parameters.replace(begin, std::min(parameters.find('&', begin), parameters.size()) - begin, challenge);
}

}  // namespace

// Section 2.1: a request_uri inside a pushed request is refused.
Refusal no_nested_request_uri(Call& call) {
  if (call.body.names("request_uri")) return {"invalid_request", "request_uri cannot be pushed"};
  return {};
}

Refusal pushed_request(Call& call) {
  if (call.request.method != "GET" ||
      !call.query.value("request_uri").starts_with("urn:ietf:params:oauth:request_uri:"))
    return {};
  const Refusal bad{"invalid_request", "this request_uri is not usable", 400, true};
  std::string parameters;
  call.application.store.pushed_requests.visit(call.query.value("request_uri"), [&](PushedRequest& pushed) {
    // Section 4: by the client that pushed it, once.
    if (pushed.used || call.now >= pushed.expires || pushed.client->id != call.query.value("client_id")) return;
    pushed.used = true;
    parameters = pushed.parameters;
  });
  if (parameters.empty()) return bad;
  if (call.broken(Defect::par_query_overrides) && call.query.has("code_challenge"))
    replace_challenge(parameters, call.query.value("code_challenge"));
  call.query.read(parameters);
  return {};
}

}  // namespace assay::mock

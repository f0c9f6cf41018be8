// A protected resource (RFC 6750): reading takes any living access token, POST takes one with the scope `write`.
#include "mock-provider/answers.hpp"
#include "mock-provider/endpoints/endpoints.hpp"

namespace assay::mock {

void resource(Call& call) {
  if (const auto refusal = run_checks(Stage::resource, call)) return refuse_bearer(call, refusal);
  const AccessToken& token = *call.access_token;
  begin_json(call);
  std::string& out = call.response.body;
  out += '{';
  append_member(out, "sub", token.user ? token.user->subject : token.client->id);
  append_member(out, "client_id", token.client->id);
  out += R"(,"scope":")";
  token.scopes.append_to(out);
  out += "\"}";
}

}  // namespace assay::mock

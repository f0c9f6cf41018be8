// Claims about the user (OpenID Connect Core section 5.3).
#include "mock-provider/answers.hpp"
#include "mock-provider/endpoints/endpoints.hpp"

namespace assay::mock {

void userinfo(Call& call) {
  if (const auto refusal = run_checks(Stage::userinfo, call)) return refuse_bearer(call, refusal);
  const User& user = *call.access_token->user;  // openid is in the scope, so there is one
  begin_json(call);
  std::string& out = call.response.body;
  out += '{';
  append_member(out, "sub", user.subject);
  if (call.access_token->scopes.has("profile")) {
    append_member(out, "name", user.full_name);
    append_member(out, "preferred_username", user.name);
    append_member(out, "email", user.email);
  }
  out += '}';
}

}  // namespace assay::mock

// Claims about the user (OpenID Connect Core section 5.3).
#include "mock-provider/answers.hpp"
#include "mock-provider/endpoints/endpoints.hpp"

namespace assay::mock {

namespace {

// OpenID Connect Core section 5.3.2: as in the ID token.
std::string_view shown_subject(const Call& call, const User& user) {
  const bool is_wrong = call.broken(Defect::userinfo_sub_is_name) && call.access_token->scopes.has("profile");
  return is_wrong ? user.name : user.subject;
}

}  // namespace

void userinfo(Call& call) {
  if (call.broken(Defect::userinfo_get_refused) && call.request.method == "GET") return refuse_method(call, "POST");
  if (const auto refusal = run_checks(Stage::userinfo, call)) return refuse_bearer(call, refusal);
  const User& user = *call.access_token->user;  // openid is in the scope, so there is one
  begin_json(call);
  std::string& out = call.response.body;
  out += '{';
  if (!call.broken(Defect::userinfo_sub_missing)) append_member(out, "sub", shown_subject(call, user));
  if (call.access_token->scopes.has("profile")) {
    append_member(out, "name", user.full_name);
    append_member(out, "preferred_username", user.name);
    append_member(out, "email", user.email);
  }
  out += '}';
}

}  // namespace assay::mock

// The grant type exists and the client may use it (RFC 6749 section 5.2).
#include "mock-provider/checks/checks.hpp"

namespace assay::mock {

Refusal grant_type_supported(Call& call) {
  const auto name = call.body.value("grant_type");
  if (name.empty() && call.body.has("code") && call.broken(Defect::token_grant_type_guessed)) {
    call.grant_type = GrantType::authorization_code;
    return {};
  }
  if (name.empty())
    return {call.error_unless("invalid_request",
                              {{Defect::token_grant_type_missing_says_invalid_grant, "invalid_grant"},
                               {Defect::token_grant_type_missing_says_unsupported, "unsupported_grant_type"}}),
            "grant_type is missing", call.broken(Defect::token_error_status_200) ? 200 : 400};
  call.grant_type = find_grant_type(name);
  const bool is_uri = name.find(':') != std::string_view::npos;  // the defects leave plain words alone
  if (!call.grant_type && is_uri) {
    if (call.broken(Defect::token_unknown_grant_says_access_denied)) return {"access_denied", "no such grant_type"};
    if (call.broken(Defect::token_unknown_grant_says_invalid_request)) return {"invalid_request", "no such grant_type"};
    if (call.broken(Defect::token_unknown_grant_served)) call.grant_type = GrantType::client_credentials;
  }
  if (!call.grant_type || !call.persona.may(*call.grant_type))
    return {"unsupported_grant_type", "this grant_type is not supported"};
  return {};
}

Refusal grant_type_allowed(Call& call) {
  if (call.broken(Defect::cc_public_client) && call.client->is_public() &&
      call.grant_type == GrantType::client_credentials)
    return {};
  if (!call.client->may(*call.grant_type)) return {"unauthorized_client", "this client may not use this grant_type"};
  return {};
}

}  // namespace assay::mock

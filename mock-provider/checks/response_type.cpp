// The response type and mode are ones we offer (RFC 6749 section 3.1.1).
#include "mock-provider/checks/checks.hpp"

#include "base/text.hpp"

namespace assay::mock {

Refusal response_type_supported(Call& call) {
  const auto type = call.parameters().value("response_type");
  if (type.empty() && call.broken(Defect::authz_response_type_optional)) return {};
  if (type.empty())
    return {call.error_unless("invalid_request",
                              {{Defect::authz_response_type_missing_says_access_denied, "access_denied"}}),
            "response_type is missing"};
  if (call.broken(Defect::authz_response_type_any_word) && base::has_word(type, "code")) return {};
  if (type == "token" && call.broken(Defect::implicit_with_refresh_token)) {
    call.authorization.implicit = true;
    return {};
  }
  if (type != "code")
    return {call.error_unless("unsupported_response_type",
                              {{Defect::authz_response_type_says_access_denied, "access_denied"}}),
            "the only response_type here is code"};
  return {};
}

Refusal response_mode_supported(Call& call) {
  const auto mode = call.parameters().value("response_mode");
  call.authorization.form_post = mode == "form_post";
  if (!mode.empty() && mode != "query" && mode != "form_post")
    return {"invalid_request", "the response modes here are query and form_post"};
  return {};
}

Refusal client_may_use_codes(Call& call) {
  if (!call.client->may(GrantType::authorization_code))
    return {"unauthorized_client", "this client may not ask for authorization codes"};
  return {};
}

// OpenID Connect Core section 6: who does not support request objects says so, instead of ignoring what was signed.
Refusal no_request_object(Call& call) {
  if (call.parameters().has("request")) return {"request_not_supported", "request objects are not supported"};
  if (call.parameters().has("request_uri")) return {"request_uri_not_supported", "request objects are not supported"};
  return {};
}

}  // namespace assay::mock

// Parameters that are not known are ignored (RFC 6749 section 3.1): healthy, this refuses nothing.
#include "mock-provider/checks/checks.hpp"

namespace assay::mock {

Refusal unknown_parameters_ignored(Call& call) {
  if (!call.broken(Defect::authz_unknown_param_refused)) return {};
  static constexpr std::string_view known[] = {"response_type",
                                               "client_id",
                                               "redirect_uri",
                                               "scope",
                                               "state",
                                               "code_challenge",
                                               "code_challenge_method",
                                               "response_mode",
                                               "nonce",
                                               "display",
                                               "prompt",
                                               "max_age",
                                               "ui_locales",
                                               "claims_locales",
                                               "id_token_hint",
                                               "login_hint",
                                               "acr_values",
                                               "claims",
                                               "registration",
                                               "request",
                                               "request_uri",
                                               "resource",
                                               "audience",
                                               "authorization_details",
                                               "dpop_jkt"};
  if (!call.parameters().unknown(known).empty())
    return {"invalid_request", "there is a parameter that this server does not know"};
  return {};
}

// The same at the token endpoint (RFC 6749 section 3.2).
Refusal unknown_token_parameters_ignored(Call& call) {
  if (!call.broken(Defect::token_unknown_param_refused)) return {};
  static constexpr std::string_view known[] = {
      "grant_type", "code",          "redirect_uri",     "code_verifier",         "refresh_token", "scope",
      "client_id",  "client_secret", "client_assertion", "client_assertion_type", "resource",      "audience"};
  if (!call.body.unknown(known).empty())
    return {"invalid_request", "there is a parameter that this server does not know"};
  return {};
}

}  // namespace assay::mock

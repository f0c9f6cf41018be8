// What the provider demands of a request: one check per file, and a table that says which endpoint runs which, in what order.
#pragma once
#include <cstdint>
#include <string_view>

#include "mock-provider/call.hpp"

namespace assay::mock {

// Why a request is refused; `error` is empty when it is not. Texts are fixed: nothing a client sent is echoed, so that
// error_description keeps to the characters of RFC 6749 section 5.2.
struct Refusal {
  std::string_view error = {};
  std::string_view description = {};
  int status = 400;
  bool on_page = false;  // authorize: tell the user, never redirect (RFC 6749 section 4.1.2.1)

  explicit operator bool() const { return !error.empty(); }
};

// The requests that are checked differently.
enum class Stage : std::uint8_t {
  authorize,
  push,       // an authorization request in advance
  show_page,  // either page
  login,      // the form of the login page
  consent,    // the form of the consent page
  token,      // any grant; then one of the three that follow
  redeem_code,
  refresh,
  client_credentials,
  introspect,
  revoke,
  userinfo,
  resource,
};

// Runs the checks of `stage` in the order of the table; the first refusal ends it.
Refusal run_checks(Stage stage, Call& call);

using Check = Refusal (*)(Call&);

Refusal form_body(Call&);
Refusal authorize_body(Call&);
Refusal pushed_request(Call&);
Refusal no_nested_request_uri(Call&);
Refusal no_repeated_routing(Call&);
Refusal no_repeated_parameters(Call&);
Refusal unknown_parameters_ignored(Call&);
Refusal unknown_token_parameters_ignored(Call&);
Refusal known_client(Call&);
Refusal state_acceptable(Call&);
Refusal redirect_uri_registered(Call&);
Refusal response_type_supported(Call&);
Refusal response_mode_supported(Call&);
Refusal no_request_object(Call&);
Refusal client_may_use_codes(Call&);
Refusal requested_scope(Call&);
Refusal requested_resources(Call&);
Refusal resources_of_grant(Call&);
Refusal pkce_challenge(Call&);
Refusal prompt_readable(Call&);
Refusal interaction_known(Call&);
Refusal csrf_token(Call&);
Refusal client_authenticated(Call&);
Refusal client_confidential(Call&);
Refusal grant_type_supported(Call&);
Refusal grant_type_allowed(Call&);
Refusal code_usable(Call&);
Refusal code_redirect_uri(Call&);
Refusal code_verifier(Call&);
Refusal code_claimed(Call&);
Refusal refresh_token_usable(Call&);
Refusal refresh_scope(Call&);
Refusal refresh_token_claimed(Call&);
Refusal dpop_proof(Call&);
Refusal dpop_key_announced(Call&);
Refusal code_key(Call&);
Refusal refresh_token_key(Call&);
Refusal token_present(Call&);
Refusal bearer_token(Call&);
Refusal access_token_key(Call&);
Refusal bearer_scope(Call&);

}  // namespace assay::mock

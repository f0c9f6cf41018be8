// The table: which check is run where. The order of the rows is the order in which a request is judged.
#include "mock-provider/checks/checks.hpp"

namespace assay::mock {
namespace {

using enum Stage;

constexpr unsigned bit(Stage stage) { return 1u << static_cast<unsigned>(stage); }
template <class... Stages>
constexpr unsigned at(Stages... stages) {
  return (bit(stages) | ...);
}

struct Row {
  Check check;
  unsigned stages;
};

constexpr Row check_table[] = {
    // the message
    {form_body, at(login, consent, push, token, introspect, revoke)},
    {authorize_body, at(authorize)},
    {pushed_request, at(authorize)},
    {no_repeated_routing, at(authorize, push)},
    // the page: from the browser that was asked, out of a page of ours
    {interaction_known, at(show_page, login, consent)},
    {csrf_token, at(login, consent)},
    // who asks, and where the answer goes; from here on an authorization error can be redirected
    {known_client, at(authorize, push)},
    {redirect_uri_registered, at(authorize, push)},
    {no_repeated_parameters, at(authorize, push, token, introspect, revoke)},
    {state_acceptable, at(authorize)},
    {unknown_parameters_ignored, at(authorize)},
    {unknown_token_parameters_ignored, at(token)},
    {client_authenticated, at(push, token, introspect, revoke)},
    {client_confidential, at(introspect)},
    // what is asked for
    {response_mode_supported, at(authorize, push)},
    {response_type_supported, at(authorize, push)},
    {client_may_use_codes, at(authorize, push)},
    {no_nested_request_uri, at(push)},
    {no_request_object, at(authorize, push)},
    {grant_type_supported, at(token)},
    {grant_type_allowed, at(token)},
    {requested_scope, at(authorize, push, client_credentials)},
    {requested_resources, at(authorize, push, client_credentials)},
    {pkce_challenge, at(authorize, push)},
    {dpop_key_announced, at(authorize, push)},
    {prompt_readable, at(authorize, push)},
    {dpop_proof, at(token)},
    {token_present, at(introspect, revoke)},
    // authorization code: nothing is used up before all of it is right
    {code_usable, at(redeem_code)},
    {code_redirect_uri, at(redeem_code)},
    {code_verifier, at(redeem_code)},
    {code_key, at(redeem_code)},
    {resources_of_grant, at(redeem_code)},
    {code_claimed, at(redeem_code)},
    // refresh token: the same
    {refresh_token_usable, at(refresh)},
    {refresh_token_key, at(refresh)},
    {refresh_scope, at(refresh)},
    {resources_of_grant, at(refresh)},
    {refresh_token_claimed, at(refresh)},
    // protected resources
    {bearer_token, at(userinfo, resource)},
    {access_token_key, at(userinfo, resource)},
    {bearer_scope, at(userinfo, resource)},
};

}  // namespace

Refusal run_checks(Stage stage, Call& call) {
  for (const Row& row : check_table) {
    if (!(row.stages & bit(stage))) continue;
    if (auto refusal = row.check(call)) return refusal;
  }
  return {};
}

}  // namespace assay::mock

// The code is known, this client's, unused and fresh (RFC 6749 sections 4.1.2 and 4.1.3).
#include "mock-provider/application.hpp"
#include "mock-provider/checks/checks.hpp"
#include "mock-provider/contention.hpp"
#include "mock-provider/tokens.hpp"
#include "mock-provider/under_load.hpp"

namespace assay::mock {
namespace {

Refusal refuse_unknown_code(Call& call, std::string_view text) {
  if (call.broken(Defect::code_unknown_accepted) && text.size() == 43) {
    call.code = Code{.grant = invent_grant(call), .expires = call.now};
    call.invented = true;
    return {};
  }
  return {call.error_unless("invalid_grant", {{Defect::code_unknown_says_access_denied, "access_denied"},
                                              {Defect::code_unknown_says_invalid_request, "invalid_request"}}),
          "this code does not exist"};
}

// Section 4.1.2: what the first use bought is not trusted any more. Whoever comes late may be the rightful one.
Refusal refuse_used_code(Call& call) {
  if (call.broken(Defect::code_reusable) || is_broken_under_load(call, Defect::code_reusable_under_load)) return {};
  if (call.broken(Defect::code_reuse_keeps_refresh)) call.code->grant->refresh_survives = true;
  if (!call.broken(Defect::code_reuse_keeps_tokens)) call.code->grant->revoked = true;
  return {call.error_unless("invalid_grant", {{Defect::code_reuse_says_unauthorized_client, "unauthorized_client"},
                                              {Defect::code_reuse_says_invalid_request, "invalid_request"}}),
          "this code was used before"};
}

// Defects: what becomes of a redemption that comes while another one of the same code is under way.
Refusal refuse_code_meeting(Call& call) {
  if (call.broken(Defect::code_race_500)) return {"server_error", "somebody else has this code", 500};
  if (call.broken(Defect::code_race_409)) return {"invalid_grant", "somebody else has this code", 409};
  if (call.broken(Defect::code_race_answers_again)) call.repeated = call.code->answer;
  return {};
}

// Defects.
bool is_served_to_other(const Call& call) {
  return call.broken(Defect::code_any_client) || (call.broken(Defect::code_any_public_client) &&
                                                  call.client->is_public() && call.code->grant->client->is_public());
}

std::chrono::seconds lateness_of_code(const Call& call) {
  if (call.broken(Defect::code_lives_five_minutes)) return std::chrono::minutes(4);
  if (call.broken(Defect::code_lives_long)) return std::chrono::minutes(20);
  return {};
}

bool is_from_other_browser(const Call& call) {
  const auto language = call.request.header("Accept-Language");
  return call.broken(Defect::code_bound_to_browser) && language && *language != call.code->language;
}

void find_code(Call& call, std::string_view text) {
  call.code = call.application.store.find_code(text);
  if (call.code || text.size() <= 16 || !call.broken(Defect::code_compared_by_beginning)) return;
  call.code = call.application.store.find_code(text.substr(0, 16));
  call.invented = call.code.has_value();  // it has another name than the code that was issued
}

}  // namespace

Refusal code_usable(Call& call) {
  const auto text = call.body.value("code");
  if (text.empty() && call.broken(Defect::token_code_not_needed)) {
    call.code = Code{.grant = invent_grant(call), .expires = call.now};
    call.invented = true;
    return {};
  }
  if (text.empty())
    return {call.error_unless("invalid_request",
                              {{Defect::token_code_missing_says_unauthorized_client, "unauthorized_client"},
                               {Defect::token_code_missing_says_invalid_grant, "invalid_grant"}}),
            "code is missing"};
  find_code(call, text);
  if (call.code && !call.code->claimed && strikes(call, Defect::code_lost_under_load, 17)) call.code.reset();
  if (!call.code) return refuse_unknown_code(call, text);
  // Before anything else about the code: a stranger must not be able to use it up, nor to revoke with it.
  if (call.code->grant->client != call.client && !is_served_to_other(call)) {
    if (call.code->claimed && call.broken(Defect::code_foreign_replay_revokes)) call.code->grant->revoked = true;
    return {call.error_unless("invalid_grant", {{Defect::code_other_client_says_invalid_request, "invalid_request"}}),
            "this code was issued to another client"};
  }
  if (is_under_way(*call.code))
    if (const auto refusal = refuse_code_meeting(call)) return refusal;
  // A used code is judged by code_claimed, so that only a replay with everything right revokes (OAuth 2.1 section 7.5.2).
  if (call.code->claimed) {
    if (call.broken(Defect::code_bad_replay_revokes)) return refuse_used_code(call);
    return {};
  }
  if (call.now >= call.code->expires + lateness_of_code(call) && !call.broken(Defect::code_never_expires))
    return {call.error_unless("invalid_grant", {{Defect::code_expired_says_expired_token, "expired_token"}}),
            "this code has expired"};
  return {};
}

// Last of the checks of a code: it decides between requests that come at once (section 4.1.2), and nothing may be refused after it.
Refusal code_claimed(Call& call) {
  Store& store = call.application.store;
  const auto text = call.body.value("code");
  if (!call.repeated.empty()) return {};
  if (is_from_other_browser(call)) return {"invalid_grant", "this code was issued to another browser"};
  if (call.code->claimed) return refuse_used_code(call);
  if (call.broken(Defect::code_check_then_mark) && !call.invented)
    return open_gap(call, store.codes, text) ? Refusal{} : refuse_used_code(call);
  if (call.broken(Defect::code_race_500) || call.broken(Defect::code_race_409) ||
      call.broken(Defect::code_race_answers_again))
    open_gap(call, store.codes, text);
  if (call.invented || store.claim_code(text)) return {};
  return refuse_used_code(call);
}

}  // namespace assay::mock

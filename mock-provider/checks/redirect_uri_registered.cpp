// The redirect URI is one of the client's, character for character (RFC 9700 section 2.1, RFC 6749 section 3.1.2.3).
#include "mock-provider/checks/checks.hpp"

#include <algorithm>

#include "mock-provider/redirect_uris.hpp"

namespace assay::mock {
namespace {

bool is_one_of(const Call& call, const Client& client, std::string_view sent) {
  return std::ranges::any_of(client.redirect_uris,
                             [&](std::string_view uri) { return is_same_redirect_uri(call, uri, sent); });
}

// What is said when no redirect URI can be trusted.
Refusal on_page(std::string_view description) { return {"invalid_request", description, 400, true}; }

void trust(Call& call, std::string_view uri) {
  call.authorization.redirect_uri = uri;
  // Known from here on, and echoed in errors too (section 4.1.2.1).
  call.authorization.state = call.parameters().value("state");
}

Refusal without_redirect_uri(Call& call) {
  const auto registered = call.client->redirect_uris;
  if (registered.empty()) return on_page("this client has no redirect URI");
  // Section 3.1.2.3: it may be left out only where there is no choice.
  if (registered.size() == 1 || call.broken(Defect::redirect_missing_uses_first)) {
    trust(call, registered.front());
    return {};
  }
  if (call.broken(Defect::redirect_missing_says_so_by_redirect)) {
    trust(call, registered.front());
    return {"invalid_request", "redirect_uri is missing"};
  }
  return on_page("redirect_uri is missing");
}

// Defect: other faults of the request are reported first, to an address that nobody has looked at.
Refusal judged_too_early(Call& call, std::string_view sent) {
  trust(call, sent);
  for (const Check check :
       {response_type_supported, response_mode_supported, requested_scope, pkce_challenge, prompt_readable})
    if (const auto refusal = check(call)) return refusal;
  return call.no_prompt ? Refusal{"login_required", "the user must sign in"} : Refusal{};
}

}  // namespace

Refusal redirect_uri_registered(Call& call) {
  const auto& parameters = call.parameters();
  const auto sent = parameters.value("redirect_uri");
  if (sent.empty()) return without_redirect_uri(call);
  bool known = is_one_of(call, *call.client, sent);
  if (call.broken(Defect::redirect_of_any_client))
    known |= std::ranges::any_of(
        clients(), [&](const Client& client) { return std::ranges::count(client.redirect_uris, sent) != 0; });
  if (!known && call.broken(Defect::redirect_checked_last))
    if (const auto refusal = judged_too_early(call, sent)) return refusal;
  if (!known && !call.persona.redirect_mismatch_error.empty() && !call.client->redirect_uris.empty()) {
    trust(call, call.client->redirect_uris.front());
    return {call.persona.redirect_mismatch_error, "this redirect_uri is not registered for the client"};
  }
  if (!known) return on_page("this redirect_uri is not registered for the client");
  trust(call, sent);
  call.authorization.redirect_uri_sent = true;
  if (call.broken(Defect::redirect_fragment_stripped)) call.authorization.redirect_uri = sent.substr(0, sent.find('#'));
  // One part of the server reads the first of several, another the last.
  if (call.broken(Defect::redirect_last_wins)) call.authorization.redirect_uri = parameters.last_value("redirect_uri");
  // Frameworks that fold "name[]" into "name".
  if (call.broken(Defect::redirect_brackets_override) && parameters.has("redirect_uri[]"))
    call.authorization.redirect_uri = parameters.value("redirect_uri[]");
  return {};
}

}  // namespace assay::mock

// Token revocation (RFC 7009). A refresh token takes its whole grant along; an access token goes alone. The hint is not needed
// and not looked at (section 2.1).
#include <algorithm>

#include "mock-provider/answers.hpp"
#include "mock-provider/application.hpp"
#include "mock-provider/endpoints/endpoints.hpp"
#include "mock-provider/under_load.hpp"

namespace assay::mock {
namespace {

constexpr Refusal of_another{"invalid_grant", "this token was issued to another client"};  // section 2.1
constexpr Refusal unsupported{"unsupported_token_type", "tokens of this kind cannot be revoked here"};

// Section 2.2: 200 for an unknown token too, because the client has what it wants.
void answer_done(Call& call) {
  begin_json(call, call.broken(Defect::revoke_says_202) ? 202 : 200);
  call.response.body += "{}";
}

// Defects: refused in deed, but not in the answer.
bool hides_refusal(const Call& call, const Refusal& refusal) {
  if (refusal.error == "invalid_client") return call.broken(Defect::revoke_unauthenticated_says_200);
  return call.client && !call.body.has("token") && call.broken(Defect::revoke_token_missing_says_200);
}

// Defects: another error code than the check has found.
Refusal reworded(const Call& call, Refusal refusal) {
  const bool no_client = refusal.error == "invalid_client", no_token = call.client && !call.body.has("token");
  if ((no_client && call.broken(Defect::revoke_unauthenticated_says_access_denied)) ||
      (no_token && call.broken(Defect::revoke_token_missing_says_access_denied)))
    return {"access_denied", refusal.description};
  return refusal;
}

// What the hint makes of the search: healthy, nothing.
struct Search {
  Refusal refusal;
  bool for_refresh_tokens = true, for_access_tokens = true;
};

Search read_hint(const Call& call) {
  const auto hint = call.body.value("token_type_hint");
  if (hint == "access_token") return {{}, !call.broken(Defect::revoke_hint_trusted), true};
  if (hint == "refresh_token") return {{}, true, !call.broken(Defect::revoke_hint_trusted)};
  if (hint.empty()) return {};
  const bool finds = !call.broken(Defect::revoke_unknown_hint_finds_nothing);
  return {call.broken(Defect::revoke_unknown_hint_refused) ? unsupported : Refusal{}, finds, finds};
}

// Section 2.1: a client revokes nothing but its own. `anybody` is the defect that lets others do it.
bool is_another_clients(const Call& call, const Client* owner, Defect anybody) {
  return owner != call.client && !call.broken(anybody);
}

Refusal refuse_another_client(const Call& call) {
  return call.broken(Defect::revoke_other_client_says_200) ? Refusal{} : of_another;
}

Refusal revoke_refresh_token(Call& call, const RefreshToken& token) {
  if (is_another_clients(call, token.grant->client, Defect::revoke_any_client)) return refuse_another_client(call);
  const bool plain = !call.body.has("token_type_hint");
  if (plain && !call.client->is_public() && call.broken(Defect::revoke_refresh_unsupported)) return unsupported;
  if (token.grant->revoked && call.broken(Defect::revoke_twice_refused))
    return {"invalid_grant", "this token was revoked before"};
  if (plain && call.broken(Defect::revoke_refresh_ignored)) return {};
  if (!plain && call.broken(Defect::revoke_hinted_refresh_ignored) &&
      call.body.value("token_type_hint") == "refresh_token")
    return {};
  if (call.broken(Defect::revoke_keeps_access_tokens)) token.grant->refresh_ended = true;
  else token.grant->revoked = true;
  return {};
}

Refusal revoke_access_token(Call& call, const AccessToken& token) {
  if (is_another_clients(call, token.client, Defect::revoke_any_client_access)) return refuse_another_client(call);
  if (call.broken(Defect::revoke_access_says_invalid_request))
    return {"invalid_request", "send the refresh token instead"};
  if (call.broken(Defect::revoke_access_ignored)) return {};
  if (token.grant) token.grant->access_revoked = true;
  call.application.store.access_tokens.visit(call.body.value("token"), [&](AccessToken& entry) {
    if (call.broken(Defect::revoke_access_late))
      entry.expires = std::min(entry.expires, call.now + std::chrono::seconds(10));
    else if (is_broken_under_load(call, Defect::revocation_late_under_load))
      entry.expires = std::min(entry.expires, call.now + std::chrono::seconds(2));
    else entry.revoked = true;
  });
  return {};
}

Refusal revoke_unknown(const Call& call, const Search& search) {
  const bool looked = search.for_refresh_tokens && search.for_access_tokens;
  return looked && call.broken(Defect::revoke_unknown_refused) ? Refusal{"invalid_request", "there is no such token"}
                                                               : Refusal{};
}

Refusal revoke_found(Call& call) {
  auto& store = call.application.store;
  const auto search = read_hint(call);
  if (search.refusal) return search.refusal;
  const auto text = call.body.value("token");
  if (const auto token = store.find_refresh_token(text); token && search.for_refresh_tokens)
    return revoke_refresh_token(call, *token);
  if (const auto token = store.find_access_token(text); token && search.for_access_tokens)
    return revoke_access_token(call, *token);
  return revoke_unknown(call, search);
}

}  // namespace

void revoke(Call& call) {
  // Section 2 asks for POST; whoever can make a browser follow a link must not be able to revoke.
  if (call.request.method == "GET" && !call.broken(Defect::revoke_by_get)) return refuse_method(call, "POST");
  if (const auto refusal = run_checks(Stage::revoke, call)) {
    if (hides_refusal(call, refusal)) return answer_done(call);
    return refuse_json(call, reworded(call, refusal));
  }
  if (const auto refusal = revoke_found(call)) return refuse_json(call, refusal);
  answer_done(call);
}

}  // namespace assay::mock

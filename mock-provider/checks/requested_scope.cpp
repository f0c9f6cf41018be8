// The scope exists and the client may have it; none at all means the client's default (RFC 6749 section 3.3).
#include "mock-provider/checks/checks.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace assay::mock {
namespace {

// Defect: keeps the words that mean something as scopes, and the others as they are.
Refusal grant_unknown_words(Call& call, std::string_view text) {
  for (const auto word : base::split(text, ' ')) {
    if (const auto known = Scopes::parse(word)) {
      call.authorization.scopes = call.authorization.scopes.with(*known);
    } else {
      if (!call.authorization.unknown_scopes.empty()) call.authorization.unknown_scopes += ' ';
      call.authorization.unknown_scopes += word;
    }
  }
  return {};
}

}  // namespace

Refusal requested_scope(Call& call) {
  // The same for /authorize and for client credentials, where the parameters are in the body.
  std::string with_blanks;
  auto text = call.parameters().value("scope");
  if (call.persona.scope_separator != ' ' && text.contains(call.persona.scope_separator)) {
    std::ranges::replace(with_blanks.assign(text), call.persona.scope_separator, ' ');
    text = with_blanks;
  }
  if (text.empty() && call.endpoint == Endpoint::authorization && call.parameters().names("scope") &&
      call.broken(Defect::authz_empty_scope_refused))
    return {"invalid_scope", "scope is empty"};
  auto wanted = text.empty() ? call.client->by_default : Scopes::parse(text);
  if (wanted && !wanted->within(call.persona.scopes)) wanted.reset();
  const bool for_client = call.grant_type == GrantType::client_credentials;
  if (!wanted && !for_client && call.broken(Defect::authz_unknown_scope_granted))
    return grant_unknown_words(call, text);
  call.authorization.scope_asked = text.empty() ? ScopeAsked::nothing
                                   : wanted     ? ScopeAsked::as_granted
                                                : ScopeAsked::more;
  // OpenID Connect Core section 3.1.2.1: what an OpenID request asks for and nobody understands is left out; the answer of the
  // token endpoint says so. Plain OAuth is told of its mistake.
  const auto known = Scopes::known_among(text).among(call.persona.scopes);
  if (!wanted && ((!for_client && known.has("openid")) || call.persona.ignores_unknown_scopes)) wanted = known;
  const auto error =
      for_client
          ? call.error_unless("invalid_scope", {{Defect::cc_foreign_scope_says_invalid_request, "invalid_request"}})
          : call.error_unless("invalid_scope", {{Defect::authz_unknown_scope_says_invalid_request, "invalid_request"}});
  if (!wanted) return {error, "a requested scope does not exist"};
  if (!wanted->within(call.client->allowed) && !(for_client && call.broken(Defect::cc_foreign_scope_granted)))
    return {error, "this client may not have a requested scope"};
  call.scope_asked = call.authorization.scope_asked;
  call.scopes = call.authorization.scopes = wanted->empty() ? call.client->by_default : *wanted;
  return {};
}

}  // namespace assay::mock

// A living access token, sent in one way (RFC 6750 sections 2 and 3.1). One that is bound to a key comes under another name of the
// scheme (RFC 9449 section 7.1).
#include "mock-provider/checks/checks.hpp"

#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "mock-provider/application.hpp"
#include "mock-provider/tokens.hpp"

namespace assay::mock {
namespace {

constexpr std::string_view form_type = "application/x-www-form-urlencoded";

// Defects: served as if this had been sent.
Refusal serve_anyway(Call& call) {
  call.access_token = AccessToken{.grant = nullptr,
                                  .client = &clients().front(),
                                  .user = &users().front(),
                                  .scopes = Scopes::of("openid"),
                                  .issued = call.now,
                                  .expires = call.now};
  return {};
}

Refusal refuse_missing(Call& call) {
  if (call.broken(Defect::bearer_none_served)) return serve_anyway(call);
  return {"unauthenticated", "an access token is needed", call.broken(Defect::bearer_none_status_403) ? 403 : 401};
}

Refusal refuse_unknown_access_token(Call& call, std::string_view text) {
  if (call.broken(Defect::bearer_unknown_served) && text.size() == 43) return serve_anyway(call);
  if (call.broken(Defect::bearer_unknown_status_500)) return {"server_error", "what is this token?", 500};
  return {"invalid_token", "the access token is unknown", call.broken(Defect::bearer_unknown_status_403) ? 403 : 401};
}

// Of a token that was good once.
Refusal refuse_dead(Call& call) {
  const AccessToken& token = *call.access_token;
  if (token.revoked || (token.grant && token.grant->revoked)) {
    if (call.broken(Defect::bearer_revoked_served)) return {};
    return {"invalid_token", "the access token was revoked",
            call.broken(Defect::bearer_revoked_status_403) ? 403 : 401};
  }
  return {call.error_unless("invalid_token", {{Defect::bearer_expired_says_invalid_request, "invalid_request"}}),
          "the access token has expired", call.broken(Defect::bearer_expired_status_403) ? 403 : 401};
}

}  // namespace

Refusal bearer_token(Call& call) {
  std::string_view text;
  bool in_field = false;
  if (const auto field = call.request.header("Authorization")) {
    const auto blank = field->find(' ');
    const auto scheme = field->substr(0, blank);
    call.dpop_scheme = base::equals_ignoring_case(scheme, "DPoP");
    in_field = call.dpop_scheme || base::equals_ignoring_case(scheme, "Bearer");
    if (in_field && blank != std::string_view::npos) text = base::trim(field->substr(blank));
    if (in_field && (text.empty() || text.find_first_of(" ,\"") != std::string_view::npos))
      return {"invalid_request", "the Authorization field holds no access token"};
  }
  // Section 2.2: the body of a form. Section 2.3, the query, is not offered (RFC 9700 section 4.3.2).
  if (call.request.method == "POST" &&
      base::equals_ignoring_case(call.request.header("Content-Type").value_or("").substr(0, form_type.size()),
                                 form_type)) {
    call.body.read(call.request.body);
    if (const auto in_body = call.body.value("access_token"); !in_body.empty()) {
      if (in_field) return {"invalid_request", "the access token is sent in more than one way"};
      text = in_body;
    }
  }
  if (text.empty()) return refuse_missing(call);
  call.access_token = call.application.store.find_access_token(text);
  if (!call.access_token) return refuse_unknown_access_token(call, text);
  if (!is_accepted(call, *call.access_token)) return refuse_dead(call);
  if (in_field && call.broken(Defect::bearer_header_refused))
    return {"invalid_request", "send the access token in the body"};
  // RFC 9068 section 4: not one that was meant for another resource server.
  if (call.endpoint == Endpoint::resource && !call.access_token->resources.has(Resources::own()))
    return {"invalid_token", "the access token is for another resource", 401};
  if (call.dpop_scheme) call.access_token_hash = crypto::sha256_base64url(text);
  return {};
}

}  // namespace assay::mock

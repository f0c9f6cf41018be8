// The authorization endpoint (RFC 6749 section 3.1): decides whether to ask the user, or to answer the client at once.
#include <algorithm>

#include "base/random.hpp"
#include "crypto/digest.hpp"
#include "mock-provider/answers.hpp"
#include "mock-provider/application.hpp"
#include "mock-provider/endpoints/endpoints.hpp"
#include "mock-provider/sessions.hpp"
#include "mock-provider/tokens.hpp"

namespace assay::mock {
namespace {

constexpr std::chrono::minutes patience{15};  // for a person to decide

bool is_fresh_enough(const Call& call, const Session& session) {
  return !call.authorization.force_login &&
         (!call.max_age || call.now - session.authenticated <= std::chrono::seconds(*call.max_age));
}

// RFC 6749 section 10.2: a public client could be anybody, so its users are asked every time.
bool has_consent(const AuthorizationRequest& request, const Session& session) {
  return !request.force_consent && !request.client->is_public() &&
         std::ranges::any_of(session.consents, [&](const auto& consent) {
           return consent.client == request.client && request.scopes.within(consent.scopes) &&
                  request.resources.within(consent.resources);
         });
}

void ask_the_user(Call& call, const std::optional<Session>& session) {
  std::string cookie(session_cookie(call));
  if (cookie.empty()) cookie = set_new_session_cookie(call);
  const std::string flow = base::random_token();
  Interaction interaction{.request = call.authorization,
                          .browser = crypto::sha256(cookie),
                          .user = session ? session->user : nullptr,
                          .authenticated = session ? session->authenticated : Time{}};
  interaction.kept_until = call.now + patience;
  call.application.store.interactions.insert(flow, std::move(interaction), call.now);
  redirect_to_page(call, (session ? "/consent?flow=" : "/login?flow=") + flow);
}

void refuse_silent_login(Call& call, bool logged_in) {
  if (call.broken(Defect::prompt_none_error_page)) {
    begin_page(call, 400);
    call.response.body += "<!DOCTYPE html>\n<title>Bad request</title>\n<p>You are not signed in.</p>\n";
  } else if (call.broken(Defect::prompt_none_says_invalid_scope)) {
    refuse_authorization(call, {"invalid_scope", "the user must sign in"});
  } else {
    refuse_authorization(call, logged_in ? Refusal{"consent_required", "the user must be asked"}
                                         : Refusal{"login_required", "the user must sign in"});
  }
}

}  // namespace

void authorize(Call& call) {
  if (call.broken(Defect::authz_get_refused) && call.request.method == "GET") return refuse_method(call, "POST");
  if (const auto refusal = run_checks(Stage::authorize, call)) return refuse_authorization(call, refusal);
  const auto& request = call.authorization;
  if (call.application.options().login == LoginMode::auto_)
    return answer_authorization(call, request, users().front(), call.now);

  auto session = find_session(call);
  if (session && !is_fresh_enough(call, *session)) session.reset();
  const bool consented = session && has_consent(request, *session);
  if (consented) return answer_authorization(call, request, *session->user, session->authenticated);
  // OpenID Connect Core section 3.1.2.6.
  if (call.no_prompt && !call.broken(Defect::prompt_none_shows_login))
    return refuse_silent_login(call, session.has_value());
  ask_the_user(call, session);
}

}  // namespace assay::mock

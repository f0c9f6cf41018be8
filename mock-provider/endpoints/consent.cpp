// The consent page and the decision.
#include "mock-provider/answers.hpp"
#include "mock-provider/application.hpp"
#include "mock-provider/endpoints/endpoints.hpp"
#include "mock-provider/pages/pages.hpp"
#include "mock-provider/tokens.hpp"

namespace assay::mock {

void show_consent(Call& call) {
  if (const auto refusal = run_checks(Stage::show_page, call))
    return write_error_page(call, refusal.status, refusal.description);
  const auto flow = call.query.value("flow");
  if (!call.interaction->user) return redirect_to_page(call, "/login?flow=" + std::string(flow));
  write_consent_page(call, flow);
}

void decide(Call& call) {
  if (call.broken(Defect::authz_login_307) && call.query.has("flow")) {  // the login form, sent on
    call.body.read(call.request.body);
    return show_consent(call);
  }
  if (const auto refusal = run_checks(Stage::consent, call))
    return write_error_page(call, refusal.status, refusal.description);
  const auto decision = call.body.value("decision");
  if (!call.interaction->user || (decision != "allow" && decision != "deny"))
    return write_error_page(call, 400, "this form holds no decision");

  bool first = false;  // a form that is sent twice must not buy two codes
  call.application.store.interactions.visit(
      call.body.value("flow"), [&](Interaction& interaction) { first = !std::exchange(interaction.decided, true); });
  if (!first) return write_error_page(call, 400, "this page is over; start again at the application");

  const auto& [request, user, authenticated] =
      std::tie(call.interaction->request, *call.interaction->user, call.interaction->authenticated);
  if (decision == "deny") {
    call.authorization = request;
    return refuse_authorization(call, {"access_denied", "the user said no"});
  }
  call.application.store.sessions.visit(call.session_cookie, [&](Session& session) {
    for (auto& consent : session.consents) {
      if (consent.client != request.client) continue;
      consent.scopes = consent.scopes.with(request.scopes);
      consent.resources = consent.resources.with(request.resources);
      return;
    }
    session.consents.emplace_back(request.client, request.scopes, request.resources);
  });
  answer_authorization(call, request, user, authenticated);
}

}  // namespace assay::mock

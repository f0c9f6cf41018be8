// The page belongs to an authorization request that is under way, and to this browser.
#include "mock-provider/checks/checks.hpp"

#include "crypto/digest.hpp"
#include "mock-provider/application.hpp"
#include "mock-provider/sessions.hpp"

namespace assay::mock {

Refusal interaction_known(Call& call) {
  call.session_cookie = session_cookie(call);
  if (call.session_cookie.empty())
    return {"invalid_request", "your browser sent no cookie; this server needs one", 400, true};
  const auto id = call.parameters().value("flow");
  call.application.store.interactions.visit(id, [&](const Interaction& interaction) {
    if (interaction.kept_until > call.now && !interaction.decided) call.interaction = interaction;
  });
  if (!call.interaction || call.interaction->browser != crypto::sha256(call.session_cookie))
    return {"invalid_request", "this page is over; start again at the application", 400, true};
  return {};
}

}  // namespace assay::mock

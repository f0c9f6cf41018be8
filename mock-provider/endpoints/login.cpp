// The login page and its form.
#include "crypto/digest.hpp"
#include "mock-provider/answers.hpp"
#include "mock-provider/application.hpp"
#include "mock-provider/endpoints/endpoints.hpp"
#include "mock-provider/pages/pages.hpp"
#include "mock-provider/sessions.hpp"

namespace assay::mock {
namespace {

constexpr std::chrono::hours session_lifetime{8};

}  // namespace

void show_login(Call& call) {
  if (const auto refusal = run_checks(Stage::show_page, call))
    return write_error_page(call, refusal.status, refusal.description);
  write_login_page(call, call.query.value("flow"), false);
}

void log_in(Call& call) {
  if (const auto refusal = run_checks(Stage::login, call))
    return write_error_page(call, refusal.status, refusal.description);
  const auto flow = call.body.value("flow");
  const User* user = call.application.find_user(call.body.value("username"), call.body.value("password"));
  if (!user) return write_login_page(call, flow, true);

  // A new cookie: whoever planted the old one in this browser must not share the login.
  const std::string cookie = set_new_session_cookie(call);
  Session session{.user = user, .authenticated = call.now};
  session.kept_until = call.now + session_lifetime;
  call.application.store.sessions.insert(cookie, std::move(session), call.now);
  call.application.store.interactions.visit(flow, [&](Interaction& interaction) {
    interaction.browser = crypto::sha256(cookie);
    interaction.user = user;
    interaction.authenticated = call.now;
  });
  redirect_to_page(call, "/consent?flow=" + std::string(flow));
  if (call.broken(Defect::authz_login_307)) call.response.status = 307;
}

}  // namespace assay::mock

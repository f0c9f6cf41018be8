#include "engine/login_driver.hpp"

#include "engine/browser.hpp"
#include "engine/login_helpers.hpp"

namespace assay::engine {

std::string_view remedy(Obstacle obstacle) {
  switch (obstacle) {
    case Obstacle::none: return "";
    case Obstacle::no_answer: return "is the server up? Raise settings.timeout if it is only slow";
    case Obstacle::wrong_password:
      return "check \"users\"; if they are right, name the fields in login.user_field and login.password_field";
    case Obstacle::rate_limited: return "set login.repeat to \"once\", or exempt the test from the limit";
    case Obstacle::captcha:
      return "switch the captcha off for the test user, or bring a session along: login.driver \"cookie\" or "
             "\"manual\"";
    case Obstacle::needs_script:
      return "tell what the page's script sends with login.driver \"steps\", or use \"browser\" or \"cookie\"";
    case Obstacle::consent_not_found: return "write what stands on the button that consents into login.allow";
    case Obstacle::endless_redirect:
      return "does the login work in a browser? A cookie that is refused (its Domain, Path, Secure) makes such circles";
    case Obstacle::too_many_steps: return "does the login work in a browser, with these users?";
    case Obstacle::off_server: return "if that host belongs to the server, name it in login.origins";
    case Obstacle::unclear_page:
      return "does the login work in a browser? See docs/login.md for what each driver can do";
    case Obstacle::session_refused:
      return "take fresh cookies from a browser: these are expired, or not all that it needs";
    case Obstacle::step_failed: return "compare login.steps with what a browser sends at that page";
    case Obstacle::too_late: return "raise login.timeout";
    case Obstacle::driver_failed: return "see docs/login.md";
  }
  return "";
}

namespace {

// Stands for a driver in places that have no helpers for it.
class NoDriver final : public LoginDriver {
 public:
  explicit NoDriver(rules::LoginDriver driver) : driver_(driver) {}
  net::awaitable<void> authorize(const LoginTask& task, Arrival& out) override {
    out = Arrival{};
    out.location = task.authorize_url;
    out.obstacle = Obstacle::driver_failed;
    out.note = "the login driver \"" + std::string(rules::to_string(driver_)) + "\" cannot be used here";
    co_return;
  }

 private:
  rules::LoginDriver driver_;
};

bool needs_helpers(rules::LoginDriver driver) {
  return driver == rules::LoginDriver::command || driver == rules::LoginDriver::browser ||
         driver == rules::LoginDriver::manual;
}

}  // namespace

std::unique_ptr<LoginDriver> make_login_driver(const LoginSettings& settings) {
  const auto& login = settings.login;
  if (needs_helpers(login.driver)) {
    if (settings.helpers) return settings.helpers->make(settings);
    return std::make_unique<NoDriver>(login.driver);
  }
  LoginOptions options{.user_field = login.user_field,
                       .password_field = login.password_field,
                       .allow_labels = login.allow,
                       .max_steps = settings.max_steps,
                       .login_origins = login.origins,
                       .steps = login.steps,
                       .cookies = login.cookies,
                       .never_logs_in = login.driver == rules::LoginDriver::cookie};
  return std::make_unique<Browser>(std::move(options));
}

}  // namespace assay::engine

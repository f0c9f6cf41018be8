#include "engine/login_helpers.hpp"

#include <set>

#include "base/url.hpp"
#include "engine/login_command.hpp"
#include "engine/login_manual.hpp"
#include "engine/webdriver_login.hpp"

namespace assay::engine {
namespace {

std::string place_of(const base::Url& url) {
  const auto host = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
  return host + ":" + std::to_string(url.port);
}

// Where clients would be, unless the server is there too.
std::vector<std::string> places_of_clients(const rules::Target& target) {
  std::set<std::string> out, server;
  const auto& at = target.endpoints;
  std::vector<std::string> known{target.issuer, at.authorization, at.token, at.userinfo};
  known.insert(known.end(), target.login.origins.begin(), target.login.origins.end());
  for (const auto& text : known)
    if (const auto url = base::parse_url(text)) server.insert(place_of(*url));
  for (const auto& [role, client] : target.clients)
    for (const auto& text : client.redirect_uris)
      if (const auto url = base::parse_url(text); url && !server.contains(place_of(*url))) out.insert(place_of(*url));
  return {out.begin(), out.end()};
}

WindowOptions window_options(const rules::Target& target) {
  return {.driver_url = target.login.webdriver,
          .program = target.login.chromedriver,
          .unreachable = places_of_clients(target),
          .any_certificate = !target.verify_certificate || !target.ca_file.empty()};
}

}  // namespace

LoginHelpers::LoginHelpers(const rules::Target& target, net::ClientContext& context, Person person)
    : target_(target), person_(std::move(person)),
      windows_(window_options(target), context, time_, [this](std::string_view text) { person_.say(text); }) {}

LoginHelpers::~LoginHelpers() = default;

std::unique_ptr<LoginDriver> LoginHelpers::make(const LoginSettings& settings) {
  switch (settings.login.driver) {
    case rules::LoginDriver::browser: return std::make_unique<WebDriverLogin>(settings, windows_, time_);
    case rules::LoginDriver::command: return std::make_unique<CommandLogin>(settings, *this);
    case rules::LoginDriver::manual: return std::make_unique<ManualLogin>(settings, *this);
    case rules::LoginDriver::form:
    case rules::LoginDriver::steps:
    case rules::LoginDriver::cookie: break;
  }
  return nullptr;
}

std::string LoginHelpers::left_out() const {
  const bool needed = target_.login.driver == rules::LoginDriver::manual;
  return needed && person_.excused ? "needs a person at a browser (login driver manual), and --no-manual was given"
                                   : "";
}

void LoginHelpers::interrupt() {
  interrupted_ = true;
  windows_.interrupt();
  time_.interrupt();
}

}  // namespace assay::engine

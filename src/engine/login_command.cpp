#include "engine/login_command.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "base/wall_clock.hpp"
#include "engine/browser_landing.hpp"
#include "engine/login_helpers.hpp"
#include "net/child_process.hpp"

namespace assay::engine {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::size_t kMostSaid = 1u << 20;  // bytes

LoginOptions options_of(const LoginSettings& settings) {
  const auto& login = settings.login;
  LoginOptions out;
  out.user_field = login.user_field;
  out.password_field = login.password_field;
  out.allow_labels = login.allow;
  out.max_steps = settings.max_steps;
  out.login_origins = login.origins;
  out.never_logs_in = true;
  return out;
}

bool fail(Arrival& out, Obstacle obstacle, std::string note) {
  out.landed = Landing::stuck;
  out.obstacle = obstacle;
  out.note = std::move(note);
  return true;
}

// The end of what it said to people: there the reason stands.
std::string tail(std::string_view errors) {
  errors = base::trim(errors);
  if (errors.empty()) return ", and said nothing on standard error";
  return ": " + base::printable(errors.substr(errors.size() - std::min<std::size_t>(errors.size(), 400)), 400);
}

std::string text_of(const json& tree, const char* name) {
  const auto found = tree.find(name);
  return found != tree.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

CommandLogin::CommandLogin(const LoginSettings& settings, LoginHelpers& helpers)
    : login_(settings.login), helpers_(helpers), browser_(options_of(settings)) {}

bool read_command_answer(std::string_view said, const LoginTask& task, Arrival& out) {
  const auto wrong = [&](const std::string& what) {
    return fail(
        out, Obstacle::driver_failed,
        "the login command's answer " + what +
            R"(; one line of JSON is wanted: {"redirect": URL}, {"cookies": [...]}, {"page": TEXT} or {"error": TEXT})");
  };
  said = base::trim(said);
  if (said.empty()) return wrong("is empty");
  const auto tree = json::parse(said, nullptr, false);
  if (!tree.is_object()) return wrong("is not a JSON object: \"" + base::printable(said, 80) + "\"");
  if (const auto error = text_of(tree, "error"); !error.empty())
    return fail(out, Obstacle::driver_failed, "the login command says: " + base::printable(error, 300));
  if (tree.contains("redirect")) {
    const auto location = text_of(tree, "redirect");
    const auto url = base::parse_url(location);
    out.status = 302;
    out.outcome = net::Outcome::ok;
    if (location.empty()) return wrong("has a \"redirect\" that is no URL");
    if (land(out, task, location, url)) return true;
    leave(out, location, url);
    out.note = "the login command ended at " + base::printable(location.substr(0, location.find_first_of("?#")), 200) +
               ", which is no redirect URI of the client";
    return true;
  }
  if (tree.contains("page")) {
    const auto status = tree.value("status", json(0));
    out.landed = Landing::page;
    out.status = status.is_number_integer() ? status.get<int>() : 0;
    out.outcome = net::Outcome::ok;
    out.note = "the login command ended at a page: " + base::printable(text_of(tree, "page"), 300);
    return true;
  }
  const auto cookies = tree.find("cookies");
  if (cookies == tree.end()) return wrong("has none of these members");
  const auto url = base::parse_url(task.authorize_url);
  if (!cookies->is_array() || cookies->empty() || !url)
    return wrong("has \"cookies\" that are no list of Set-Cookie values");
  for (const auto& cookie : *cookies) {
    if (!cookie.is_string()) return wrong("has \"cookies\" that are no list of Set-Cookie values");
    const auto text = cookie.get<std::string>();
    const auto pair = text.substr(0, text.find(';'));
    if (const auto equals = pair.find('='); equals != std::string::npos && pair.size() - equals > 8)
      task.wire.on_secret("cookie", std::string_view(pair).substr(equals + 1));
    task.state.cookies.store(*url, text, base::wall_now());
  }
  return false;
}

net::awaitable<void> CommandLogin::authorize(const LoginTask& task, Arrival& out) {
  out = Arrival{};
  out.location = task.authorize_url;
  // Cookies of an earlier answer are still good.
  if (task.state.cookies.size() > 0) co_return co_await browser_.authorize(task, out);
  const json input{{"authorization_url", task.authorize_url},
                   {"redirect_uri", task.sent_redirect_uri},
                   {"user", task.credentials.username},
                   {"password", task.credentials.password.reveal()}};
  auto started = net::ChildProcess::start({.arguments = login_.command,
                                           .environment = {{"ASSAY_AUTHORIZATION_URL", std::string(task.authorize_url)},
                                                           {"ASSAY_REDIRECT_URI", std::string(task.sent_redirect_uri)},
                                                           {"ASSAY_USER", task.credentials.username}},
                                           .input = input.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"});
  if (!started) {
    fail(out, Obstacle::driver_failed, "the login command: " + started.error().doing);
    co_return;
  }
  auto& child = **started;
  auto pause = 2ms;
  std::string trouble;
  Obstacle obstacle = Obstacle::driver_failed;
  while (!child.exit_code()) {
    if (helpers_.interrupted()) trouble = "was interrupted";
    if (child.said() > kMostSaid) trouble = "said more than 1 MiB";
    if (std::chrono::steady_clock::now() >= task.deadline) {
      obstacle = Obstacle::too_late;
      trouble = "took longer than login.timeout allows";
    }
    if (!trouble.empty()) break;
    co_await helpers_.time().wait(pause);
    pause = std::min(pause * 2, 50ms);
  }
  if (!trouble.empty()) {
    child.kill();
    fail(out, obstacle, fmt::format("the login command {} and was ended{}", trouble, tail(child.errors())));
    co_return;
  }
  if (*child.exit_code() != 0) {
    fail(out, obstacle, fmt::format("the login command ended with {}{}", *child.exit_code(), tail(child.errors())));
    co_return;
  }
  if (!read_command_answer(child.output(kMostSaid), task, out)) co_await browser_.authorize(task, out);
}

}  // namespace assay::engine

#include "cli/login_help.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/text.hpp"

namespace assay::cli {
namespace {

constexpr unsigned kBrowsers = 2;         // each takes half a gigabyte
constexpr std::size_t kLoginsBefore = 4;  // that preflight needs

std::size_t logins_of(const rules::Rule& rule) {
  std::size_t out = 0;
  for (const auto* steps : {&rule.arrange, &rule.act, &rule.control})
    for (const auto& step : *steps)
      if (step.verb == rules::Verb::authorize) ++out;
  return out;
}

// A line on standard input, if there is one.
bool pressed_enter() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  if (poll(&input, 1, 0) <= 0 || (input.revents & POLLIN) == 0) return false;
  char line[256];
  return read(STDIN_FILENO, line, sizeof line) > 0;
}

}  // namespace

std::expected<std::unique_ptr<LoginHelp>, Stop> LoginHelp::create(boost::asio::io_context& io, const Options& options,
                                                                  const rules::Target& target,
                                                                  TerminalProgress& progress) {
  std::unique_ptr<LoginHelp> out(new LoginHelp(target, progress));
  // A page may take its time to load, and what happened on the network meanwhile is told at once.
  net::ClientOptions client;
  client.timeout = std::chrono::seconds(30);
  client.max_body = 64u << 20;
  client.ca_file = target.ca_file;
  auto context = net::ClientContext::create(io, client);
  if (!context) return std::unexpected(Stop{kUsage, context.error().doing});
  out->context_ = std::move(*context);
  out->helpers_ = std::make_unique<engine::LoginHelpers>(target, *out->context_, out->person(options));
  return out;
}

engine::Person LoginHelp::person(const Options& options) {
  engine::Person out;
  out.say = [this](std::string_view text) {
    progress_.clear();
    std::fprintf(stderr, "%.*s%s", static_cast<int>(text.size()), text.data(), text.ends_with('\n') ? "" : "\n");
    std::fflush(stderr);
  };
  if (isatty(STDIN_FILENO) != 0) out.nothing_came = pressed_enter;
  if (options.manual.has_value() && !*options.manual) {
    out.absent = "--no-manual was given";
    out.excused = true;
  } else if (!options.manual && isatty(STDERR_FILENO) == 0) {
    out.absent = "standard error is no terminal where it could be asked for; --manual asks all the same";
  }
  return out;
}

unsigned LoginHelp::side_by_side(unsigned wanted, bool asked) const {
  if (target_.login.driver == rules::LoginDriver::manual) return 1;
  if (target_.login.driver == rules::LoginDriver::browser && !asked) return std::min(wanted, kBrowsers);
  return wanted;
}

void LoginHelp::announce(std::span<const rules::Rule* const> rules) {
  if (target_.login.driver != rules::LoginDriver::manual || !helpers_->person().absent.empty()) return;
  std::size_t logins = kLoginsBefore, needing = 0;
  for (const auto* rule : rules) {
    const auto count = logins_of(*rule);
    logins += count;
    needing += count > 0 ? 1 : 0;
  }
  helpers_->person().say(
      "This run needs a person at a browser: about " + base::plural(logins, "login") +
      (rules.empty() ? "" : ", for " + base::plural(needing, "rule") + " of " + std::to_string(rules.size())) +
      ". Each is waited for " + base::format_duration(target_.login.timeout) +
      "; after one that nobody came to, no other is asked for. --no-manual leaves them out.\n");
}

net::awaitable<void> LoginHelp::close() {
  co_await helpers_->close();
  context_->stop();
}

void LoginHelp::interrupt() { helpers_->interrupt(); }

}  // namespace assay::cli

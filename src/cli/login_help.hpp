// What logins need that are not made by requests alone: connections to a browser's driver, and the person at the terminal. For
// commands that run rules.
#pragma once
#include <boost/asio/io_context.hpp>
#include <expected>
#include <memory>
#include <span>

#include "cli/progress.hpp"
#include "cli/setup.hpp"
#include "engine/login_helpers.hpp"

namespace assay::cli {

class LoginHelp {
 public:
  // All outlive the object.
  static std::expected<std::unique_ptr<LoginHelp>, Stop> create(boost::asio::io_context& io, const Options& options,
                                                                const rules::Target& target,
                                                                TerminalProgress& progress);

  engine::LoginHelpers& helpers() { return *helpers_; }
  // Rules at a time that logins allow, when `wanted` would be tried; `asked`: the user said so.
  unsigned side_by_side(unsigned wanted, bool asked) const;
  // Says, before anything is sent, what a person will be asked for.
  void announce(std::span<const rules::Rule* const> rules);
  // After the last rule.
  net::awaitable<void> close();
  // On a signal.
  void interrupt();

 private:
  LoginHelp(const rules::Target& target, TerminalProgress& progress) : target_(target), progress_(progress) {}
  engine::Person person(const Options& options);

  const rules::Target& target_;
  TerminalProgress& progress_;
  std::unique_ptr<net::ClientContext> context_;
  std::unique_ptr<engine::LoginHelpers> helpers_;
};

}  // namespace assay::cli

// Login driver `browser`: a real browser, for pages that scripts make. It goes where the server sends it, fills in and presses
// what a willing user would, by the same choice as the driver `form`, and is never let through to a redirect URI.
#pragma once
#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "engine/login_driver.hpp"
#include "engine/page_snapshot.hpp"
#include "engine/webdriver_windows.hpp"
#include "html/choice.hpp"

namespace assay::engine {

class WebDriverLogin final : public LoginDriver {
 public:
  // `windows` and what `settings` refers to outlive the driver.
  WebDriverLogin(const LoginSettings& settings, Windows& windows, net::RealTime& time);
  ~WebDriverLogin() override;

  net::awaitable<void> authorize(const LoginTask& task, Arrival& out) override;
  void forget() override { fresh_ = true; }

 private:
  struct Visit;  // one call of authorize()

  // Each is true when the visit is at its end.
  net::awaitable<bool> watch(Visit& visit);  // the network
  bool follow(Visit& visit);                 // what the network showed
  net::awaitable<bool> look(Visit& visit);   // at the page
  net::awaitable<bool> decide(Visit& visit, const PageSnapshot& seen);
  net::awaitable<bool> fill(Visit& visit, const PageSnapshot& seen, const html::Choice& choice, bool again);
  bool lead_nowhere(Visit& visit, const PageSnapshot& seen);
  bool may_hear_password(Visit& visit, const PageSnapshot& seen, const html::Form* form);
  std::optional<html::Choice> choose(const PageSnapshot& seen) const;

  net::awaitable<void> type(const std::string& element, std::string_view text);
  net::awaitable<void> press(const std::string& element);
  bool belongs_to_server(const Visit& visit, const base::Url& url) const;
  html::Hints hints() const;

  const rules::TargetLogin& login_;
  int max_steps_;
  Windows& windows_;
  net::RealTime& time_;
  std::unique_ptr<Window> window_;
  bool fresh_ = false;  // the next authorization begins with a clean window
};

}  // namespace assay::engine

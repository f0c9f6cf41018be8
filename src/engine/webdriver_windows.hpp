// The browsers of a run: starts chromedriver when the first is asked for, lends windows of Chromium, each with a profile of
// its own, and ends everything when the run ends, in whatever way it does. Knows nothing about logins.
#pragma once
#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"
#include "base/url.hpp"
#include "engine/navigation_log.hpp"
#include "engine/webdriver.hpp"
#include "net/child_process.hpp"
#include "net/client.hpp"

namespace assay::engine {

struct WindowOptions {
  std::string driver_url;                // of a WebDriver that runs already; empty: chromedriver is started
  std::string program = "chromedriver";  // in that case
  std::vector<std::string> unreachable;  // "127.0.0.1:4999": where the browser must not get through to
  bool any_certificate = false;          // Chromium knows nothing of a target's ca_file
};

// What is handed out.
struct Window {
  WebDriver driver;
  NavigationLog log;
  std::set<std::string> visited;  // origins, since it was clean
  std::string user;               // who logged in with it last
  bool broken = false;            // not to be used again
};

class Windows {
 public:
  // All outlive the object. `say` is told what a user should know.
  Windows(WindowOptions options, net::ClientContext& context, net::RealTime& time,
          std::function<void(std::string_view)> say);
  ~Windows();

  // A window where `user` is logged in, if there is one; else a clean one. With an empty `user` always a clean one.
  net::awaitable<std::expected<std::unique_ptr<Window>, base::Failure>> lend(std::string user);
  void give_back(std::unique_ptr<Window> window);
  // Forgets cookies and whatever else pages have stored.
  net::awaitable<void> clean(Window& window);

  // Ends the sessions of a driver that is not ours; ours is ended with all that came of it.
  net::awaitable<void> close();
  // Ends what is under way at once.
  void interrupt();
  bool interrupted() const { return interrupted_; }

 private:
  net::awaitable<std::expected<void, base::Failure>> start_driver();
  net::awaitable<std::expected<std::unique_ptr<Window>, base::Failure>> open();
  std::vector<std::string> arguments() const;

  WindowOptions options_;
  net::RealTime& time_;
  std::function<void(std::string_view)> say_;
  net::Client client_;
  base::Url url_;  // where the driver listens
  std::unique_ptr<net::ChildProcess> process_;
  bool starting_ = false, said_ = false, interrupted_ = false;
  std::vector<std::unique_ptr<Window>> idle_;
};

}  // namespace assay::engine

// What the login drivers that need more than requests (browser, command, manual) share for a whole run: browsers, the person at
// the terminal, waits in real time, and the way to end it all. Knows no rule.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/login_driver.hpp"
#include "engine/webdriver_windows.hpp"
#include "net/client.hpp"
#include "net/slots.hpp"
#include "rules/target.hpp"

namespace assay::engine {

// The person who logs in by hand.
struct Person {
  std::function<void(std::string_view)> say;  // a few lines; also used for notes
  std::function<bool()> nothing_came;         // whether the person said that the page leads nowhere
  std::string absent;                         // why nobody can be asked; empty: somebody can
  bool excused = false;                       // that was wanted: nothing that needs a person is tried
};

class LoginHelpers {
 public:
  // All outlive the object. `context`: connections to drivers of browsers.
  LoginHelpers(const rules::Target& target, net::ClientContext& context, Person person);
  ~LoginHelpers();

  // nullptr: the driver needs no help.
  std::unique_ptr<LoginDriver> make(const LoginSettings& settings);
  // Why logins are left out of this run; empty: they are not.
  std::string left_out() const;

  Windows& windows() { return windows_; }
  net::RealTime& time() { return time_; }
  const Person& person() const { return person_; }
  net::Slots& person_free() { return person_free_; }
  bool interrupted() const { return interrupted_; }
  bool person_left = false;  // somebody was waited for in vain
  int asked = 0;             // how often

  net::awaitable<void> close() { return windows_.close(); }
  void interrupt();

 private:
  const rules::Target& target_;
  net::RealTime time_;
  Person person_;
  Windows windows_;
  net::Slots person_free_{1};
  bool interrupted_ = false;
};

}  // namespace assay::engine

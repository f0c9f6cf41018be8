// How a session gets from an authorization request to where the server sends the user: one interface for everything that can
// log in. A driver does what a willing user would do and stops before it would leave the server; it judges nothing.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/encoding.hpp"
#include "base/secret.hpp"
#include "engine/wire.hpp"
#include "net/answer.hpp"
#include "net/awaitable.hpp"
#include "net/cookies.hpp"
#include "rules/login.hpp"

namespace assay::engine {

// Where the user ended.
enum class Landing : std::uint8_t {
  redirect_uri,  // at a redirect URI that is registered for the client
  elsewhere,     // at another URI off the server, or at an altered redirect URI
  page,          // at a page of the server that leads nowhere
  stuck,         // login failed, too many steps, no answer: nothing can be said of the server
};

// What was in the way, when it was stuck.
enum class Obstacle : std::uint8_t {
  none,
  no_answer,       // of the server, to one request
  wrong_password,  // the same question again, or a refusal, after the password was sent
  rate_limited,    // 429
  captcha,
  needs_script,       // a page that is empty without JavaScript
  consent_not_found,  // a question to which no button says yes
  endless_redirect,   // the same places again and again
  too_many_steps,
  off_server,       // the password would go to another origin
  unclear_page,     // any other page that does not lead on
  session_refused,  // driver cookie: the cookies do not log in
  step_failed,      // driver steps: an answer was not as the target file says
  too_late,         // the deadline passed
  driver_failed     // command, browser, manual: the helper itself
};
// What to do about it, for a hint; empty for none.
std::string_view remedy(Obstacle obstacle);

struct Credentials {
  std::string username;
  base::Secret password;
};

struct Arrival {
  Landing landed = Landing::stuck;
  std::string location;         // the URL it ended at; where it left the server, the URL it was sent to
  base::Parameters parameters;  // of that URL or form, decoded
  bool in_fragment = false;     // they stood in the fragment
  bool in_form_post = false;    // they were fields of a page (OAuth 2.0 Form Post Response Mode)
  int status = 0;               // of the last answer; a driver that does not see answers says 302 at the redirect URI
  int credentials_status =
      0;             // of the answer to the password; 307 or 308 when one came later for a repeated POST; 0: none
  std::string note;  // why it is stuck, or which page it ended at
  Obstacle obstacle = Obstacle::none;
  net::Outcome outcome = net::Outcome::cancelled;  // of the last exchange; ok for a driver that makes none itself

  // As it was made, but for the memory of its texts.
  void clear() {
    Arrival fresh;
    fresh.location = std::move(location);
    fresh.note = std::move(note);
    fresh.location.clear();
    fresh.note.clear();
    *this = std::move(fresh);
  }
};

// What a user agent remembers; empty for one that nobody has logged in with.
struct LoginState {
  net::CookieJar cookies;
  std::map<std::string, std::string, std::less<>> values;  // driver steps: what was taken from answers

  void clear() {
    cookies.clear();
    values.clear();
  }
};

// One authorization. Everything outlives the call.
struct LoginTask {
  Wire& wire;                               // every request goes through it, so that it becomes evidence
  net::Timekeeper& time;                    // waits
  LoginState& state;                        // of this user agent; may hold an earlier login
  std::string_view authorize_url;           // the whole request
  std::span<const std::string> registered;  // redirect URIs to wait for
  std::string_view sent_redirect_uri;       // the one in the request, maybe altered by the rule; empty: none
  const Credentials& credentials;
  net::SteadyTime deadline = net::SteadyTime::max();  // afterwards it is stuck: too_late
};

class LoginDriver {
 public:
  virtual ~LoginDriver() = default;
  // Sets all of `out`. Never throws for what the server does, and ends soon after the deadline.
  virtual net::awaitable<void> authorize(const LoginTask& task, Arrival& out) = 0;
  // The next authorize() begins as someone else. The session empties the state itself; this is about what a driver keeps
  // besides, such as the profile of a browser.
  virtual void forget() {}
};

// The logins that serve a whole run, by user: for targets that want users logged in once. One thread.
class LoginMemory {
 public:
  // nullptr: not yet.
  const LoginState* find(const std::string& user) const {
    const auto found = states_.find(user);
    return found == states_.end() ? nullptr : &found->second;
  }
  void keep(const std::string& user, const LoginState& state) { states_[user] = state; }

 private:
  std::map<std::string, LoginState> states_;
};

class LoginHelpers;  // login_helpers.hpp

// What a driver is made from.
struct LoginSettings {
  const rules::TargetLogin& login;  // must outlive the driver
  std::string_view authorization_endpoint;
  int max_steps = 20;               // requests of one authorization
  LoginHelpers* helpers = nullptr;  // of the run; without, drivers that need them cannot log in
};
std::unique_ptr<LoginDriver> make_login_driver(const LoginSettings& settings);

}  // namespace assay::engine

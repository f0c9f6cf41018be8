// Login driver `command`: a program of the user's gets the authorization request and tells where it ended, or which cookies
// log in. It is started without a shell, gets the password on standard input, and is ended at the deadline with all it started.
#pragma once
#include <string_view>

#include "engine/browser.hpp"
#include "engine/login_driver.hpp"

namespace assay::engine {

class LoginHelpers;

class CommandLogin final : public LoginDriver {
 public:
  CommandLogin(const LoginSettings& settings, LoginHelpers& helpers);
  net::awaitable<void> authorize(const LoginTask& task, Arrival& out) override;

 private:
  const rules::TargetLogin& login_;
  LoginHelpers& helpers_;
  Browser browser_;  // goes on with the cookies that the program gives
};

// What the program said on standard output, one JSON object:
//   {"redirect": URL}            where the server sent the user in the end
//   {"cookies": ["a=b; Path=/"]} what the server set, as in Set-Cookie
//   {"page": TEXT, "status": N}  the authorization ended at a page of the server
//   {"error": TEXT}              it did not work
// Sets `out`, or takes the cookies into the state. False: there are cookies, go on. Pure.
bool read_command_answer(std::string_view said, const LoginTask& task, Arrival& out);

}  // namespace assay::engine

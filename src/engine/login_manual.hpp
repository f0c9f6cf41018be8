// Login driver `manual`: a person opens the authorization request in a browser of their own and logs in; we listen where the
// server sends them. Everything has a deadline that is said, and who does not come is not asked again.
#pragma once
#include <string>
#include <vector>

#include "base/url.hpp"
#include "engine/login_driver.hpp"

namespace assay::engine {

class LoginHelpers;

class ManualLogin final : public LoginDriver {
 public:
  ManualLogin(const LoginSettings& settings, LoginHelpers& helpers) : login_(settings.login), helpers_(helpers) {}
  net::awaitable<void> authorize(const LoginTask& task, Arrival& out) override;
  void forget() override { fresh_ = true; }

 private:
  net::awaitable<void> ask(const LoginTask& task, Arrival& out);

  const rules::TargetLogin& login_;
  LoginHelpers& helpers_;
  bool fresh_ = false;  // the person must not be logged in
};

}  // namespace assay::engine

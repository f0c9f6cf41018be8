// The authorization request as a call of an API, for servers whose pages do the same by script: the parameters go out as JSON,
// as a form or in a query, with the user's token, and the answer says where a browser would be sent. Where that is, is judged as
// if a browser had been sent there.
#pragma once
#include "engine/login_driver.hpp"
#include "engine/target_request.hpp"

namespace assay::engine {

// The user's token in the state of a login.
inline constexpr std::string_view kBearerToken = "authorization_request.bearer_token";

class AuthorizationCall final : public LoginDriver {
 public:
  explicit AuthorizationCall(const rules::TargetAuthorizationRequest& settings) : settings_(settings) {}

  net::awaitable<void> authorize(const LoginTask& task, Arrival& out) override;

 private:
  net::awaitable<bool> log_in(const LoginTask& task, Arrival& out);
  void read_answer(const LoginTask& task, const base::Url& url, Arrival& out) const;

  const rules::TargetAuthorizationRequest& settings_;
  net::Answer answer_;
};

}  // namespace assay::engine

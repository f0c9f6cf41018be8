// The front channel: a browser without a screen that follows an authorization request through login and consent to where
// the server sends it. It stops before it would leave the server, and knows nothing about what the answer should be.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/url.hpp"
#include "engine/login_driver.hpp"
#include "html/choice.hpp"
#include "net/answer.hpp"

namespace assay::engine {

struct LoginOptions {
  std::string user_field = {}, password_field = {};  // names of the fields, where the page leaves it unclear
  std::vector<std::string> allow_labels = {};        // labels of buttons to press, besides those we know
  int max_steps = 20;                                // requests of one authorization
  std::vector<std::string> login_origins =
      {};  // further origins that belong to the server: "https://login.example.com"
  std::span<const rules::LoginStep> steps = {};  // what is done at pages that are made by scripts
  bool never_logs_in = false;                    // stops at a page that asks for a password
};

class Browser final : public LoginDriver {
 public:
  explicit Browser(LoginOptions options);

  net::awaitable<void> authorize(const LoginTask& task, Arrival& out) override;

 private:
  struct Visit;  // one call of authorize()

  net::awaitable<void> fetch(Visit& visit);
  // Each decides what comes after the answer: true when visit.request is to be sent, false when the browser has arrived.
  bool read_answer(Visit& visit);
  bool read_page(Visit& visit);
  bool give_up(Visit& visit, const html::Page& page) const;
  bool refused(Visit& visit, std::string_view title, std::string_view text) const;
  bool follow(Visit& visit, std::string_view reference, bool keep_method);
  bool leave_by_form(Visit& visit, const html::Page& page) const;
  bool submit(Visit& visit, const html::Page& page, const html::Choice& choice, bool again);
  bool belongs_to_server(const Visit& visit, const base::Url& url) const;
  html::Hints hints() const;

  LoginOptions options_;
  net::Answer answer_;   // reused
  std::string request_;  // reused
};

}  // namespace assay::engine

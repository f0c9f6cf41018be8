// The front channel: a browser without a screen that follows an authorization request through login and consent to where
// the server sends it. It stops before it would leave the server, and knows nothing about what the answer should be.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/url.hpp"
#include "engine/browser_request.hpp"
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
  std::span<const rules::LoginStep> steps = {};      // what is done at pages that are made by scripts
  std::span<const rules::LoginCookie> cookies = {};  // that a new user agent has
  bool never_logs_in = false;                        // stops at a page that asks for a password
};

struct StepPage;

class Browser final : public LoginDriver {
 public:
  explicit Browser(LoginOptions options);

  net::awaitable<void> authorize(const LoginTask& task, Arrival& out) override;

 private:
  struct Visit;  // one call of authorize()
  struct Asked {
    std::size_t shape = 0;  // hash of what a page asks
    int times = 0;          // it was answered
  };

  net::awaitable<bool> fetch(Visit& visit);     // sends visit.request; false when no answer came
  net::awaitable<bool> exchange(Visit& visit);  // the same with what stands in request_
  net::awaitable<bool> run_first_steps(Visit& visit);
  net::awaitable<bool> run_step(Visit& visit, const rules::LoginStep& step, std::string_view html);
  net::awaitable<bool> send_call(Visit& visit, const rules::LoginCall& call, const StepPage& page);
  // The body without a content coding, in `unpacked` or in the answer; nullopt when it cannot be read.
  std::optional<std::string_view> readable_body(std::string& unpacked) const;
  // Each decides what comes after the answer: true when visit.request is to be sent, false when the browser has arrived.
  bool read_answer(Visit& visit);
  bool read_page(Visit& visit);
  bool give_up(Visit& visit, const html::Page& page) const;
  bool refused(Visit& visit, std::string_view title, std::string_view text) const;
  bool follow(Visit& visit, std::string_view reference, bool keep_method);
  bool leave_by_form(Visit& visit, const html::Page& page) const;
  bool submit(Visit& visit, const html::Page& page, const html::Choice& choice, bool again);
  void bring_cookies(const LoginTask& task, const base::Url& start) const;
  bool belongs_to_server(const Visit& visit, const base::Url& url) const;
  html::Hints hints() const;

  LoginOptions options_;
  // Reused; and no parts of the coroutine, for whose frame Asio keeps memory up to a kilobyte.
  base::Url start_;
  BrowserRequest sending_;
  std::optional<base::Url> next_;  // where the last redirect led
  std::vector<Asked> asked_;
  std::string request_;  // its text
  std::string unpacked_;
  net::Answer answer_;
};

}  // namespace assay::engine

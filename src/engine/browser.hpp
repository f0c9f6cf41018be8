// The front channel: a browser without a screen that follows an authorization request through login and consent to where
// the server sends it. It stops before it would leave the server, and knows nothing about what the answer should be.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.hpp"
#include "base/secret.hpp"
#include "base/url.hpp"
#include "engine/wire.hpp"
#include "html/choice.hpp"
#include "net/answer.hpp"
#include "net/awaitable.hpp"
#include "net/cookies.hpp"

namespace assay::engine {

// Where the browser ended.
enum class Landing : std::uint8_t {
  redirect_uri,  // at a redirect URI that is registered for the client
  elsewhere,     // at another URI off the server, or at an altered redirect URI
  page,          // at a page of the server that leads nowhere
  stuck,         // login failed, too many steps, no answer
};

struct Credentials {
  std::string username;
  base::Secret password;
};

struct LoginOptions {
  std::string user_field, password_field;  // names of the fields, where the page leaves it unclear
  std::vector<std::string> allow_labels;   // labels of buttons to press, besides those we know
  int max_steps = 20;                      // requests of one authorization
  std::vector<std::string> login_origins;  // further origins that belong to the server: "https://login.example.com"
};

struct Arrival {
  Landing landed = Landing::stuck;
  std::string location;         // the URL it ended at; where it left the server, the URL it was sent to
  base::Parameters parameters;  // of that URL or form, decoded
  bool in_fragment = false;     // they stood in the fragment
  bool in_form_post = false;    // they were fields of a page (OAuth 2.0 Form Post Response Mode)
  int status = 0;               // of the last answer
  int credentials_status =
      0;             // of the answer to the password; 307 or 308 when one came later for a repeated POST; 0: none
  std::string note;  // why it is stuck, or which page it ended at
  net::Outcome outcome = net::Outcome::cancelled;  // of the last exchange
};

class Browser {
 public:
  explicit Browser(LoginOptions options);

  // Forgets all cookies.
  void forget();

  // Opens `authorize_url` and does what a willing user would do. `sent_redirect_uri` is the one in the request (empty: none).
  // Never throws for what the server does.
  net::awaitable<void> authorize(Wire& wire, std::string_view authorize_url,
                                 std::span<const std::string> registered_redirect_uris,
                                 std::string_view sent_redirect_uri, const Credentials& credentials, Arrival& out);

 private:
  struct Visit;  // one call of authorize()

  // Each decides what comes after the answer: true when visit.request is to be sent, false when the browser has arrived.
  bool read_answer(Visit& visit);
  bool read_page(Visit& visit, const html::Page& page);
  bool refused(Visit& visit, std::string_view title, std::string_view text) const;
  bool follow(Visit& visit, std::string_view reference, bool keep_method);
  bool leave_by_form(Visit& visit, const html::Page& page) const;
  bool submit(Visit& visit, const html::Page& page, const html::Choice& choice, bool again);
  bool belongs_to_server(const Visit& visit, const base::Url& url) const;
  html::Hints hints() const;

  LoginOptions options_;
  net::CookieJar cookies_;
  net::Answer answer_;   // reused
  std::string request_;  // reused
};

}  // namespace assay::engine

// A client of W3C WebDriver (https://www.w3.org/TR/webdriver2/): drives one window of a browser through chromedriver or
// whatever speaks the same. Knows the protocol, and nothing about logins.
#pragma once
#include <chrono>
#include <expected>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/url.hpp"
#include "net/answer.hpp"
#include "net/awaitable.hpp"
#include "net/transport.hpp"

namespace assay::engine {

// Why a command did not work.
struct WebDriverError {
  std::string code;     // of section 6.6, "no such element"; "no answer" when none came
  std::string message;  // the driver's, one line; may hold parts of pages
};

template <class T>
using WebDriverResult = std::expected<T, WebDriverError>;

// Keys of section 17.4.2.
inline constexpr std::string_view kEnterKey = "\xEE\x80\x87";  // U+E007

class WebDriver {
 public:
  // `driver` is where the driver listens, with a path if it has one. Both outlive the object.
  WebDriver(net::Transport& transport, const base::Url& driver) : transport_(transport), driver_(driver) {}

  // Whether it can take a new session (section 8.3).
  net::awaitable<WebDriverResult<bool>> ready();
  // A new session: `arguments` for Chromium, and at most `patience` for each page to load.
  net::awaitable<WebDriverResult<void>> open(const std::vector<std::string>& arguments,
                                             std::chrono::milliseconds patience);
  net::awaitable<void> close();
  bool is_open() const { return !session_.empty(); }
  // What the driver said of the browser: "chrome 120.0.1".
  const std::string& browser() const { return browser_; }

  net::awaitable<WebDriverResult<void>> navigate(std::string_view url);
  net::awaitable<WebDriverResult<std::string>> current_url();
  net::awaitable<WebDriverResult<std::string>> title();
  net::awaitable<WebDriverResult<std::string>> source();
  net::awaitable<WebDriverResult<std::string>> find(std::string_view css);  // the id of the first such element
  net::awaitable<WebDriverResult<void>> clear(std::string_view element);
  net::awaitable<WebDriverResult<void>> send_keys(std::string_view element, std::string_view text);
  net::awaitable<WebDriverResult<void>> click(std::string_view element);
  // The body of a function; what it returns.
  net::awaitable<WebDriverResult<nlohmann::json>> run_script(std::string_view script, const nlohmann::json& arguments);
  // Of Chromium only: what happened on the network since the last call, as events of the DevTools protocol; and a command of it.
  net::awaitable<WebDriverResult<std::vector<nlohmann::json>>> events();
  net::awaitable<WebDriverResult<void>> devtools(std::string_view command, const nlohmann::json& parameters);

  // The element in a result of run_script(); empty: it is none.
  static std::string element_in(const nlohmann::json& value);

 private:
  net::awaitable<WebDriverResult<nlohmann::json>> command(std::string_view method, std::string path,
                                                          nlohmann::json body);
  net::awaitable<WebDriverResult<std::string>> text_of(std::string path);
  net::awaitable<WebDriverResult<void>> order(std::string path, nlohmann::json body);

  net::Transport& transport_;
  const base::Url& driver_;
  std::string session_;  // "/session/ID"; empty: none
  std::string browser_;
};

}  // namespace assay::engine

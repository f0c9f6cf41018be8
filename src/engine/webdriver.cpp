#include "engine/webdriver.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace assay::engine {
namespace {

using nlohmann::json;

// Section 11: what an element looks like in JSON.
constexpr const char* kElement = "element-6066-11e4-a52e-4f735466cecf";

std::string first_line(const std::string& text) { return base::printable(text.substr(0, text.find('\n')), 300); }

std::string text_member(const json& value, const char* name) {
  const auto found = value.find(name);
  return found != value.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

std::string WebDriver::element_in(const json& value) { return value.is_object() ? text_member(value, kElement) : ""; }

net::awaitable<WebDriverResult<json>> WebDriver::command(std::string_view method, std::string path, json body) {
  const net::Origin origin{.tls = driver_.tls(), .host = driver_.host, .port = driver_.port};
  auto place = driver_.path;
  while (place.ends_with('/')) place.pop_back();
  // Text that is no UTF-8, of a page or a password, must not end the run.
  const auto content = method == "POST" ? body.dump(-1, ' ', false, json::error_handler_t::replace) : std::string();
  auto request = fmt::format("{} {}{} HTTP/1.1\r\nHost: {}\r\nAccept: application/json\r\n", method, place, path,
                             driver_.authority());
  if (method == "POST")
    request += fmt::format("Content-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\n", content.size());
  request += "\r\n" + content;
  net::Answer answer;
  co_await transport_.exchange(origin, request, answer);
  if (!answer.ok())
    co_return std::unexpected(WebDriverError{"no answer", std::string(net::to_string(answer.outcome)) +
                                                              (answer.detail.empty() ? "" : ": " + answer.detail)});
  const auto tree = json::parse(answer.body(), nullptr, false);
  if (!tree.is_object() || !tree.contains("value"))
    co_return std::unexpected(
        WebDriverError{"no answer", fmt::format("status {}, and no JSON object with a \"value\"", answer.status)});
  const auto& value = tree["value"];
  if (answer.status >= 400 && !value.is_object())
    co_return std::unexpected(WebDriverError{"unknown error", fmt::format("status {}", answer.status)});
  if (answer.status >= 400)
    co_return std::unexpected(WebDriverError{text_member(value, "error"), first_line(text_member(value, "message"))});
  co_return value;
}

net::awaitable<WebDriverResult<std::string>> WebDriver::text_of(std::string path) {
  auto value = co_await command("GET", session_ + path, nullptr);
  if (!value) co_return std::unexpected(std::move(value.error()));
  co_return value->is_string() ? value->get<std::string>() : std::string();
}

net::awaitable<WebDriverResult<void>> WebDriver::order(std::string path, json body) {
  auto value = co_await command("POST", session_ + path, body);
  if (!value) co_return std::unexpected(std::move(value.error()));
  co_return WebDriverResult<void>{};
}

net::awaitable<WebDriverResult<bool>> WebDriver::ready() {
  auto value = co_await command("GET", "/status", nullptr);
  if (!value) co_return std::unexpected(std::move(value.error()));
  co_return value->is_object() && value->value("ready", json(false)) == json(true);
}

net::awaitable<WebDriverResult<void>> WebDriver::open(const std::vector<std::string>& arguments,
                                                      std::chrono::milliseconds patience) {
  const json wanted{{"capabilities",
                     {{"alwaysMatch",
                       {{"browserName", "chrome"},
                        {"pageLoadStrategy", "eager"},
                        {"unhandledPromptBehavior", "accept"},
                        {"timeouts", {{"pageLoad", patience.count()}, {"script", patience.count()}}},
                        {"goog:loggingPrefs", {{"performance", "ALL"}}},
                        {"goog:chromeOptions", {{"args", arguments}}}}}}}};
  auto value = co_await command("POST", "/session", wanted);
  if (!value) co_return std::unexpected(std::move(value.error()));
  const auto id = value->is_object() ? text_member(*value, "sessionId") : "";
  if (id.empty()) co_return std::unexpected(WebDriverError{"session not created", "the answer holds no sessionId"});
  session_ = "/session/" + id;
  if (const auto found = value->find("capabilities"); found != value->end() && found->is_object())
    browser_ = base::printable(text_member(*found, "browserName") + " " + text_member(*found, "browserVersion"), 80);
  co_return WebDriverResult<void>{};
}

net::awaitable<void> WebDriver::close() {
  if (session_.empty()) co_return;
  const auto path = std::exchange(session_, "");
  co_await command("DELETE", path, nullptr);
}

net::awaitable<WebDriverResult<void>> WebDriver::navigate(std::string_view url) {
  return order("/url", {{"url", url}});
}
net::awaitable<WebDriverResult<std::string>> WebDriver::current_url() { return text_of("/url"); }
net::awaitable<WebDriverResult<std::string>> WebDriver::title() { return text_of("/title"); }
net::awaitable<WebDriverResult<std::string>> WebDriver::source() { return text_of("/source"); }

net::awaitable<WebDriverResult<std::string>> WebDriver::find(std::string_view css) {
  auto value = co_await command("POST", session_ + "/element", {{"using", "css selector"}, {"value", css}});
  if (!value) co_return std::unexpected(std::move(value.error()));
  co_return element_in(*value);
}

net::awaitable<WebDriverResult<void>> WebDriver::clear(std::string_view element) {
  return order(fmt::format("/element/{}/clear", element), json::object());
}
net::awaitable<WebDriverResult<void>> WebDriver::send_keys(std::string_view element, std::string_view text) {
  return order(fmt::format("/element/{}/value", element), {{"text", text}});
}
net::awaitable<WebDriverResult<void>> WebDriver::click(std::string_view element) {
  return order(fmt::format("/element/{}/click", element), json::object());
}

net::awaitable<WebDriverResult<json>> WebDriver::run_script(std::string_view script, const json& arguments) {
  return command("POST", session_ + "/execute/sync", {{"script", script}, {"args", arguments}});
}

net::awaitable<WebDriverResult<std::vector<json>>> WebDriver::events() {
  auto value = co_await command("POST", session_ + "/se/log", {{"type", "performance"}});
  if (!value) co_return std::unexpected(std::move(value.error()));
  std::vector<json> out;
  if (value->is_array())
    for (const auto& entry : *value) {
      if (!entry.is_object()) continue;
      auto message = json::parse(text_member(entry, "message"), nullptr, false);
      if (message.is_object() && message.contains("message") && message["message"].is_object())
        out.push_back(std::move(message["message"]));
    }
  co_return out;
}

net::awaitable<WebDriverResult<void>> WebDriver::devtools(std::string_view name, const json& parameters) {
  return order("/goog/cdp/execute", {{"cmd", name}, {"params", parameters}});
}

}  // namespace assay::engine

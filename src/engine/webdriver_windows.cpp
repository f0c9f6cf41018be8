#include "engine/webdriver_windows.hpp"

#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace assay::engine {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr auto kStartPatience = 20s;      // for chromedriver to listen
constexpr auto kPagePatience = 15'000ms;  // for one page to load
constexpr const char* kPackage = "install Debian's package: apt-get install chromium-driver";

// "ChromeDriver was started successfully on port 43210."
std::uint16_t port_in(std::string_view said) {
  const auto at = said.find("started successfully on port ");
  if (at == std::string_view::npos) return 0;
  const auto digits = said.substr(said.find_first_of("0123456789", at));
  std::uint16_t port = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return port;
}

std::string last_of(std::string_view text) {
  text = base::trim(text);
  return base::printable(text.substr(text.size() - std::min<std::size_t>(text.size(), 300)), 300);
}

// A new folder that nobody else can look into.
std::string scratch_folder() {
  std::error_code error;
  const auto base = std::filesystem::temp_directory_path(error);
  std::string name = ((error ? std::filesystem::path("/tmp") : base) / "assay-browser-XXXXXX").string();
  return mkdtemp(name.data()) ? name : "";
}

}  // namespace

Windows::Windows(WindowOptions options, net::ClientContext& context, net::RealTime& time,
                 std::function<void(std::string_view)> say)
    : options_(std::move(options)), time_(time), say_(std::move(say)), client_(context) {}

Windows::~Windows() = default;

std::vector<std::string> Windows::arguments() const {
  // Without --disable-auto-reload, Chromium repeats a whole chain of redirects that ended nowhere.
  std::vector<std::string> out{"--headless=new",
                               "--window-size=1280,1024",
                               "--no-first-run",
                               "--disable-auto-reload",
                               "--disable-background-networking",
                               "--disable-component-update",
                               "--disable-dev-shm-usage",
                               "--disable-extensions",
                               "--lang=en",
                               "--password-store=basic"};
  if (geteuid() == 0) out.emplace_back("--no-sandbox");
  if (options_.any_certificate) out.emplace_back("--ignore-certificate-errors");
  std::string rules;
  for (const auto& place : options_.unreachable) rules += (rules.empty() ? "MAP " : ", MAP ") + place + " ~NOTFOUND";
  if (!rules.empty()) out.push_back("--host-resolver-rules=" + rules);
  return out;
}

net::awaitable<std::expected<void, base::Failure>> Windows::start_driver() {
  using base::Failure, base::FailureCode;
  while (starting_ && !interrupted_) co_await time_.wait(20ms);
  if (interrupted_) co_return std::unexpected(Failure{FailureCode::timed_out, "start a browser: interrupted", ""});
  if (!options_.driver_url.empty()) {
    const auto given = base::parse_url(options_.driver_url);
    if (!given) co_return std::unexpected(Failure{FailureCode::bad_argument, "login.webdriver is no URL", ""});
    url_ = *given;
    co_return std::expected<void, Failure>{};
  }
  if (process_ && !process_->exit_code()) co_return std::expected<void, Failure>{};
  idle_.clear();
  process_.reset();
  if (net::find_program(options_.program).empty())
    co_return std::unexpected(
        Failure{FailureCode::file, fmt::format("the login needs a browser, and {} is not installed", options_.program),
                options_.program == "chromedriver" ? kPackage : "check login.chromedriver"});
  const auto folder = scratch_folder();
  if (folder.empty())
    co_return std::unexpected(Failure{FailureCode::file, "make a folder for a browser's profile", ""});
  auto started = net::ChildProcess::start({.arguments = {options_.program, "--port=0"},
                                           .environment = {{"HOME", folder},
                                                           {"TMPDIR", folder},
                                                           {"XDG_CONFIG_HOME", folder + "/config"},
                                                           {"XDG_CACHE_HOME", folder + "/cache"},
                                                           {"XDG_RUNTIME_DIR", folder},
                                                           {"DBUS_SESSION_BUS_ADDRESS", "disabled:"}},
                                           .remove_folder = folder});
  if (!started) {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
    co_return std::unexpected(std::move(started.error()));
  }
  starting_ = true;
  process_ = std::move(*started);
  std::uint16_t port = 0;
  const auto until = std::chrono::steady_clock::now() + kStartPatience;
  while (port == 0 && !process_->exit_code() && !interrupted_ && std::chrono::steady_clock::now() < until) {
    co_await time_.wait(10ms);
    port = port_in(process_->output());
  }
  starting_ = false;
  if (port == 0) {
    const auto code = process_->exit_code();
    const auto said = last_of(process_->output() + process_->errors());
    process_.reset();
    co_return std::unexpected(Failure{FailureCode::file,
                                      fmt::format("{} {}{}{}", options_.program,
                                                  interrupted_ ? "was interrupted"
                                                  : code       ? fmt::format("ended with {}", *code)
                                                               : "did not start listening in time",
                                                  said.empty() ? "" : ": ", said),
                                      "does it run by itself? login.webdriver takes the URL of one that runs already"});
  }
  url_ = *base::parse_url(fmt::format("http://127.0.0.1:{}/", port));
  if (geteuid() == 0 && !said_)
    say_("note: Chromium runs without its sandbox (--no-sandbox), because Assay runs as root");
  said_ = true;
  co_return std::expected<void, Failure>{};
}

net::awaitable<std::expected<std::unique_ptr<Window>, base::Failure>> Windows::open() {
  if (auto ready = co_await start_driver(); !ready) co_return std::unexpected(std::move(ready.error()));
  auto window =
      std::make_unique<Window>(Window{.driver = WebDriver(client_, url_), .log = {}, .visited = {}, .user = {}});
  auto opened = co_await window->driver.open(arguments(), kPagePatience);
  if (!opened) {
    const bool silent = opened.error().code == "no answer";
    co_return std::unexpected(
        base::Failure{base::FailureCode::connect,
                      fmt::format("{} {}: {}", options_.driver_url.empty() ? options_.program : options_.driver_url,
                                  silent ? "gave no answer" : "could not start a browser", opened.error().message),
                      !options_.driver_url.empty()
                          ? "check login.webdriver"
                          : "is Debian's package chromium installed, of the same version as chromium-driver?"});
  }
  // Chromium only; without, what happened is seen by the window's address alone.
  co_await window->driver.events();
  co_return window;
}

net::awaitable<std::expected<std::unique_ptr<Window>, base::Failure>> Windows::lend(std::string user) {
  if (process_ && process_->exit_code()) idle_.clear();
  for (auto& one : idle_)
    if (!user.empty() && one->user == user) {
      auto found = std::move(one);
      std::erase(idle_, nullptr);
      co_return found;
    }
  if (!idle_.empty()) {
    auto window = std::move(idle_.back());
    idle_.pop_back();
    co_await clean(*window);
    if (!window->broken) co_return window;
    co_await window->driver.close();
  }
  co_return co_await open();
}

void Windows::give_back(std::unique_ptr<Window> window) {
  if (window && !window->broken && !interrupted_) idle_.push_back(std::move(window));
}

net::awaitable<void> Windows::clean(Window& window) {
  window.user.clear();
  auto left = co_await window.driver.navigate("about:blank");
  const auto forgotten = co_await window.driver.devtools("Network.clearBrowserCookies", json::object());
  for (const auto& origin : window.visited)
    co_await window.driver.devtools("Storage.clearDataForOrigin", {{"origin", origin}, {"storageTypes", "all"}});
  window.visited.clear();
  window.broken = window.broken || !left || !forgotten;
}

net::awaitable<void> Windows::close() {
  auto windows = std::move(idle_);
  idle_.clear();
  if (!options_.driver_url.empty())
    for (auto& window : windows) co_await window->driver.close();
  process_.reset();
}

void Windows::interrupt() {
  interrupted_ = true;
  if (process_) process_->kill();
}

}  // namespace assay::engine

#include "engine/login_manual.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "base/text.hpp"
#include "engine/browser_landing.hpp"
#include "engine/login_helpers.hpp"
#include "net/child_process.hpp"
#include "net/server.hpp"

namespace assay::engine {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kReport = "/.assay-address";  // where the page below tells its whole address

// What the person sees in the end. Only a script can see a fragment.
constexpr std::string_view kThanks =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Assay</title>"
    "<p>Assay has the answer of the server. You can close this window.</p>"
    "<script>fetch('/.assay-address', {method: 'POST', body: location.href})</script></html>";

// Where people arrived; filled by the threads of servers.
class Arrivals {
 public:
  struct One {
    std::string location, form;
    bool sure = false;  // of a request that carries an answer; else the page has to tell the rest
  };
  void add(One one) {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(one));
  }
  std::vector<One> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(all_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<One> all_;
};

net::Handler receive(std::shared_ptr<Arrivals> arrivals, std::string origin) {
  return [arrivals = std::move(arrivals), origin = std::move(origin)](const net::ServerRequest& request,
                                                                      net::ServerResponse& response) {
    response.add_field("Cache-Control", "no-store");
    if (request.path == kReport) {
      // Only the page above says so: a page of another origin could not send its own address here.
      if (request.method == "POST" && request.body.starts_with(origin + "/"))
        arrivals->add({std::string(request.body), "", true});
      return;
    }
    response.add_field("Content-Type", "text/html; charset=utf-8");
    response.body = kThanks;
    const bool posted = request.method == "POST";
    const auto parameters = base::parse_form(posted ? request.body : request.query);
    arrivals->add(
        {origin + std::string(request.target), posted ? std::string(request.body) : "", is_response(parameters)});
  };
}

bool can_listen(const base::Url& url) { return !url.tls() && url.is_loopback(); }

}  // namespace

net::awaitable<void> ManualLogin::authorize(const LoginTask& task, Arrival& out) {
  out = Arrival{};
  out.location = task.authorize_url;
  out.obstacle = Obstacle::driver_failed;
  const auto& person = helpers_.person();
  if (!person.absent.empty()) {
    out.note = "a person has to log in at a browser (login driver manual), and " + person.absent;
    co_return;
  }
  if (helpers_.person_left) {
    out.note = "a person has to log in at a browser, and nobody came to an earlier login of this run";
    co_return;
  }
  co_await helpers_.person_free().take();
  co_await ask(task, out);
  helpers_.person_free().give();
}

net::awaitable<void> ManualLogin::ask(const LoginTask& task, Arrival& out) {
  const auto& person = helpers_.person();
  const auto arrivals = std::make_shared<Arrivals>();
  std::vector<std::unique_ptr<net::Server>> servers;
  std::vector<std::string> places{std::string(task.sent_redirect_uri)};
  places.insert(places.end(), task.registered.begin(), task.registered.end());
  std::vector<std::string> listening;
  std::string trouble;
  for (const auto& place : places) {
    const auto url = base::parse_url(place);
    if (!url || !can_listen(*url) || std::ranges::find(listening, url->origin()) != listening.end()) continue;
    net::ServerOptions options;
    options.address = url->host == "localhost" ? "127.0.0.1" : url->host;
    options.port = url->port;
    options.threads = 1;
    auto server = net::Server::start(options, receive(arrivals, url->origin()));
    if (!server) {
      trouble = server.error().doing;
      continue;
    }
    listening.push_back(url->origin());
    servers.push_back(std::move(*server));
  }
  if (servers.empty()) {
    out.note = trouble.empty() ? "the client has no redirect URI on this machine to listen at; register one such as "
                                 "http://127.0.0.1:4999/cb"
                               : "cannot listen for the server's answer: " + trouble;
    co_return;
  }
  const auto left = std::max<std::chrono::nanoseconds>(task.deadline - std::chrono::steady_clock::now(), 0s);
  person.say(fmt::format("login {}: as {}, within {}, open this in {}:\n  {}\n{}", ++helpers_.asked,
                         base::printable(task.credentials.username.empty() ? "anybody" : task.credentials.username, 80),
                         base::format_duration(left),
                         fresh_ && !login_.once ? "a new private window" : "the browser that you use for this run",
                         base::printable(task.authorize_url, 8000),
                         person.nothing_came ? "  Press Enter if it ends at a page that leads nowhere.\n" : ""));
  fresh_ = false;
  if (login_.open && !net::start_for_user({"xdg-open", std::string(task.authorize_url)}))
    person.say("  (xdg-open is not installed: open it yourself)\n");
  for (;;) {
    for (const auto& one : arrivals->take()) {
      if (!one.sure || !land(out, task, one.location, base::parse_url(one.location))) continue;
      if (!one.form.empty()) {
        out.parameters = base::parse_form(one.form);
        out.in_form_post = true;
      }
      out.obstacle = Obstacle::none;
      out.outcome = net::Outcome::ok;
      out.status = 302;
      co_return;
    }
    if (person.nothing_came && person.nothing_came()) {
      out.landed = Landing::page;
      out.obstacle = Obstacle::none;
      out.outcome = net::Outcome::ok;
      out.note = "a page that leads nowhere, says the person at the browser";
      co_return;
    }
    if (helpers_.interrupted()) {
      out.note = "interrupted";
      co_return;
    }
    if (std::chrono::steady_clock::now() >= task.deadline) {
      out.obstacle = Obstacle::too_late;
      out.note = "nobody came back from the browser within login.timeout";
      helpers_.person_left = true;
      co_return;
    }
    co_await helpers_.time().wait(30ms);
  }
}

}  // namespace assay::engine

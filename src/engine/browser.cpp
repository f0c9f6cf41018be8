#include "engine/browser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/wall_clock.hpp"
#include "engine/browser_body.hpp"
#include "engine/browser_landing.hpp"
#include "engine/browser_steps.hpp"
#include "engine/browser_visit.hpp"

namespace assay::engine {
namespace {

constexpr int longest_chain = 12;  // of redirects without a page
constexpr std::string_view set_cookie = "set-cookie";

// Whether the body is worth looking at as a page. Some servers send no Content-Type with one (form_post pages of glewlwyd).
bool is_html(std::string_view content_type, std::string_view body) {
  const auto type = base::lower(content_type.substr(0, content_type.find(';')));
  if (type.find("html") != std::string::npos) return true;
  if (type.find("json") != std::string::npos) return false;
  return base::trim(body).starts_with('<');
}

}  // namespace

Browser::Browser(LoginOptions options) : options_(std::move(options)) {}

net::awaitable<void> Browser::authorize(const LoginTask& task, Arrival& out) {
  out.clear();
  out.location = task.authorize_url;
  sending_.clear();
  asked_.clear();
  Visit visit{.task = task, .out = out, .start = start_, .request = sending_, .unpacked = unpacked_, .asked = asked_};
  if (base::parse_url(task.authorize_url, start_)) {
    visit.request.url = start_;
  } else {
    out.note = "the authorization URL is not an http or https URL";
    co_return;
  }
  visit.request.purpose = "authorization request";
  if (task.state.cookies.size() == 0) bring_cookies(task, visit.start);
  bool more = options_.steps.empty() || co_await run_first_steps(visit);
  while (more) {
    more = co_await fetch(visit) && read_answer(visit);
    while (more && visit.step) {
      const auto* step = std::exchange(visit.step, nullptr);
      more = co_await run_step(visit, *step, visit.html);
    }
  }
  if (out.location.empty()) out.location = visit.request.url.text();  // it ended at what was sent last
  std::string().swap(unpacked_);  // a large page is not kept for as long as the user lives
}

void Browser::bring_cookies(const LoginTask& task, const base::Url& start) const {
  for (const auto& cookie : options_.cookies) {
    const auto url = base::parse_url(cookie.origin.empty() ? start.origin() : cookie.origin);
    const auto text = cookie.name + "=" + std::string(cookie.value.reveal()) + "; Path=" + cookie.path;
    if (url) task.state.cookies.store(*url, text, base::wall_now());
  }
}

net::awaitable<bool> Browser::fetch(Visit& visit) {
  write_browser_request(request_, visit.request, visit.task.state.cookies, base::wall_now());
  return exchange(visit);
}

net::awaitable<bool> Browser::exchange(Visit& visit) {
  const auto& task = visit.task;
  const auto& request = visit.request;
  auto& out = visit.out;
  out.location.clear();
  visit.html = {};
  visit.page = nullptr;
  if (visit.sent >= options_.max_steps)
    co_return visit.get_stuck(Obstacle::too_many_steps,
                              "gave up after " + base::plural(static_cast<std::size_t>(visit.sent), "request"));
  if (std::chrono::steady_clock::now() >= task.deadline)
    co_return visit.get_stuck(Obstacle::too_late, "the login took longer than login.timeout allows");
  ++visit.sent;
  const net::Origin origin{.tls = request.url.tls(), .host = request.url.host, .port = request.url.port};
  co_await task.wire.send(origin, request_, answer_, request.purpose);
  out.status = answer_.status;
  if (request.post && visit.password_sent && out.credentials_status < 307) out.credentials_status = answer_.status;
  out.outcome = answer_.outcome;
  if (!answer_.ok())
    co_return visit.get_stuck(Obstacle::no_answer, fmt::format("no answer to the {}: {}{}{}", request.purpose,
                                                               net::to_string(answer_.outcome),
                                                               answer_.detail.empty() ? "" : ": ", answer_.detail));
  const auto now = base::wall_now();
  for (const auto& field : answer_.fields())
    if (field.name.size() == set_cookie.size() && base::equals_ignoring_case(field.name, set_cookie))
      task.state.cookies.store(request.url, field.value, now);
  co_return true;
}

std::optional<std::string_view> Browser::readable_body(std::string& unpacked) const {
  const auto coding = answer_.header("content-encoding");
  if (!coding) return answer_.body();
  auto decoded = decoded_body(answer_.body(), *coding);
  if (!decoded) return std::nullopt;
  unpacked = std::move(*decoded);
  return unpacked;
}

bool Browser::belongs_to_server(const Visit& visit, const base::Url& url) const {
  if (url.same_origin(visit.start)) return true;
  // From http to https of the same host.
  if (url.host == visit.start.host && url.tls() && url.port == 443 && visit.start.port == 80) return true;
  return std::ranges::any_of(options_.login_origins, [&](const std::string& allowed) {
    const auto parsed = base::parse_url(allowed);
    return parsed && parsed->same_origin(url);
  });
}

bool Browser::read_answer(Visit& visit) {
  if (is_redirect(answer_.status)) {
    const auto location = answer_.header("location");
    if (location && !base::trim(*location).empty()) return follow(visit, *location, answer_.status >= 307);
    return visit.arrive(Landing::page, fmt::format("status {} without a Location", answer_.status));
  }
  const auto body = readable_body(visit.unpacked);
  if (!body)
    return visit.arrive(
        Landing::page,
        fmt::format("status {}, a body in the content coding \"{}\", which cannot be read", answer_.status,
                    base::printable(answer_.header("content-encoding").value_or(""), 40)));
  visit.html = *body;
  const bool usual = answer_.status < 400 || answer_.status == 401;
  if (usual && !options_.steps.empty()) visit.step = find_step(options_.steps, visit.request.url);
  if (visit.step) return true;
  if (!is_html(answer_.header("content-type").value_or(""), *body)) return refused(visit, "", base::trim(*body));
  return read_page(visit);
}

// Follows a Location or the URL of a refresh, unless it leads off the server.
bool Browser::follow(Visit& visit, std::string_view reference, bool keep_method) {
  reference = base::trim(reference);
  auto& url = next_;
  if (!url) url.emplace();
  if (!base::resolve_url(visit.request.url, reference, *url)) url.reset();
  if (land(visit.out, visit.task, reference, url)) return false;
  // A page of another host that a step stands for need not be fetched.
  visit.step = url ? find_step(options_.steps, *url, true) : nullptr;
  if (!url || (!visit.step && !belongs_to_server(visit, *url))) {
    leave(visit.out, reference, url);
    visit.out.note = "the server sent the browser to " +
                     base::printable(url ? where(*url) : reference.substr(0, reference.find_first_of("?#")), 200);
    return false;
  }
  if (++visit.redirects > longest_chain)
    return visit.get_stuck(Obstacle::endless_redirect,
                           fmt::format("the server redirects without end: {} in a row", longest_chain));
  auto& request = visit.request;
  if (!url->same_origin(request.url)) {
    request.site = "cross-site";
    if (request.post) request.origin = "null";
  }
  if (!keep_method) {  // RFC 9110 section 15.4: 301, 302 and 303 turn a POST into a GET, 307 and 308 keep it
    request.post = false;
    request.body.clear();
    request.content_type.clear();
  }
  swap(request.url, *url);
  request.url.fragment.clear();
  request.purpose = "redirect";
  return true;
}

}  // namespace assay::engine

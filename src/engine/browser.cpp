#include "engine/browser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "engine/browser_body.hpp"
#include "engine/browser_landing.hpp"
#include "engine/browser_request.hpp"
#include "html/page_memory.hpp"
#include "html/submission.hpp"

namespace assay::engine {
namespace {

constexpr double longest_refresh = 30;  // seconds; a page that refreshes later is only guarding its session

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// Whether the body is worth looking at as a page. Some servers send no Content-Type with one (form_post pages of glewlwyd).
bool is_html(std::string_view content_type, std::string_view body) {
  const auto type = base::lower(content_type.substr(0, content_type.find(';')));
  if (type.find("html") != std::string::npos) return true;
  if (type.find("json") != std::string::npos) return false;
  return base::trim(body).starts_with('<');
}

// What a person would say the page is: its title and the beginning of its text.
std::string describe(int status, std::string_view title, std::string_view text) {
  auto out = fmt::format("status {}", status);
  if (!title.empty()) out += fmt::format(", \"{}\"", base::printable(title, 100));
  if (!text.empty() && text != title) out += fmt::format(": {}", base::printable(text, 200));
  return out;
}

// The same question in a page that may have new tokens and a new address.
std::string shape_of(const html::Choice& choice) {
  auto out = std::to_string(static_cast<int>(choice.kind));
  if (choice.button) out += " " + choice.button->label;
  for (const auto& field : choice.form->fields) out += " " + field.name + ":" + field.type;
  return out;
}

// How often a page of one shape is answered. Twice, because the first answer may have met a stale form; each time it is
// the new page that is filled in.
int patience(html::FormKind kind) { return kind == html::FormKind::interstitial ? 3 : 2; }

std::string_view why_again(html::FormKind kind) {
  switch (kind) {
    case html::FormKind::login:
      return "the login page came back after the password was sent: wrong user name or password?";
    case html::FormKind::identifier: return "the page that asks for the user name came back after it was sent";
    case html::FormKind::consent: return "the consent page came back after it was answered";
    case html::FormKind::interstitial: return "the same page came back";
  }
  return "";
}

// One for all browsers of a thread: their users see the same pages.
html::PageMemory& page_memory() {
  thread_local html::PageMemory memory;
  return memory;
}

std::string where(const base::Url& url) { return url.origin() + url.path; }  // without a query that may hold secrets

}  // namespace

struct Browser::Visit {
  std::span<const std::string> registered;
  std::string_view sent_redirect_uri;
  const Credentials& credentials;
  Arrival& out;
  base::Url start;
  BrowserRequest request;            // the one to be sent, then the one that was answered
  std::map<std::string, int> asked;  // shapes of pages and how often they were answered
  bool password_sent = false;

  // Ends the visit.
  bool arrive(Landing landing, std::string note) {
    out.landed = landing;
    out.note = std::move(note);
    return false;
  }
};

Browser::Browser(LoginOptions options) : options_(std::move(options)) {}

void Browser::forget() { cookies_.clear(); }

html::Hints Browser::hints() const { return {options_.user_field, options_.password_field, options_.allow_labels}; }

net::awaitable<void> Browser::authorize(Wire& wire, std::string_view authorize_url,
                                        std::span<const std::string> registered_redirect_uris,
                                        std::string_view sent_redirect_uri, const Credentials& credentials,
                                        Arrival& out) {
  out = Arrival{};
  out.location = authorize_url;
  auto url = base::parse_url(authorize_url);
  if (!url) {
    out.note = "the authorization URL is not an http or https URL";
    co_return;
  }
  Visit visit{.registered = registered_redirect_uris,
              .sent_redirect_uri = sent_redirect_uri,
              .credentials = credentials,
              .out = out,
              .start = *url,
              .request = {},
              .asked = {}};
  visit.request.url = std::move(*url);
  visit.request.purpose = "authorization request";
  for (int step = 0; step < options_.max_steps; ++step) {
    const auto& request = visit.request;
    write_browser_request(request_, request, cookies_, std::chrono::system_clock::now());
    const net::Origin origin{.tls = request.url.tls(), .host = request.url.host, .port = request.url.port};
    co_await wire.send(origin, request_, answer_, request.purpose);
    out.status = answer_.status;
    if (request.post && visit.password_sent && out.credentials_status < 307) out.credentials_status = answer_.status;
    out.outcome = answer_.outcome;
    out.location.clear();
    const bool last = step + 1 == options_.max_steps;
    if (last || !answer_.ok()) out.location = request.url.text();
    if (!answer_.ok()) {
      visit.arrive(Landing::stuck,
                   fmt::format("no answer to the {}: {}{}{}", request.purpose, net::to_string(answer_.outcome),
                               answer_.detail.empty() ? "" : ": ", answer_.detail));
      co_return;
    }
    const auto now = std::chrono::system_clock::now();
    for (const auto& field : answer_.fields())
      if (base::equals_ignoring_case(field.name, "set-cookie")) cookies_.store(request.url, field.value, now);
    if (read_answer(visit)) continue;
    if (out.location.empty()) out.location = request.url.text();  // it ended at what was sent last
    co_return;
  }
  visit.arrive(Landing::stuck,
               fmt::format("gave up after {}, the next one would go to {}",
                           base::plural(static_cast<std::size_t>(std::max(options_.max_steps, 0)), "request"),
                           where(visit.request.url)));
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
  std::optional<std::string> decoded;
  std::string_view body = answer_.body();
  if (const auto coding = answer_.header("content-encoding")) {
    decoded = decoded_body(body, *coding);
    if (!decoded)
      return visit.arrive(Landing::page,
                          fmt::format("status {}, a body in the content coding \"{}\", which cannot be read",
                                      answer_.status, base::printable(*coding, 40)));
    body = *decoded;
  }
  if (!is_html(answer_.header("content-type").value_or(""), body)) return refused(visit, "", base::trim(body));
  return read_page(visit, page_memory().read(body));
}

// The end at a page that leads nowhere. Right after the login form, 401 and 403 mean that the login failed.
bool Browser::refused(Visit& visit, std::string_view title, std::string_view text) const {
  const bool login = visit.request.post && visit.password_sent && visit.request.purpose == "login form";
  auto note = describe(answer_.status, title, text);
  if (login && (answer_.status == 401 || answer_.status == 403))
    return visit.arrive(Landing::stuck, "the server refused the login: " + note);
  return visit.arrive(Landing::page, std::move(note));
}

bool Browser::read_page(Visit& visit, const html::Page& page) {
  if (leave_by_form(visit, page)) return false;
  const int status = answer_.status;
  if (page.unreadable)
    return visit.arrive(Landing::page, fmt::format("status {}, a page too large or too convoluted to be read", status));

  const auto& choice = page_memory().choose(hints());
  const bool login = choice && choice->kind == html::FormKind::login;
  if (status >= 400) {
    // A page that says what went wrong is not clicked through. Some servers answer 401 where they ask for the password, or
    // an error status where they ask again.
    const bool again = login && visit.password_sent && status < 500 && status != 429;
    if (!(login && status == 401) && !again) return refused(visit, page.title, page.text);
  }
  const bool asks = choice && choice->kind != html::FormKind::interstitial;
  if (!asks) {
    const auto field = answer_.header("refresh");
    const auto refresh = page.refresh || !field ? page.refresh : html::parse_refresh(*field);
    if (refresh && refresh->seconds <= longest_refresh) return follow(visit, refresh->url, false);
  }
  if (!choice) {
    auto note = describe(status, page.title, page.text);
    if (page.forms.empty() && page.scripts > 0 && status < 400)
      note += fmt::format(" (no form and {}: this page may need a browser)", base::plural(page.scripts, "script"));
    return visit.arrive(Landing::page, std::move(note));
  }
  int& times = visit.asked[shape_of(*choice)];
  if (times >= patience(choice->kind)) {
    if (choice->kind == html::FormKind::interstitial)
      return visit.arrive(Landing::page, describe(status, page.title, page.text));
    return visit.arrive(Landing::stuck, std::string(why_again(choice->kind)));
  }
  return submit(visit, page, *choice, times++ > 0);
}

// Follows a Location or the URL of a refresh, unless it leads off the server.
bool Browser::follow(Visit& visit, std::string_view reference, bool keep_method) {
  reference = base::trim(reference);
  const auto url = base::resolve_url(visit.request.url, reference);
  const auto matched = match_redirect_uri(reference, url, visit.registered, visit.sent_redirect_uri);
  if (matched || !url || !belongs_to_server(visit, *url)) {
    visit.out.location = url ? url->text() : std::string(reference);
    auto response = response_parameters(visit.out.location);
    visit.out.parameters = std::move(response.parameters);
    visit.out.in_fragment = response.in_fragment;
    if (matched == Landing::redirect_uri) return visit.arrive(Landing::redirect_uri, "");
    return visit.arrive(
        Landing::elsewhere,
        matched ? "the server sent the browser to the redirect URI of the request"
                : "the server sent the browser to " +
                      base::printable(url ? where(*url) : reference.substr(0, reference.find_first_of("?#")), 200));
  }
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
  request.url = *url;
  request.url.fragment.clear();
  request.purpose = "redirect";
  return true;
}

// OAuth 2.0 Form Post Response Mode: the fields of a form that posts to the client are the response.
bool Browser::leave_by_form(Visit& visit, const html::Page& page) const {
  for (const auto& form : page.forms) {
    auto entries = html::form_entries(form, nullptr);
    if (!is_response(entries)) continue;
    const auto submission = html::build_submission(visit.request.url, page.base, form, nullptr);
    // Custom schemes of native clients are no URLs we can resolve, but can be compared.
    const auto url = submission ? std::optional(submission->url) : std::nullopt;
    const auto matched = match_redirect_uri(form.action, url, visit.registered, visit.sent_redirect_uri);
    if (!matched) continue;
    visit.out.location = url ? url->text() : form.action;
    visit.out.parameters = std::move(entries);
    visit.out.in_form_post = true;
    visit.arrive(*matched, "");
    return true;
  }
  return false;
}

bool Browser::submit(Visit& visit, const html::Page& page, const html::Choice& choice, bool again) {
  auto form = *choice.form;
  const bool login = choice.kind == html::FormKind::login;
  if (login || choice.kind == html::FormKind::identifier)
    html::fill_login(form, hints(), visit.credentials.username, login ? visit.credentials.password.reveal() : "");
  else html::tick_consent(form, choice.intent, again);
  auto submission = html::build_submission(visit.request.url, page.base, form, choice.button);
  if (!submission)
    return visit.arrive(Landing::stuck,
                        fmt::format("a form whose action cannot be followed: {}", base::printable(form.action, 100)));
  if (!belongs_to_server(visit, submission->url)) {
    const auto place = base::printable(where(submission->url), 200);
    if (login)
      return visit.arrive(Landing::stuck,
                          fmt::format("the login form would send the password to {}, off the server", place));
    visit.out.location = submission->url.text();
    visit.out.parameters = std::move(submission->entries);
    visit.out.in_form_post = submission->method == "POST";
    return visit.arrive(Landing::elsewhere, fmt::format("a form leads to {}", place));
  }
  visit.password_sent = visit.password_sent || login;
  auto page_url = visit.request.url;
  page_url.fragment.clear();
  const bool same_origin = submission->url.same_origin(page_url);
  BrowserRequest next;
  next.post = submission->method == "POST";
  next.content_type = std::move(submission->content_type);
  next.body = std::move(submission->body);
  // The default policy of browsers, strict-origin-when-cross-origin.
  next.referer = same_origin ? page_url.text() : page_url.origin() + "/";
  next.origin = page_url.origin();
  next.site = same_origin ? "same-origin" : "cross-site";
  next.purpose = login || choice.kind == html::FormKind::identifier ? "login form" : "consent form";
  next.url = std::move(submission->url);
  visit.request = std::move(next);
  return true;
}

}  // namespace assay::engine

// What the browser makes of a page: which form it fills in, and where it has to give up.
#include <fmt/format.h>

#include <algorithm>

#include "engine/browser_landing.hpp"
#include "engine/browser_visit.hpp"
#include "html/page_memory.hpp"
#include "html/submission.hpp"

namespace assay::engine {
namespace {

constexpr double longest_refresh = 30;  // seconds; a page that refreshes later is only guarding its session

// What a person would say the page is: its title and the beginning of its text.
std::string describe(int status, std::string_view title, std::string_view text) {
  auto out = fmt::format("status {}", status);
  if (!title.empty()) out += fmt::format(", \"{}\"", base::printable(title, 100));
  if (!text.empty() && text != title) out += fmt::format(": {}", base::printable(text, 200));
  return out;
}

// The same question in a page that may have new tokens and a new address. Valid until it is called again.
std::string_view shape_of(const html::Choice& choice) {
  thread_local std::string out;
  out.clear();
  out += static_cast<char>('0' + static_cast<int>(choice.kind));
  if (choice.button) out.append(" ").append(choice.button->label);
  for (const auto& field : choice.form->fields) out.append(" ").append(field.name).append(":").append(field.type);
  return out;
}

// How often a page of one shape is answered. Twice, because the first answer may have met a stale form; each time it is
// the new page that is filled in.
int patience(html::FormKind kind) { return kind == html::FormKind::interstitial ? 3 : 2; }

std::string_view why_again(html::FormKind kind) {
  switch (kind) {
    case html::FormKind::login:
      return "wrong user name or password? The login page came back after the password was sent";
    case html::FormKind::identifier: return "wrong user name? The page that asks for it came back after it was sent";
    case html::FormKind::consent: return "the consent page came back after it was answered";
    case html::FormKind::interstitial: return "the same page came back";
  }
  return "";
}

Obstacle obstacle_of(html::FormKind kind) {
  switch (kind) {
    case html::FormKind::login:
    case html::FormKind::identifier: return Obstacle::wrong_password;
    case html::FormKind::consent: return Obstacle::consent_not_found;
    case html::FormKind::interstitial: return Obstacle::unclear_page;
  }
  return Obstacle::unclear_page;
}

}  // namespace

// One for all browsers of a thread: their users see the same pages.
static html::PageMemory& page_memory() {
  thread_local html::PageMemory memory;
  return memory;
}

// The one that is being filled in, likewise, and what became of it: keeping their memory saves a dozen allocations per page.
struct Filled {
  html::Form form;
  html::Submission submission;
};
static Filled& filled() {
  thread_local Filled filled;
  return filled;
}

html::Hints Browser::hints() const { return {options_.user_field, options_.password_field, options_.allow_labels}; }

bool Browser::Visit::get_stuck(Obstacle obstacle, std::string note) {
  out.obstacle = obstacle;
  note += "; at " + base::printable(where(request.url), 120);
  if (page && !page->title.empty()) note += ", \"" + base::printable(page->title, 60) + "\"";
  if (page && !page->text.empty() && page->text != page->title) note += ": " + base::printable(page->text, 160);
  return arrive(Landing::stuck, std::move(note));
}

// The end at a page that leads nowhere. Right after the login form, 401 and 403 mean that the login failed.
bool Browser::refused(Visit& visit, std::string_view title, std::string_view text) const {
  const bool login = visit.request.post && visit.password_sent && visit.request.purpose == "login form";
  const int status = answer_.status;
  if (login && status == 429)
    return visit.get_stuck(Obstacle::rate_limited, "the server wants fewer logins: status 429");
  // Elsewhere, a page may hold a captcha and yet be what the server says to the request.
  if ((login && status < 500) || see_challenge(visit.html))
    if (auto sight = see_captcha(visit.html)) return visit.get_stuck(sight->obstacle, std::move(sight->words));
  if (login && (status == 401 || status == 403))
    return visit.get_stuck(Obstacle::wrong_password, fmt::format("the server refused the login: status {}", status));
  return visit.arrive(Landing::page, describe(status, title, text));
}

bool Browser::read_page(Visit& visit) {
  const auto& page = page_memory().read(visit.html);
  visit.page = &page;
  visit.redirects = 0;
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
  if (!choice) return give_up(visit, page);
  int& times = visit.times_asked(shape_of(*choice));
  if (times >= patience(choice->kind)) {
    if (choice->kind == html::FormKind::interstitial)
      return visit.arrive(Landing::page, describe(status, page.title, page.text));
    if (login)
      if (auto sight = see_captcha(visit.html)) return visit.get_stuck(sight->obstacle, std::move(sight->words));
    return visit.get_stuck(obstacle_of(choice->kind), std::string(why_again(choice->kind)));
  }
  return submit(visit, page, *choice, times++ > 0);
}

// At a page, no error by its status, on which nothing leads on.
bool Browser::give_up(Visit& visit, const html::Page& page) const {
  if (auto sight = see_script_page(page, visit.html)) return visit.get_stuck(sight->obstacle, std::move(sight->words));
  auto note = describe(answer_.status, page.title, page.text);
  // Whether that is a question or the end is a guess: it is told, but the page counts as what the server wanted to show.
  auto sight = see_consent(page);
  if (!sight) sight = see_captcha(visit.html);
  if (sight) {
    visit.out.obstacle = sight->obstacle;
    note += "; " + sight->words;
  }
  return visit.arrive(Landing::page, std::move(note));
}

// OAuth 2.0 Form Post Response Mode: the fields of a form that posts to the client are the response.
bool Browser::leave_by_form(Visit& visit, const html::Page& page) const {
  for (const auto& form : page.forms) {
    const auto named = [](const html::Field& field) { return is_response_name(field.name); };
    if (std::ranges::none_of(form.fields, named)) continue;
    auto entries = html::form_entries(form, nullptr);
    if (!is_response(entries)) continue;
    const auto submission = html::build_submission(visit.request.url, page.base, form, nullptr);
    // Custom schemes of native clients are no URLs we can resolve, but can be compared.
    const auto url = submission ? std::optional(submission->url) : std::nullopt;
    const auto matched = match_redirect_uri(form.action, url, visit.task.registered, visit.task.sent_redirect_uri);
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
  auto& [form, submission] = filled();
  form = *choice.form;
  const bool login = choice.kind == html::FormKind::login;
  if (login && options_.never_logs_in)
    return visit.get_stuck(Obstacle::session_refused,
                           "the server asks for a password although it was given the cookies");
  if (login || choice.kind == html::FormKind::identifier)
    html::fill_login(form, choice.user_field, hints(), visit.task.credentials.username,
                     login ? visit.task.credentials.password.reveal() : "");
  else html::tick_consent(form, choice.intent, again);
  if (!html::build_submission(visit.request.url, page.base, form, choice.button, submission))
    return visit.get_stuck(Obstacle::unclear_page, fmt::format("a form whose action cannot be followed: {}",
                                                               base::printable(form.action, 100)));
  if (!belongs_to_server(visit, submission.url)) {
    const auto place = base::printable(where(submission.url), 200);
    if (login)
      return visit.get_stuck(Obstacle::off_server,
                             fmt::format("the login form would send the password to {}, off the server", place));
    visit.out.location = submission.url.text();
    visit.out.parameters = html::form_entries(form, choice.button);
    visit.out.in_form_post = submission.method == "POST";
    return visit.arrive(Landing::elsewhere, fmt::format("a form leads to {}", place));
  }
  visit.password_sent = visit.password_sent || login;
  auto& request = visit.request;
  request.url.fragment.clear();
  const bool same_origin = submission.url.same_origin(request.url);
  // The default policy of browsers, strict-origin-when-cross-origin.
  request.referer.clear();
  if (same_origin) {
    request.url.append_text(request.referer);
  } else {
    request.url.append_origin(request.referer);
    request.referer += '/';
  }
  request.origin.clear();
  request.url.append_origin(request.origin);
  request.post = submission.method == "POST";
  std::swap(request.content_type, submission.content_type);
  std::swap(request.body, submission.body);
  request.site = same_origin ? "same-origin" : "cross-site";
  request.purpose = login || choice.kind == html::FormKind::identifier ? "login form" : "consent form";
  swap(request.url, submission.url);
  return true;
}

}  // namespace assay::engine

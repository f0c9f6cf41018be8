#include "engine/webdriver_login.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "engine/browser_landing.hpp"
#include "engine/webdriver_record.hpp"
#include "html/submission.hpp"

namespace assay::engine {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kGlance = 25ms;      // between two looks
constexpr auto kSettled = 150ms;    // nothing happened for so long: scripts have put the page together
constexpr auto kDone = 1000ms;      // nothing happened for so long: nothing will
constexpr auto kAnswered = 2500ms;  // after something was pressed and nothing came of it
constexpr auto kRestless = 5s;      // pages on which something always happens are answered all the same

std::string where(const base::Url& url) { return url.origin() + url.path; }  // without a query that may hold secrets

std::string where(const std::string& text) {
  const auto url = base::parse_url(text);
  return base::printable(url ? where(*url) : text.substr(0, text.find_first_of("?#")), 160);
}

std::string shape_of(const html::Choice& choice) {
  auto out = std::to_string(static_cast<int>(choice.kind));
  if (choice.button) out += " " + choice.button->label;
  for (const auto& field : choice.form->fields) out += " " + field.name + ":" + field.type;
  return out;
}

bool asks(const html::Choice& choice) {
  return choice.kind == html::FormKind::login || choice.kind == html::FormKind::identifier;
}

}  // namespace

struct WebDriverLogin::Visit {
  const LoginTask& task;
  Arrival& out;
  Window& window;
  base::Url start;
  std::size_t followed = 0;                       // hops whose URL has been looked at
  std::size_t recorded = 0;                       // hops that are evidence
  int status = 0;                                 // of the page
  std::string purpose = "authorization request";  // of the next hop
  bool password_sent = false;
  std::map<std::string, int> asked;  // shapes of pages and how often they were answered
  std::map<std::string, int> been;   // URLs of the window
  std::string answered;              // the page that was answered last, as it was; empty: none
  Clock::time_point answered_at{};
  std::size_t activity = 0;
  Clock::time_point last_activity = Clock::now(), page_since = Clock::now();
  std::string document;
  std::string seen;         // the last page in words
  std::string script_said;  // what a script's request was answered with, last

  bool arrive(Landing landing, std::string note) {
    out.landed = landing;
    out.note = std::move(note);
    return true;
  }
  bool stuck(Obstacle obstacle, std::string note) {
    out.obstacle = obstacle;
    if (!script_said.empty()) note += "; " + script_said;
    if (!seen.empty()) note += "; at " + seen;
    return arrive(Landing::stuck, std::move(note));
  }
  Clock::duration quiet() const { return Clock::now() - last_activity; }
};

WebDriverLogin::WebDriverLogin(const LoginSettings& settings, Windows& windows, net::RealTime& time)
    : login_(settings.login), max_steps_(settings.max_steps), windows_(windows), time_(time) {}

WebDriverLogin::~WebDriverLogin() { windows_.give_back(std::move(window_)); }

html::Hints WebDriverLogin::hints() const { return {login_.user_field, login_.password_field, login_.allow}; }

bool WebDriverLogin::belongs_to_server(const Visit& visit, const base::Url& url) const {
  if (url.same_origin(visit.start)) return true;
  if (url.host == visit.start.host && url.tls() && url.port == 443 && visit.start.port == 80) return true;
  for (const auto& allowed : login_.origins)
    if (const auto parsed = base::parse_url(allowed); parsed && parsed->same_origin(url)) return true;
  return false;
}

net::awaitable<void> WebDriverLogin::authorize(const LoginTask& task, Arrival& out) {
  out = Arrival{};
  out.location = task.authorize_url;
  const auto start = base::parse_url(task.authorize_url);
  if (!start) {
    out.note = "the authorization URL is not an http or https URL";
    co_return;
  }
  const auto& user = task.credentials.username;
  // Who stays logged in finds the window where that happened.
  const auto whose = login_.once && !fresh_ ? user : std::string();
  if (window_ && window_->broken) window_.reset();
  if (window_ && !whose.empty() && window_->user != whose) windows_.give_back(std::move(window_));
  if (window_ && fresh_) co_await windows_.clean(*window_);
  if (!window_ || window_->broken) {
    auto lent = co_await windows_.lend(whose);
    if (!lent) {
      out.obstacle = Obstacle::driver_failed;
      out.note = lent.error().doing + (lent.error().hint.empty() ? "" : "; " + lent.error().hint);
      co_return;
    }
    window_ = std::move(*lent);
  }
  fresh_ = false;
  Visit visit{.task = task,
              .out = out,
              .window = *window_,
              .start = *start,
              .asked = {},
              .been = {},
              .answered = {},
              .document = {},
              .seen = {},
              .script_said = {}};
  co_await window_->driver.events();  // what was before
  window_->log.clear();
  window_->visited.insert(start->origin());
  window_->user = user;
  const auto gone = co_await window_->driver.navigate(task.authorize_url);
  // That a page could not be loaded is seen below, and better.
  window_->broken = !gone && (gone.error().code == "no answer" || gone.error().code == "invalid session id");
  while (!window_->broken) {
    if (windows_.interrupted()) {
      visit.stuck(Obstacle::too_late, "interrupted");
      break;
    }
    if (Clock::now() >= task.deadline) {
      visit.stuck(Obstacle::too_late, "the login took longer than login.timeout allows");
      break;
    }
    if (co_await watch(visit) || co_await look(visit)) break;
    co_await time_.wait(kGlance);
  }
  if (window_->broken && visit.out.obstacle == Obstacle::none)
    visit.stuck(Obstacle::driver_failed, "the browser is gone" + (gone ? "" : ": " + gone.error().message));
  out.outcome = out.obstacle == Obstacle::no_answer ? net::Outcome::connect_failed : net::Outcome::ok;
  if (out.landed == Landing::page || out.landed == Landing::stuck) {
    const auto* page = window_->log.page();
    out.location = page ? page->url : std::string(task.authorize_url);
  }
  out.status = visit.status;
  if (out.obstacle == Obstacle::driver_failed) window_->broken = true;
}

net::awaitable<bool> WebDriverLogin::watch(Visit& visit) {
  auto& window = visit.window;
  const auto events = co_await window.driver.events();
  if (!events) {
    // Drivers without this log can only be asked where the window is.
    if (events.error().code == "no answer" || events.error().code == "invalid session id")
      co_return visit.stuck(Obstacle::driver_failed, "the browser is gone: " + events.error().message);
    const auto url = co_await window.driver.current_url();
    if (url && land(visit.out, visit.task, *url, base::parse_url(*url))) {
      visit.status = 302;
      co_return true;
    }
    co_return false;
  }
  for (const auto& event : *events) window.log.read(event);
  if (window.log.activity() != visit.activity) {
    visit.activity = window.log.activity();
    visit.last_activity = Clock::now();
  }
  co_return follow(visit);
}

bool WebDriverLogin::follow(Visit& visit) {
  const auto& hops = visit.window.log.hops();
  const auto record = [&](const NavigationHop& hop) {
    const auto what = hop.by_script    ? std::string("request of the page's script")
                      : hop.redirected ? "redirect"
                                       : visit.purpose;
    record_hop(visit.task.wire, hop, what);
    if (hop.by_script) {
      if (hop.status >= 400)
        visit.script_said = fmt::format("its script sent {} {}: status {}", hop.method, where(hop.url), hop.status);
      return;
    }
    visit.status = hop.status;
    if (!hop.redirected) visit.purpose = "page";
    if (hop.method == "POST" && visit.password_sent && visit.out.credentials_status < 307)
      visit.out.credentials_status = hop.status;
  };
  for (; visit.followed < hops.size(); ++visit.followed) {
    const auto& hop = hops[visit.followed];
    for (; visit.recorded < visit.followed && hops[visit.recorded].done(); ++visit.recorded)
      record(hops[visit.recorded]);
    if (hop.by_script) continue;
    const auto url = base::parse_url(hop.url);
    if (land(visit.out, visit.task, hop.url, url)) {
      if (hop.method == "POST") {
        visit.out.parameters = base::parse_form(hop.body);
        visit.out.in_form_post = true;
        visit.out.in_fragment = false;
      }
      if (!hop.redirected && hop.method != "POST") visit.status = 302;  // by a script: no status says so
      return true;
    }
    if (!url || !belongs_to_server(visit, *url)) {
      leave(visit.out, hop.url, url);
      visit.out.note = "the server sent the browser to " + where(hop.url);
      return true;
    }
    visit.window.visited.insert(url->origin());
    if (static_cast<int>(visit.followed) >= max_steps_)
      return visit.stuck(Obstacle::too_many_steps, "gave up after " + base::plural(visit.followed, "page"));
    if (++visit.been[hop.url] > 6)
      return visit.stuck(Obstacle::endless_redirect, "the server redirects in a circle, by way of " + where(hop.url));
  }
  for (; visit.recorded < hops.size() && hops[visit.recorded].done(); ++visit.recorded) record(hops[visit.recorded]);
  const auto* page = visit.window.log.page();
  if (page && page->error == "net::ERR_TOO_MANY_REDIRECTS")
    return visit.stuck(Obstacle::endless_redirect, "the server redirects in a circle, by way of " + where(page->url));
  // A navigation that another one took the place of is aborted.
  if (page && !page->error.empty() && page->error != "net::ERR_ABORTED")
    return visit.stuck(Obstacle::no_answer, fmt::format("no answer from {}: {}", where(page->url), page->error));
  return false;
}

net::awaitable<bool> WebDriverLogin::look(Visit& visit) {
  auto& driver = visit.window.driver;
  const PageSelectors selectors{login_.selectors.user, login_.selectors.password, login_.selectors.submit,
                                login_.selectors.consent};
  const auto value = co_await driver.run_script(snapshot_script(), snapshot_arguments(selectors));
  if (!value) {
    if (value.error().code == "no answer" || value.error().code == "invalid session id" ||
        value.error().code == "no such window")
      co_return visit.stuck(Obstacle::driver_failed, "the browser is gone: " + value.error().message);
    if (value.error().message.find("selector") != std::string::npos)
      co_return visit.stuck(Obstacle::driver_failed, "login.selectors: " + value.error().message);
    co_return false;  // between two pages
  }
  const auto seen = read_snapshot(*value);
  const auto* page = visit.window.log.page();
  if (!seen || !base::parse_url(seen->url)) {
    // A page of Chromium's own: it waits, or shows nothing for a download or a 204.
    if (!page || !page->done() || visit.quiet() < kAnswered) co_return false;
    co_return visit.arrive(Landing::page, fmt::format("status {}, which a browser shows no page for", page->status));
  }
  if (seen->document != visit.document) {
    visit.document = seen->document;
    visit.page_since = Clock::now();
  }
  visit.seen = where(seen->url);
  if (!seen->page.title.empty()) visit.seen += ", \"" + base::printable(seen->page.title, 60) + "\"";
  if (!seen->page.text.empty() && seen->page.text != seen->page.title)
    visit.seen += ": " + base::printable(seen->page.text, 160);
  if (!seen->complete || (page && !page->done())) co_return false;
  const bool busy = visit.window.log.pending() > 0 || visit.quiet() < kSettled;
  if (busy && Clock::now() - visit.page_since < kRestless) co_return false;
  co_return co_await decide(visit, *seen);
}

// By what the target file selects, or as all drivers do.
std::optional<html::Choice> WebDriverLogin::choose(const PageSnapshot& seen) const {
  const auto& picked = seen.selected;
  static const html::Form nothing;
  if (!picked.password.empty()) return html::Choice{.form = &nothing, .kind = html::FormKind::login};
  if (!picked.user.empty()) return html::Choice{.form = &nothing, .kind = html::FormKind::identifier};
  if (!picked.consent.empty())
    return html::Choice{.form = &nothing, .kind = html::FormKind::consent, .intent = html::Intent::allow};
  return html::choose_form(seen.page, hints());
}

net::awaitable<bool> WebDriverLogin::decide(Visit& visit, const PageSnapshot& seen) {
  const auto choice = choose(seen);
  const bool login = choice && choice->kind == html::FormKind::login;
  const auto state = seen.document + " " + (choice ? shape_of(*choice) : "");
  if (!visit.answered.empty() && visit.answered == state) {
    // What was pressed may still come to something.
    const bool heard = !visit.script_said.empty() && visit.quiet() > kDone / 2;
    if (!heard && (visit.quiet() < kAnswered || Clock::now() - visit.answered_at < kAnswered)) co_return false;
    if (login || choice->kind == html::FormKind::identifier)
      co_return visit.stuck(Obstacle::wrong_password,
                            "wrong user name or password? The page asks again after they were sent");
    if (choice->kind == html::FormKind::interstitial) co_return lead_nowhere(visit, seen);
    co_return visit.stuck(Obstacle::consent_not_found, "nothing comes of the button on the consent page");
  }
  if (visit.status >= 400) {
    // As the driver `form` has it: a page that says what went wrong is not clicked through.
    const bool again = login && visit.password_sent && visit.status < 500 && visit.status != 429;
    if (!(login && visit.status == 401) && !again) co_return lead_nowhere(visit, seen);
  }
  if (!choice) co_return lead_nowhere(visit, seen);
  if (choice->kind == html::FormKind::interstitial && visit.quiet() < kDone) co_return false;  // it may go on by itself
  int& times = visit.asked[shape_of(*choice)];
  if (times >= (choice->kind == html::FormKind::interstitial ? 3 : 2)) {
    if (seen.captcha) co_return visit.stuck(Obstacle::captcha, "the page wants to know whether this is a person");
    if (asks(*choice))
      co_return visit.stuck(Obstacle::wrong_password,
                            "wrong user name or password? The login page came back after they were sent");
    if (choice->kind == html::FormKind::consent)
      co_return visit.stuck(Obstacle::consent_not_found, "the consent page came back after it was answered");
    co_return lead_nowhere(visit, seen);
  }
  const bool again = times++ > 0;
  visit.script_said.clear();
  visit.answered = state;
  visit.purpose = asks(*choice) ? "login form" : "consent form";
  const bool ended = co_await fill(visit, seen, *choice, again);
  visit.answered_at = visit.last_activity = Clock::now();
  co_return ended;
}

// A page on which nothing is to be done. One that scripts may still change is given a moment.
bool WebDriverLogin::lead_nowhere(Visit& visit, const PageSnapshot& seen) {
  if (seen.page.scripts > 0 && visit.quiet() < kDone) return false;
  const int status = visit.status;
  if (seen.captcha) return visit.stuck(Obstacle::captcha, "the page wants to know whether this is a person");
  if (visit.password_sent && status == 429)
    return visit.stuck(Obstacle::rate_limited, "the server wants fewer logins: status 429");
  const auto* page = visit.window.log.page();
  if (visit.password_sent && page && page->method == "POST" && (status == 401 || status == 403))
    return visit.stuck(Obstacle::wrong_password, fmt::format("the server refused the login: status {}", status));
  auto note = fmt::format("status {}", status);
  if (!seen.page.title.empty()) note += fmt::format(", \"{}\"", base::printable(seen.page.title, 100));
  if (!seen.page.text.empty() && seen.page.text != seen.page.title) note += ": " + base::printable(seen.page.text, 200);
  return visit.arrive(Landing::page, std::move(note));
}

// The password goes to pages of the server only, and by forms that send it there.
bool WebDriverLogin::may_hear_password(Visit& visit, const PageSnapshot& seen, const html::Form* form) {
  const auto at = base::parse_url(seen.url);
  if (!at) return false;
  std::string place = belongs_to_server(visit, *at) ? "" : where(*at);
  if (place.empty() && form && !form->action.empty()) {
    const auto submission = html::build_submission(*at, seen.page.base, *form, nullptr);
    if (submission && !belongs_to_server(visit, submission->url)) place = where(submission->url);
  }
  if (place.empty()) return true;
  visit.stuck(Obstacle::off_server,
              fmt::format("the login form would send the password to {}, off the server", base::printable(place, 200)));
  return false;
}

net::awaitable<bool> WebDriverLogin::fill(Visit& visit, const PageSnapshot& seen, const html::Choice& choice,
                                          bool again) {
  const auto& [user, password] = visit.task.credentials;
  const auto& picked = seen.selected;
  const bool login = choice.kind == html::FormKind::login;
  const bool by_selector =
      choice.form < seen.page.forms.data() || choice.form >= seen.page.forms.data() + seen.page.forms.size();
  std::string last, button = picked.submit;
  if (login && !may_hear_password(visit, seen, by_selector ? nullptr : choice.form)) co_return true;
  visit.password_sent = visit.password_sent || login;
  if (by_selector) {
    if (choice.kind == html::FormKind::consent) button = picked.consent;
    if (asks(choice) && !picked.user.empty()) co_await type(last = picked.user, user);
    if (login) co_await type(last = picked.password, password.reveal());
    // The rest of the form is as usual.
    if (button.empty())
      if (const auto usual = html::choose_form(seen.page, hints()); usual && usual->button) {
        const auto form = static_cast<std::size_t>(usual->form - seen.page.forms.data());
        button = seen.elements[form].buttons[static_cast<std::size_t>(usual->button - usual->form->buttons.data())];
      }
  } else {
    const auto& elements = seen.elements[static_cast<std::size_t>(choice.form - seen.page.forms.data())];
    auto form = *choice.form;
    if (asks(choice)) html::fill_login(form, choice.user_field, hints(), user, login ? password.reveal() : "");
    else html::tick_consent(form, choice.intent, again);
    for (std::size_t i = 0; i < form.fields.size(); ++i) {
      const auto& before = choice.form->fields[i];
      const auto& after = form.fields[i];
      if (after.checked && !before.checked) co_await press(elements.fields[i]);
      if (after.value != before.value && !after.hidden) co_await type(last = elements.fields[i], after.value);
    }
    if (button.empty() && choice.button)
      button = elements.buttons[static_cast<std::size_t>(choice.button - choice.form->buttons.data())];
  }
  if (!button.empty()) co_await press(button);
  else if (!last.empty()) co_await window_->driver.send_keys(last, kEnterKey);
  co_return false;
}

net::awaitable<void> WebDriverLogin::type(const std::string& element, std::string_view text) {
  co_await window_->driver.clear(element);
  co_await window_->driver.send_keys(element, text);
}

// What something else lies above, such as a notice about cookies, a script can press all the same.
net::awaitable<void> WebDriverLogin::press(const std::string& element) {
  const auto pressed = co_await window_->driver.click(element);
  if (pressed || pressed.error().code == "stale element reference" || pressed.error().code == "no answer") co_return;
  const nlohmann::json reference{{"element-6066-11e4-a52e-4f735466cecf", element}};
  co_await window_->driver.run_script("arguments[0].click()", nlohmann::json::array({reference}));
}

}  // namespace assay::engine

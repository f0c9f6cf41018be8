// Pages that are made by scripts: sends what the script would send, as "login.steps" of the target file says, with one cookie jar
// and values taken from answers. Knows nothing about any server.
#include "engine/browser_steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json_walk.hpp"
#include "base/text.hpp"
#include "base/wall_clock.hpp"
#include "engine/browser_landing.hpp"
#include "engine/browser_visit.hpp"

namespace assay::engine {
namespace {

using rules::LoginPiece;
using rules::LoginSource;

constexpr int kPatience = 2;                 // how often one page is answered
constexpr std::size_t kShortestSecret = 16;  // bytes of a taken value that must not be shown

std::string cookie_of(const LoginTask& task, const base::Url& url, std::string_view name) {
  std::string all;
  task.state.cookies.append_header(url, base::wall_now(), all);
  for (auto pair : base::split(all, ';')) {
    pair = base::trim(pair);
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('='))
      return std::string(pair.substr(name.size() + 1));
  }
  return "";
}

std::string parameter_of(std::string_view query, std::string_view name) {
  const auto parameters = base::parse_form(query);
  const auto* value = base::find_parameter(parameters, name);
  return value ? *value : "";
}

std::string json_escaped(std::string_view text) {
  const auto quoted = nlohmann::json(std::string(text)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return quoted.substr(1, quoted.size() - 2);
}

void append_encoded(std::string& out, std::string_view value, LoginPiece::Encoding encoding, bool whole_url) {
  switch (encoding) {
    case LoginPiece::Encoding::json: out += json_escaped(value); return;
    case LoginPiece::Encoding::form: base::append_form_encoded(out, value); return;
    case LoginPiece::Encoding::url:
      if (whole_url) out += value;
      else base::append_percent_encoded(out, value);
      return;
    case LoginPiece::Encoding::plain:
      // It may stand in a header field.
      for (const char c : value)
        if (c != '\r' && c != '\n') out += c;
      return;
  }
}

std::string all_parameters(const base::Url& authorization, LoginPiece::Encoding encoding) {
  if (encoding == LoginPiece::Encoding::form) return authorization.query;
  auto object = nlohmann::ordered_json::object();
  for (const auto& [name, value] : base::parse_form(authorization.query)) object[name] = value;
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string value_of(const LoginPiece& piece, const LoginTask& task, const StepPage& page, const base::Url& start) {
  using Kind = LoginPiece::Kind;
  switch (piece.kind) {
    case Kind::literal: return piece.name;
    case Kind::user_name: return task.credentials.username;
    case Kind::user_password: return std::string(task.credentials.password.reveal());
    case Kind::authorization_url: return std::string(task.authorize_url);
    case Kind::redirect_uri: return std::string(task.sent_redirect_uri);
    case Kind::request: return all_parameters(start, piece.encoding);
    case Kind::parameter: return parameter_of(start.query, piece.name);
    case Kind::page_url: return page.url.text();
    case Kind::page_path: return page.url.path;
    case Kind::page_query: return page.url.query;
    case Kind::page_parameter: return parameter_of(page.url.query, piece.name);
    case Kind::page_field: return page_field(page.html, piece.name);
    case Kind::cookie: return cookie_of(task, page.url, piece.name);
    case Kind::taken: {
      const auto found = task.state.values.find(piece.name);
      return found == task.state.values.end() ? "" : found->second;
    }
  }
  return "";
}

std::string fill_text(const rules::LoginText& text, const LoginTask& task, const StepPage& page,
                      const base::Url& start) {
  std::string out;
  for (const auto& piece : text) {
    if (piece.kind == LoginPiece::Kind::literal) out += piece.name;
    else if (piece.kind == LoginPiece::Kind::request) out += value_of(piece, task, page, start);
    else append_encoded(out, value_of(piece, task, page, start), piece.encoding, out.empty());
  }
  return out;
}

std::string_view where_of(LoginSource::Where where) {
  static constexpr std::string_view names[] = {"JSON", "header", "query parameter", "cookie", "form field"};
  return names[static_cast<std::size_t>(where)];
}

// From an answer that came from `url`.
std::string read_source(const LoginSource& source, const LoginTask& task, const base::Url& url,
                        const net::Answer& answer, std::string_view body) {
  switch (source.where) {
    case LoginSource::Where::json: {
      const auto found = base::find_json(body, source.name);
      return found.type == base::JsonType::absent || found.type == base::JsonType::null ? "" : found.unescaped();
    }
    case LoginSource::Where::header: return std::string(base::trim(answer.header(source.name).value_or("")));
    case LoginSource::Where::query: {
      const auto location = answer.header("location");
      const auto next = location ? base::resolve_url(url, base::trim(*location)) : std::nullopt;
      const auto& place = next ? *next : url;
      const auto value = parameter_of(place.query, source.name);
      return value.empty() ? parameter_of(place.fragment, source.name) : value;
    }
    case LoginSource::Where::cookie: return cookie_of(task, url, source.name);
    case LoginSource::Where::field: return page_field(body, source.name);
  }
  return "";
}

// Takes what there is to take; the first that is missing, in words.
std::string take_values(const std::vector<rules::LoginTake>& takes, const LoginTask& task, const base::Url& url,
                        const net::Answer& answer, std::string_view body) {
  for (const auto& take : takes) {
    std::string value;
    for (const auto& source : take.sources)
      if (value.empty()) value = read_source(source, task, url, answer, body);
    if (value.empty()) {
      std::string missing;
      for (const auto& source : take.sources) {
        if (!missing.empty()) missing += " and no ";
        missing += std::string(where_of(source.where)) + " " + source.name;
      }
      return "no " + missing + " for ${" + take.name + "}";
    }
    // A URL is shown: what is secret in it is known by name.
    if (value.size() >= kShortestSecret && value.find_first_of("/?") == std::string::npos)
      task.wire.on_secret("login", value);
    task.state.values.insert_or_assign(take.name, std::move(value));
  }
  return "";
}

}  // namespace

const rules::LoginStep* find_step(std::span<const rules::LoginStep> steps, const base::Url& url, bool whole_url_only) {
  for (const auto& step : steps) {
    if (step.page.empty()) continue;
    const bool whole = step.page.starts_with("http");
    if (whole_url_only && !whole) continue;
    if (base::matches_glob(step.page, whole ? url.origin() + url.path : url.path)) return &step;
  }
  return nullptr;
}

// Before the authorization request. Where a step says where to go, that takes the request's place.
net::awaitable<bool> Browser::run_first_steps(Visit& visit) {
  const bool known = !visit.task.state.values.empty() || visit.task.state.cookies.size() > 0;
  const auto start = visit.request;
  for (const auto& step : options_.steps) {
    if (!step.page.empty() || (step.once && known)) continue;
    if (!co_await run_step(visit, step, {})) co_return false;
    if (!step.go.empty()) co_return true;
    visit.request = start;
  }
  co_return true;
}

net::awaitable<bool> Browser::run_step(Visit& visit, const rules::LoginStep& step, std::string_view html) {
  const auto& task = visit.task;
  StepPage page{visit.request.url, std::string(html)};
  if (step.refused) co_return visit.arrive(Landing::page, fmt::format("the page {}", page.url.path));
  int& times = visit.times_asked(fmt::format("step {}", &step - options_.steps.data()));
  if (times++ >= kPatience) {
    const bool login = std::ranges::any_of(step.calls, &rules::LoginCall::sends_password);
    co_return visit.get_stuck(login ? Obstacle::wrong_password : Obstacle::step_failed,
                              "the page came back after its step had been done");
  }
  auto missing = take_values(step.take, task, page.url, answer_, page.html);
  if (!missing.empty()) co_return visit.get_stuck(Obstacle::step_failed, "the page has " + missing);
  for (const auto& call : step.calls)
    if (!co_await send_call(visit, call, page)) co_return false;
  if (step.page.empty() && step.go.empty()) co_return true;

  auto url = page.url;
  std::string next = fill_text(step.go, task, page, visit.start);
  if (step.go.empty()) {
    const auto location = answer_.header("location");
    if (!step.calls.empty() && is_redirect(answer_.status) && location) {
      next = base::trim(*location);
      url = visit.request.url;
    } else {
      next = task.authorize_url;
    }
  }
  visit.request = BrowserRequest{};
  visit.request.url = url;
  visit.request.referer = page.url.text();
  visit.request.site = "same-origin";
  visit.redirects = 0;
  co_return follow(visit, next, false);
}

// One request of a script; false: the visit has ended.
net::awaitable<bool> Browser::send_call(Visit& visit, const rules::LoginCall& call, const StepPage& page) {
  const auto& task = visit.task;
  const auto text = fill_text(call.url, task, page, visit.start);
  const auto url = base::resolve_url(page.url, text);
  const bool named =
      !call.url.empty() && call.url[0].kind == LoginPiece::Kind::literal && call.url[0].name.starts_with("http");
  if (!url || (!named && !belongs_to_server(visit, *url)))
    co_return visit.get_stuck(url ? Obstacle::off_server : Obstacle::step_failed,
                              "a step would send a request to " + base::printable(url ? where(*url) : text, 120));
  ScriptRequest request{.method = call.method,
                        .url = *url,
                        .page = page.url,
                        .content_type = call.content_type,
                        .body = fill_text(call.body, task, page, visit.start),
                        .headers = {}};
  for (const auto& [name, value] : call.headers)
    request.headers.emplace_back(name, fill_text(value, task, page, visit.start));
  visit.request.url = *url;
  visit.request.post = call.sends_password;
  visit.request.purpose = call.sends_password ? "login step" : "step of the login";
  visit.password_sent = visit.password_sent || call.sends_password;
  write_script_request(request_, request, task.state.cookies, base::wall_now());
  if (!co_await exchange(visit)) co_return false;

  // Some answer at once with where the user goes.
  if (const auto location = answer_.header("location"); location && is_redirect(answer_.status)) {
    const auto target = base::resolve_url(*url, base::trim(*location));
    if (land(visit.out, task, base::trim(*location), target)) co_return false;
  }
  std::string unpacked;
  const auto body = readable_body(unpacked);
  const int status = answer_.status;
  const bool fine = call.status.empty() ? status < 400 : std::ranges::find(call.status, status) != call.status.end();
  std::string trouble;
  if (!fine) trouble = fmt::format("status {}", status);
  else if (const auto missing = take_values(call.take, task, *url, answer_, body.value_or("")); !missing.empty())
    trouble = fmt::format("status {} with {}", status, missing);
  if (trouble.empty()) co_return true;
  if (body && !body->empty()) trouble += ": " + base::printable(*body, 160);
  if (call.sends_password && status == 429)
    co_return visit.get_stuck(Obstacle::rate_limited, "the server wants fewer logins: status 429");
  if (call.sends_password && status < 500)
    co_return visit.get_stuck(Obstacle::wrong_password,
                              "wrong user name or password? The login was answered with " + trouble);
  if (call.sends_password || fine)
    co_return visit.get_stuck(Obstacle::step_failed, "the step was answered with " + trouble);
  // An authorization or a consent that is refused: that is what the server says to the request.
  visit.out.obstacle = Obstacle::step_failed;
  co_return visit.arrive(Landing::page,
                         call.method + " " + base::printable(url->path, 80) + " was answered with " + trouble);
}

}  // namespace assay::engine

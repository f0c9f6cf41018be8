#include "engine/authorization_call.hpp"

#include "base/json_walk.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "engine/bound_target.hpp"
#include "engine/browser_landing.hpp"
#include "engine/request_body.hpp"
#include "oauth/request.hpp"

namespace assay::engine {
namespace {

using Format = rules::TargetAuthorizationRequest::Format;

std::string body_of(const base::Url& url, Format format) {
  if (format == Format::form) return url.query;
  std::vector<rules::Parameter> parameters;
  for (const auto& [name, value] : base::parse_form(url.query)) parameters.push_back({name, rules::literal(value)});
  return plan_body(parameters, rules::RequestFormat::json).fixed_text();
}

std::string request_of(const base::Url& url, const rules::TargetAuthorizationRequest& settings,
                       std::string_view token) {
  const bool get = settings.format == Format::query;
  std::string out = oauth::request_head(get ? "GET" : "POST", url, get ? url.target() : url.path, "application/json");
  for (const auto& [name, value] : settings.headers) oauth::append_field(out, name, value);
  if (!token.empty()) oauth::append_field(out, "Authorization", "Bearer " + std::string(token));
  if (get) return out + "\r\n";
  oauth::append_field(out, "Content-Type",
                      settings.format == Format::form ? "application/x-www-form-urlencoded" : "application/json");
  oauth::append_body(out, body_of(url, settings.format));
  return out;
}

}  // namespace

// False: nobody is logged in, and `out` says why.
net::awaitable<bool> AuthorizationCall::log_in(const LoginTask& task, Arrival& out) {
  if (!settings_.bearer_token || task.state.values.contains(kBearerToken)) co_return true;
  const auto value = [&](std::string_view name) -> std::string {
    if (name == "user.name") return task.credentials.username;
    if (name == "user.password") return std::string(task.credentials.password.reveal());
    return base::random_token(6);  // fresh.word
  };
  auto token = co_await obtain_bearer(task.wire, *settings_.bearer_token, value, answer_, "bearer token of the user");
  if (token) {
    task.state.values.emplace(kBearerToken, std::move(*token));
    co_return true;
  }
  out.outcome = answer_.outcome;
  out.status = answer_.status;
  out.obstacle = !answer_.ok() ? Obstacle::no_answer : answer_.status == 429 ? Obstacle::rate_limited : Obstacle::none;
  out.note = "the user's bearer token did not come: " + token.error();
  co_return false;
}

net::awaitable<void> AuthorizationCall::authorize(const LoginTask& task, Arrival& out) {
  out = {};
  const auto url = base::parse_url(task.authorize_url);
  if (!url) {
    out.note = "the authorization endpoint is not a URL";
    co_return;
  }
  const auto origin = origin_of(*url);
  for (bool kept = task.state.values.contains(kBearerToken);; kept = false) {
    if (!co_await log_in(task, out)) co_return;
    const auto token = task.state.values.find(kBearerToken);
    const auto request = request_of(*url, settings_, token == task.state.values.end() ? "" : token->second);
    co_await task.wire.send(origin, request, answer_, "authorization endpoint");
    // A token of an earlier login may have expired.
    if (!kept || !answer_.ok() || answer_.status != 401) break;
    task.state.values.erase(token);
  }
  out.outcome = answer_.outcome;
  out.status = answer_.status;
  if (answer_.ok()) {
    read_answer(task, *url, out);
  } else {
    out.obstacle = Obstacle::no_answer;
    out.note = describe_plainly(answer_);
  }
}

void AuthorizationCall::read_answer(const LoginTask& task, const base::Url& url, Arrival& out) const {
  std::string location;
  if (const auto field = answer_.header("Location"); field && answer_.status / 100 == 3) location = *field;
  else if (!settings_.redirect_uri.empty()) location = string_at(answer_, settings_.redirect_uri);
  if (!location.empty()) {
    const auto resolved = base::resolve_url(url, location);
    if (land(out, task, location, resolved)) return;
    if (resolved && resolved->same_origin(url)) {
      out.location = resolved->text();
      out.note =
          "the server wants the browser at " + base::printable(resolved->path, 80) + ", which is a page of its own";
      return;
    }
    leave(out, location, resolved);
    out.note = "the answer names " + base::printable(location.substr(0, location.find_first_of("?#")), 200);
    return;
  }
  auto code = settings_.code.empty() ? "" : string_at(answer_, settings_.code);
  if (code.empty()) {
    out.landed = Landing::page;
    out.location = url.text();
    out.note = describe_plainly(answer_);
    return;
  }
  out.landed = Landing::redirect_uri;
  out.location = task.sent_redirect_uri;
  out.parameters.emplace_back("code", std::move(code));
  if (auto state = settings_.state.empty() ? "" : string_at(answer_, settings_.state); !state.empty())
    out.parameters.emplace_back("state", std::move(state));
}

}  // namespace assay::engine

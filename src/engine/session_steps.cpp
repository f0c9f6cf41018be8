// How a session builds and sends the requests of its steps.
#include "engine/session.hpp"

#include "base/text.hpp"
#include "engine/purpose.hpp"
#include "oauth/pkce.hpp"
#include "oauth/request.hpp"

namespace assay::engine {

using rules::Field;
using rules::Verb;

bool Session::build_request(const rules::Step& step, StepResult& result) {
  const auto& plan = program_.plan(step);
  if (!plan.fixed.empty()) return true;
  body_.clear();
  for (const auto& parameter : plan.parameters) {
    if (!body_.empty()) body_ += '&';
    base::append_form_encoded(body_, parameter.name);
    body_ += '=';
    value_.clear();
    if (step.chained && !chain_.empty() && parameter.name == "refresh_token") value_ = chain_;
    else if (!fill(value_, parameter.value, result)) return false;
    base::append_form_encoded(body_, value_);
  }
  request_ = plan.head;
  for (const auto& header : plan.headers) {
    value_.clear();
    if (!fill(value_, header.value, result)) return false;
    oauth::append_field(request_, header.name, value_);
  }
  if (step.verb == Verb::userinfo || step.verb == Verb::resource) {
    value_ = "Bearer ";
    if (!fill(value_, step.bearer, result)) return false;
    oauth::append_field(request_, "Authorization", value_);
    request_ += "\r\n";
  } else {
    oauth::append_body(request_, body_);
  }
  return true;
}

net::awaitable<void> Session::run_authorize(const rules::Step& step, StepResult& result) {
  const auto& plan = program_.plan(step);
  const auto& target = program_.target();
  if (!plan.endpoint) co_return impossible(result, "the target has no authorization endpoint");
  const auto* client = target.client(step.client);
  if (!client) co_return impossible(result, "the target has no client \"" + step.client + "\"");
  const auto* user = target.user(step.user);
  Credentials credentials;
  if (user) credentials = {user->name, user->password};

  const auto keep = [&](Field field, const rules::Template& value) {
    value_.clear();
    if (!fill(value_, value, result)) return false;
    result.keep(field, value_);
    return true;
  };
  if (!keep(Field::scope, step.scope) || !keep(Field::redirect_uri, step.redirect_uri) ||
      !keep(Field::sent_state, step.state))
    co_return;
  if (step.pkce != rules::Pkce::none) {
    value_.clear();
    oauth::append_code_verifier(value_);
    result.keep(Field::code_verifier, value_);
    if (step.pkce == rules::Pkce::s256) {
      value_.clear();
      oauth::append_s256_challenge(value_, result.text(Field::code_verifier));
    }
    result.keep(Field::code_challenge, value_);
  }
  std::string url = plan.endpoint->text.substr(0, plan.endpoint->text.find('#'));
  char separator = plan.endpoint->url.has_query ? '&' : '?';
  for (const auto& parameter : plan.parameters) {
    value_.clear();
    if (!fill(value_, parameter.value, result)) co_return;
    if (parameter.name == "scope" && value_.empty()) continue;  // a target without scopes
    url += separator;
    separator = '&';
    base::append_percent_encoded(url, parameter.name);
    url += '=';
    base::append_percent_encoded(url, value_);
  }
  const bool logged_in = step.repeat > 1 && repetition_ > 0 && !step.login_each_time;
  if (!step.kept_session && !logged_in) browser_.forget();
  co_await browser_.authorize(*this, url, client->redirect_uris, result.text(Field::redirect_uri), credentials,
                              result.arrival);
  result.state = StepState::ran;
  result.answer.outcome = result.arrival.outcome;
  result.answer.status = result.arrival.status;
  const bool redirected = result.arrival.landed == Landing::redirect_uri || result.arrival.landed == Landing::elsewhere;
  if (!redirected) co_return;
  result.keep(Field::location, result.arrival.location);
  for (const Field field : {Field::code, Field::state, Field::error, Field::error_description, Field::iss})
    if (const auto* value = base::find_parameter(result.arrival.parameters, rules::to_string(field)))
      result.keep(field, *value);
}

net::awaitable<void> Session::run_http(const rules::Step& step, StepResult& result) {
  value_.clear();
  std::string method = step.method.empty() ? "GET" : step.method;
  if (step.verb == Verb::discover) value_ = program_.target().metadata_url();
  else if (!fill(value_, step.url, result)) co_return;
  const auto url = base::parse_url(value_);
  if (!url)
    co_return impossible(result, value_.empty() ? "the target has no metadata"
                                                : "\"" + base::printable(value_, 80) + "\" is not an http URL");
  const net::Origin origin = origin_of(*url);
  bool named = step.verb == Verb::discover;
  for (std::size_t i = 0; i < kEndpointCount; ++i) {
    const auto* endpoint = program_.target().endpoint(static_cast<EndpointKind>(i));
    named |= endpoint && endpoint->origin == origin;
  }
  if (!named) co_return impossible(result, "the target file does not name the host " + url->authority());
  request_ = oauth::request_head(method, *url, url->target(), "*/*");
  std::string field;
  for (const auto& header : step.headers) {
    field.clear();
    if (!fill(field, header.value, result)) co_return;
    oauth::append_field(request_, header.name, field);
  }
  body_.clear();
  if (!fill(body_, step.body, result)) co_return;
  if (!body_.empty() || method == "POST") oauth::append_body(request_, body_);
  else request_ += "\r\n";
  const std::string request = request_;
  co_await send(origin, request, result.answer, purpose_of(step.verb));
  result.state = StepState::ran;
  if (result.answer.ok()) result.read_body(step.verb);
}

}  // namespace assay::engine

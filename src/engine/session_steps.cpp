// How a session builds and sends the requests of its steps.
#include "engine/session.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "engine/authorization_call.hpp"
#include "engine/purpose.hpp"
#include "oauth/dpop.hpp"
#include "oauth/pkce.hpp"
#include "oauth/request.hpp"

namespace assay::engine {

using rules::Field;
using rules::Verb;

bool Session::append_body(std::string& out, const BodyPlan& plan, StepResult& result) {
  for (const auto& piece : plan.pieces) {
    out += piece.text;
    if (piece.value.empty()) continue;
    if (current_ && current_->chained && !chain_.empty() && piece.name == "refresh_token") {
      append_value(out, chain_, plan.json);
      continue;
    }
    value_.clear();
    if (!fill(value_, piece.value, result)) return false;
    append_value(out, value_, plan.json);
  }
  return true;
}

bool Session::build_request(const rules::Step& step, StepResult& result) {
  const auto& plan = program_.plan(step);
  if (!plan.fixed.empty()) return true;
  result.request = plan.line;
  if (!append_body(result.request, plan.query, result)) return false;
  result.request += plan.head;
  body_.clear();
  if (!step.body.empty() ? !fill(body_, step.body, result) : !append_body(body_, plan.body, result)) return false;
  if (!step.append.empty() && !fill(body_, step.append, result)) return false;
  for (const auto& header : plan.headers) {
    value_.clear();
    if (!fill(value_, header.value, result)) return false;
    oauth::append_field(result.request, header.name, value_);
  }
  if (step.dpop) {
    if (!dpop_key_) dpop_key_ = crypto::Key::generate(crypto::Algorithm::es256);
    result.keep(Field::dpop_jkt, dpop_key_->id());
    oauth::append_field(result.request, "DPoP",
                        oauth::dpop_proof(*dpop_key_, step.get ? "GET" : "POST", plan.endpoint->text, server_now()));
  }
  if (step.verb == Verb::userinfo || step.verb == Verb::resource) {
    value_ = "Bearer ";
    if (!fill(value_, step.bearer, result)) return false;
    oauth::append_field(result.request, "Authorization", value_);
    result.request += "\r\n";
  } else if (step.get) {
    result.request += "\r\n";
  } else {
    oauth::append_body(result.request, body_);
  }
  return true;
}

// RFC 9126 section 2: pushes the parameters of an authorization request. False: no request_uri came back.
net::awaitable<bool> Session::push_request(const rules::Step& step, StepResult& result) {
  const auto& plan = program_.plan(step);
  if (!plan.push_endpoint) {
    impossible(result, "the target has no endpoint for pushed authorization requests");
    co_return false;
  }
  body_.clear();
  if (!append_body(body_, plan.body, result)) co_return false;
  request_ = plan.head;
  oauth::append_body(request_, body_);
  co_await send(plan.push_endpoint->origin, request_, probe_answer_, "pushed authorization request");
  const auto request_uri = base::find_json(probe_answer_.body(), "/request_uri");
  if (!probe_answer_.ok() || request_uri.type != base::JsonType::string) {
    result.state = StepState::ran;
    result.arrival = {};
    result.arrival.note = "the pushed authorization request was answered with status " +
                          std::to_string(probe_answer_.status) + ", without a request_uri";
    co_return false;
  }
  result.keep(Field::request_uri, request_uri.unescaped());
  co_return true;
}

void Session::forget_login() {
  login_state_.clear();
  if (login_) login_->forget();
}

// As someone whom this user agent does not know; or, where users are to be logged in once, as who has been.
void Session::begin_login(const Credentials& credentials) {
  const auto* logins = options_.share_logins ? program_.target().logins() : nullptr;
  if (!logins) return forget_login();
  if (const auto* earlier = logins->find(credentials.username)) login_state_ = *earlier;
  else forget_login();
}

net::awaitable<void> Session::run_authorize(const rules::Step& step, StepResult& result) {
  const auto& plan = program_.plan(step);
  const auto& target = program_.target();
  if (!plan.endpoint) co_return impossible(result, "the target has no authorization endpoint");
  const auto* client = target.client(step.client);
  if (!client) co_return impossible(result, "the target has no client \"" + step.client + "\"");
  const auto user = target.user(static_cast<std::size_t>(options_.first_user + step.user));
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
  if (!step.nonce.empty() && !keep(Field::nonce, step.nonce)) co_return;
  if (step.pkce != rules::Pkce::none) {
    value_.clear();
    if (step.code_verifier.empty()) oauth::append_code_verifier(value_, random_);
    else if (!fill(value_, step.code_verifier, result)) co_return;
    result.keep(Field::code_verifier, value_);
    if (step.pkce == rules::Pkce::s256) {
      value_.clear();
      oauth::append_s256_challenge(value_, result.text(Field::code_verifier));
    }
    result.keep(Field::code_challenge, value_);
  }
  auto& url = authorize_url_;
  url = std::string_view(plan.endpoint->text).substr(0, plan.endpoint->text.find('#'));
  char separator = plan.endpoint->url.has_query ? '&' : '?';
  if (step.push && !co_await push_request(step, result)) co_return;
  std::vector<rules::Parameter> pushed;
  if (step.push) {
    pushed = {{"client_id", rules::literal(client->id)},
              {"request_uri", rules::literal(std::string(result.text(Field::request_uri)))}};
    pushed.insert(pushed.end(), step.push->begin(), step.push->end());
  }
  for (const auto& parameter : step.push ? pushed : plan.parameters) {
    value_.clear();
    if (!fill(value_, parameter.value, result)) co_return;
    // A target without scopes; but a rule may set an empty one.
    if (parameter.name == "scope" && value_.empty() && !parameter.value.empty()) continue;
    url += separator;
    separator = '&';
    base::append_percent_encoded(url, parameter.name);
    url += '=';
    base::append_percent_encoded(url, value_);
  }
  const bool logged_in = step.repeat > 1 && repetition_ > 0 && !step.login_each_time;
  const bool by_browser = step.by_browser || target.target().authorization_request.by_browser();
  if (!login_)
    login_ = make_login_driver(
        {target.target().login, plan.endpoint->text, options_.max_login_steps, target.login_helpers()});
  if (!by_browser && !authorization_call_)
    authorization_call_ = std::make_unique<AuthorizationCall>(target.target().authorization_request);
  if (!step.kept_session && !logged_in && !options_.stay_logged_in) begin_login(credentials);
  const LoginTask task{.wire = *this,
                       .time = time_,
                       .state = login_state_,
                       .authorize_url = url,
                       .registered = client->redirect_uris,
                       .sent_redirect_uri = result.text(Field::redirect_uri),
                       .credentials = credentials,
                       .deadline = std::chrono::steady_clock::now() + target.target().login.timeout};
  co_await (by_browser ? *login_ : *authorization_call_).authorize(task, result.arrival);
  if (const auto bearer = login_state_.values.find(kBearerToken); bearer != login_state_.values.end())
    observer_.on_secret("access", bearer->second);
  if (auto* logins = options_.share_logins ? target.logins() : nullptr)
    if (result.arrival.landed == Landing::redirect_uri) logins->keep(credentials.username, login_state_);
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
  const auto issuer = base::parse_url(program_.target().issuer());
  bool named = step.verb == Verb::discover || (issuer && origin_of(*issuer) == origin);
  for (std::size_t i = 0; i < kEndpointCount; ++i) {
    const auto* endpoint = program_.target().endpoint(static_cast<EndpointKind>(i));
    named |= endpoint && endpoint->origin == origin;
  }
  if (!named) co_return impossible(result, "the target file does not name the host " + url->authority());
  request_ = oauth::request_head(method, *url, url->target(), step.verb == Verb::discover ? "application/json" : "*/*");
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
  co_await send(origin, request_, result.answer, purpose_of(step.verb));
  result.state = StepState::ran;
  if (result.answer.ok()) result.read_body(step.verb);
}

}  // namespace assay::engine

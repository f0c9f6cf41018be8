#include "engine/session.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "oauth/pkce.hpp"
#include "oauth/request.hpp"

namespace assay::engine {
namespace {

using rules::Field;
using rules::Verb;
using State = CheckOutcome::State;

LoginOptions login_options(const BoundTarget& target, const SessionOptions& options) {
  const auto& login = target.target().login;
  LoginOptions out;
  out.user_field = login.user_field;
  out.password_field = login.password_field;
  out.allow_labels = login.allow;
  out.max_steps = options.max_login_steps;
  return out;
}

std::string_view purpose_of(Verb verb) {
  switch (verb) {
    case Verb::token: return "token endpoint";
    case Verb::introspect: return "introspection endpoint";
    case Verb::revoke: return "revocation endpoint";
    case Verb::userinfo: return "userinfo endpoint";
    case Verb::resource: return "protected resource";
    case Verb::discover: return "metadata";
    case Verb::jwks: return "keys";
    default: return "request";
  }
}

}  // namespace

Session::Session(const Program& program, const Oracle& oracle, net::Transport& transport, net::Timekeeper& time,
                 Observer& observer, SessionOptions options)
    : program_(program), oracle_(oracle), transport_(transport), time_(time), observer_(observer), options_(options),
      browser_(login_options(program.target(), options)), results_(static_cast<std::size_t>(program.rule().slots)),
      outcomes_(program.rule().checks.size()), judge_(results_) {
  lacking.assign(outcomes_.size(), false);
  for (const auto& check : program.rule().checks) needs_oracle_ |= check.that.kind == rules::That::Kind::live;
}

bool Session::all_held() const {
  if (blocked_) return false;
  for (std::size_t i = 0; i < outcomes_.size(); ++i) {
    const bool counts = !program_.rule().checks[i].clause.empty();
    if (counts && outcomes_[i].state != State::held && outcomes_[i].state != State::lacks) return false;
  }
  return true;
}

net::awaitable<void> Session::run() {
  const auto& rule = program_.rule();
  for (auto& result : results_) result.clear();
  for (auto& outcome : outcomes_) {
    outcome.state = State::unknown;
    outcome.reason.clear();
    outcome.evidence.clear();
  }
  blocked_ = control_failed_ = nullptr;
  accepting_.reset();
  calibrated_ = false;
  for (const auto& step : rule.arrange) {
    co_await run_step(step);
    const auto& result = results_[static_cast<std::size_t>(step.slot)];
    const bool failed = !succeeded(step, result);
    observer_.on_step(step, result, failed);
    if (failed) {
      blocked_ = &step;
      co_return;
    }
  }
  if (needs_oracle_) co_await calibrate_oracle();
  for (const auto& step : rule.act) {
    co_await run_step(step);
    const auto& result = results_[static_cast<std::size_t>(step.slot)];
    observer_.on_step(step, result, says_nothing(result, step.verb) && step.verb != Verb::wait && step.verb != Verb::new_browser);
  }
  for (std::size_t i = 0; i < rule.checks.size(); ++i) co_await judge_check(i);
  if (!options_.control || rule.control.empty()) co_return;
  for (const auto& step : rule.control) {
    co_await run_step(step);
    const auto& result = results_[static_cast<std::size_t>(step.slot)];
    if (!succeeded(step, result)) {
      control_failed_ = &step;
      co_return;
    }
  }
}

net::awaitable<void> Session::send(const net::Origin& origin, std::string_view request, net::Answer& answer, std::string_view purpose) {
  co_await transport_.exchange(origin, request, answer);
  if (current_result_) {
    if (current_result_->began == net::SteadyTime{}) current_result_->began = answer.started;
    current_result_->ended = answer.done;
  }
  const int id = observer_.on_exchange(current_, purpose, request, answer);
  if (id == 0) co_return;
  if (current_result_) current_result_->exchanges.push_back(id);
  else probe_evidence_.push_back(id);
}

void Session::impossible(StepResult& result, std::string why) {
  result.state = StepState::impossible;
  result.why = std::move(why);
}

bool Session::fill(std::string& out, const rules::Template& value, StepResult& result) {
  if (judge_.append(out, value)) return true;
  for (const auto& piece : value)
    if (piece.kind == rules::Piece::Kind::field && !results_[static_cast<std::size_t>(piece.slot)].has(piece.field))
      impossible(result, "an earlier step gave no " + std::string(rules::to_string(piece.field)));
  return false;
}

net::awaitable<void> Session::run_step(const rules::Step& step) {
  StepResult& result = results_[static_cast<std::size_t>(step.slot)];
  current_ = &step;
  current_result_ = &result;
  switch (step.verb) {
    case Verb::authorize: co_await run_authorize(step, result); break;
    case Verb::http:
    case Verb::discover: co_await run_http(step, result); break;
    case Verb::wait: {
      value_.clear();
      if (!fill(value_, step.duration, result)) break;
      const auto duration = base::parse_duration(value_);
      if (!duration) {
        impossible(result, "\"" + base::printable(value_, 40) + "\" is not a duration");
        break;
      }
      if (duration->count() > 0) co_await time_.wait(*duration);
      result.state = StepState::ran;
      break;
    }
    case Verb::new_browser:
      browser_.forget();
      transport_.close_connections();
      result.state = StepState::ran;
      break;
    default: {
      const auto& plan = program_.plan(step);
      if (!plan.endpoint) {
        impossible(result, "the target has no " + std::string(purpose_of(step.verb)));
        break;
      }
      if (!build_request(step, result)) break;
      co_await send(plan.endpoint->origin, plan.fixed.empty() ? std::string_view(request_) : std::string_view(plan.fixed),
                    result.answer, purpose_of(step.verb));
      result.state = StepState::ran;
      if (result.answer.ok()) result.read_body(step.verb);
    }
  }
  current_ = nullptr;
  current_result_ = nullptr;
}

bool Session::build_request(const rules::Step& step, StepResult& result) {
  const auto& plan = program_.plan(step);
  if (!plan.fixed.empty()) return true;
  body_.clear();
  for (const auto& parameter : plan.parameters) {
    if (!body_.empty()) body_ += '&';
    base::append_form_encoded(body_, parameter.name);
    body_ += '=';
    value_.clear();
    if (!fill(value_, parameter.value, result)) return false;
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
  if (!keep(Field::scope, step.scope) || !keep(Field::redirect_uri, step.redirect_uri) || !keep(Field::sent_state, step.state)) co_return;
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
  if (!step.kept_session) browser_.forget();
  co_await browser_.authorize(*this, url, client->redirect_uris, result.text(Field::redirect_uri), credentials, result.arrival);
  result.state = StepState::ran;
  result.answer.outcome = result.arrival.outcome;
  result.answer.status = result.arrival.status;
  const bool redirected = result.arrival.landed == Landing::redirect_uri || result.arrival.landed == Landing::elsewhere;
  if (!redirected) co_return;
  result.keep(Field::location, result.arrival.location);
  for (const Field field : {Field::code, Field::state, Field::error, Field::error_description, Field::iss})
    if (const auto* value = base::find_parameter(result.arrival.parameters, rules::to_string(field))) result.keep(field, *value);
}

net::awaitable<void> Session::run_http(const rules::Step& step, StepResult& result) {
  value_.clear();
  std::string method = step.method.empty() ? "GET" : step.method;
  if (step.verb == Verb::discover) value_ = program_.target().metadata_url();
  else if (!fill(value_, step.url, result)) co_return;
  const auto url = base::parse_url(value_);
  if (!url) co_return impossible(result, value_.empty() ? "the target has no metadata" : "\"" + base::printable(value_, 80) + "\" is not an http URL");
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

bool Session::succeeded(const rules::Step& step, const StepResult& result) const {
  if (result.state != StepState::ran) return false;
  if (step.expect) return judge_.holds(*step.expect, result, step.verb) == Truth::yes;
  switch (step.verb) {
    case Verb::wait:
    case Verb::new_browser: return true;
    case Verb::authorize: return result.arrival.landed == Landing::redirect_uri && result.has(Field::code);
    case Verb::token: return result.answer.ok() && result.answer.status == 200 && result.has(Field::access_token);
    case Verb::resource:
    case Verb::revoke: return result.answer.ok() && result.answer.status / 100 == 2;
    default: return result.answer.ok() && result.answer.status == 200;
  }
}

net::awaitable<void> Session::calibrate_oracle() {
  for (const auto& check : program_.rule().checks) {
    if (check.that.kind != rules::That::Kind::live || calibrated_) continue;
    std::string token;
    if (!judge_.append(token, check.that.values[0])) continue;  // issued later, in act
    calibrated_ = true;
    accepting_ = co_await oracle_.find_accepting(*this, token, probe_answer_);
  }
  probe_evidence_.clear();
}

net::awaitable<void> Session::judge_check(std::size_t index) {
  const auto& rule = program_.rule();
  const auto& check = rule.checks[index];
  auto& outcome = outcomes_[index];
  if (lacking[index]) {
    outcome.state = State::lacks;
    co_return;
  }
  if (check.after >= 0 && outcomes_[static_cast<std::size_t>(check.after)].state != State::held) {
    outcome.state = State::follows;
    co_return;
  }
  Truth truth = Truth::yes;
  switch (check.that.kind) {
    case rules::That::Kind::expectations:
      for (const auto& [slot, expectation] : check.that.expectations) {
        const auto& result = results_[static_cast<std::size_t>(slot)];
        Verb verb = Verb::token;
        for (const auto* steps : {&rule.arrange, &rule.act})
          for (const auto& step : *steps)
            if (step.slot == slot) verb = step.verb;
        const Truth part = judge_.holds(expectation, result, verb);
        outcome.evidence.insert(outcome.evidence.end(), result.exchanges.begin(), result.exchanges.end());
        if (part == Truth::unknown) outcome.reason = describe_answer(result, verb);
        if (part == Truth::no || (part == Truth::unknown && truth == Truth::yes)) truth = part;
        if (truth == Truth::no) break;
      }
      break;
    case rules::That::Kind::distinct:
    case rules::That::Kind::same:
      truth = judge_.differ(check.that);
      if (truth == Truth::unknown) outcome.reason = "a value is missing";
      break;
    case rules::That::Kind::live:
    case rules::That::Kind::refreshable: {
      probe_evidence_.clear();
      truth = co_await probe(check.that, outcome.reason);
      // Eventual consistency is allowed where the specification is silent.
      const auto pause = std::max<std::chrono::nanoseconds>(std::chrono::milliseconds(100), check.settle / 20);
      for (auto waited = std::chrono::nanoseconds{}; truth == Truth::no && waited < check.settle; waited += pause) {
        co_await time_.wait(pause);
        probe_evidence_.clear();
        truth = co_await probe(check.that, outcome.reason);
      }
      outcome.live = (truth == Truth::yes) == check.that.is;
      outcome.evidence = probe_evidence_;
      break;
    }
  }
  outcome.state = truth == Truth::yes ? State::held : truth == Truth::no ? State::broken : State::unknown;
}

// Whether the token is as the check wants it: yes, no, or unknown with a reason.
net::awaitable<Truth> Session::probe(const rules::That& that, std::string& reason) {
  std::string token;
  if (!judge_.append(token, that.values[0])) {
    reason = "there is no token to ask about";
    co_return Truth::unknown;
  }
  const auto as_wanted = [&](bool alive) { return alive == that.is ? Truth::yes : Truth::no; };
  if (that.kind == rules::That::Kind::refreshable) {
    const Truth works = co_await refreshable(that, token);
    if (works == Truth::unknown) reason = "the token endpoint gave no usable answer";
    co_return works == Truth::unknown ? works : as_wanted(works == Truth::yes);
  }
  if (calibrated_ && !accepting_) {
    reason = "no oracle accepted the token while it was fresh, so a refusal proves nothing";
    co_return Truth::unknown;
  }
  if (accepting_) {
    const Truth alive = co_await oracle_.ask(*accepting_, *this, token, probe_answer_);
    if (alive == Truth::unknown) reason = "the oracle gave no usable answer";
    co_return alive == Truth::unknown ? alive : as_wanted(alive == Truth::yes);
  }
  const auto found = co_await oracle_.find_accepting(*this, token, probe_answer_);
  if (found) co_return as_wanted(true);
  reason = "no oracle accepts this token, and none was seen to accept another";
  co_return Truth::unknown;
}

net::awaitable<Truth> Session::refreshable(const rules::That& that, std::string_view token) {
  const auto* endpoint = program_.target().endpoint(EndpointKind::token);
  const auto* client = program_.target().client(that.client);
  if (!endpoint || !client) co_return Truth::unknown;
  // A step of its own, so that client authentication is decided in one place only.
  rules::Rule asking;
  rules::Step step;
  step.verb = Verb::token;
  step.client = that.client;
  const auto text = [](std::string value) { return rules::Template{{rules::Piece::Kind::literal, std::move(value), -1, Field{}}}; };
  step.parameters = {{"grant_type", text("refresh_token")}, {"refresh_token", text(std::string(token))}};
  asking.act.push_back(step);
  asking.slots = 1;
  const Program program(asking, program_.target());
  co_await send(endpoint->origin, program.plan(step).fixed, probe_answer_, "refresh: does it still work?");
  StepResult result;
  result.answer = probe_answer_;
  result.state = StepState::ran;
  if (says_nothing(result, Verb::token) || !probe_answer_.ok()) co_return Truth::unknown;
  result.read_body(Verb::token);
  co_return hands_out(result, Verb::token) ? Truth::yes : Truth::no;
}

}  // namespace assay::engine

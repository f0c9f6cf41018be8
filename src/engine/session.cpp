#include "engine/session.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "engine/purpose.hpp"
#include "engine/secret_fields.hpp"

namespace assay::engine {
namespace {

using rules::Field;
using rules::Verb;
using State = CheckOutcome::State;

void settle(CheckOutcome& outcome, Truth truth) {
  outcome.state = truth == Truth::yes ? State::held : truth == Truth::no ? State::broken : State::unknown;
}

net::awaitable<void> nothing() { co_return; }

}  // namespace

Session::Session(const Program& program, const Oracle& oracle, net::Transport& transport, net::Timekeeper& time,
                 Observer& observer, SessionOptions options)
    : program_(program), oracle_(oracle), transport_(transport), time_(time), observer_(observer), options_(options),
      results_(static_cast<std::size_t>(program.rule().slots)), outcomes_(program.rule().checks.size()),
      random_(options.random), judge_(results_, &random_) {
  lacking.assign(outcomes_.size(), false);
  for (const auto& check : program.rule().checks)
    needs_oracle_ |= check.that.kind == rules::That::Kind::live || check.that.counting == rules::Counting::live;
}

bool Session::all_held() const {
  if (blocked_) return false;
  for (std::size_t i = 0; i < outcomes_.size(); ++i) {
    if (program_.rule().checks[i].clause.empty()) continue;
    // A check that follows from another says nothing of its own: the other one counts, or was only an observation.
    const auto state = outcomes_[i].state;
    if (state != State::held && state != State::lacks && state != State::follows) return false;
  }
  return true;
}

// Every coroutine on the way to an exchange costs a flow its frame: where there is nothing to add, the inner one is handed out.
net::awaitable<void> Session::run() {
  const bool once = program_.rule().trials == 0 && !options_.control;
  return once ? run_once() : run_with_control();
}

net::awaitable<void> Session::run_with_control() {
  if (program_.rule().trials > 0) co_await run_trials();
  else co_await run_once();
  if (!blocked_ && options_.control) co_await run_control();
}

net::awaitable<void> Session::run_once() {
  if (!program_.rule().arrange.empty() || needs_oracle_) return arrange_and_act();
  forget();
  return act();
}

net::awaitable<void> Session::arrange_and_act() {
  if (co_await arrange()) co_await act();
}

void Session::forget() {
  for (auto& result : results_) result.clear();
  forget_outcomes();
  blocked_ = control_failed_ = nullptr;
  accepting_.reset();
  calibrated_ = false;
}

void Session::forget_outcomes() {
  for (auto& outcome : outcomes_) {
    outcome.state = State::unknown;
    outcome.reason.clear();
    outcome.finding.clear();
    outcome.evidence.clear();
  }
  samples_.clear();
}

net::awaitable<bool> Session::arrange() {
  forget();
  for (const auto& step : program_.rule().arrange) {
    co_await (step.repeat > 1 ? run_repeated(step) : begin_step(step));
    end_step(step);
    const auto& result = results_[static_cast<std::size_t>(step.slot)];
    const bool failed = !step.optional && !succeeded(step, result);
    observer_.on_step(step, result, failed);
    if (failed) {
      blocked_ = &step;
      co_return false;
    }
  }
  if (needs_oracle_) co_await calibrate_oracle();
  co_return true;
}

net::awaitable<void> Session::act() {
  const auto& rule = program_.rule();
  for (const auto& step : rule.act) {
    co_await (step.repeat > 1 ? run_repeated(step) : begin_step(step));
    end_step(step);
    const auto& result = results_[static_cast<std::size_t>(step.slot)];
    observer_.on_step(step, result,
                      says_nothing(result, step.verb) && step.verb != Verb::wait && step.verb != Verb::new_browser);
  }
  for (std::size_t i = 0; i < rule.checks.size(); ++i)
    if (!judge_at_once(i)) co_await judge_by_asking(i);
}

bool Session::renew() {
  const auto& rule = program_.rule();
  const auto arranged = [&](int slot) {
    return std::ranges::any_of(rule.arrange, [&](const auto& step) { return step.slot == slot; });
  };
  for (const auto& step : rule.act)
    for (const auto& parameter : step.parameters)
      for (const auto& piece : parameter.value) {
        if (piece.kind != rules::Piece::Kind::field || !arranged(piece.slot)) continue;
        if (piece.field == Field::code) return false;
        const auto& renewed = results_[static_cast<std::size_t>(step.slot)];
        // A server that does not rotate brings no new one: the old one stays in use (RFC 6749 section 6).
        if (piece.field == Field::refresh_token && renewed.has(Field::refresh_token))
          results_[static_cast<std::size_t>(piece.slot)].keep(Field::refresh_token, renewed.text(Field::refresh_token));
      }
  for (const auto& step : rule.act) results_[static_cast<std::size_t>(step.slot)].clear();
  forget_outcomes();
  return true;
}

net::awaitable<void> Session::run_control() {
  for (const auto& step : program_.rule().control) {
    co_await (step.repeat > 1 ? run_repeated(step) : begin_step(step));
    end_step(step);
    const auto& result = results_[static_cast<std::size_t>(step.slot)];
    if (!step.optional && !succeeded(step, result)) {
      control_failed_ = &step;
      co_return;
    }
  }
}

net::awaitable<void> Session::send(const net::Origin& origin, std::string_view request, net::Answer& answer,
                                   std::string_view purpose) {
  co_await transport_.exchange(origin, request, answer);
  note_exchange(request, answer, purpose);
}

void Session::note_exchange(std::string_view request, const net::Answer& answer, std::string_view purpose,
                            bool lasting) {
  if (current_result_) {
    if (current_result_->began == net::SteadyTime{}) current_result_->began = answer.started;
    current_result_->ended = answer.done;
  }
  if (holding_) {
    held_.push_back({std::string(purpose), std::string(request), answer});
    return;
  }
  const int id = lasting ? observer_.on_lasting_exchange(current_, purpose, request, answer)
                         : observer_.on_exchange(current_, purpose, request, answer);
  if (id == 0) return;
  if (current_result_) current_result_->exchanges.push_back(id);
  else probe_evidence_.push_back(id);
}

std::chrono::system_clock::time_point Session::server_now() const {
  return time_.now() + std::chrono::duration_cast<std::chrono::system_clock::duration>(program_.target().clock_ahead());
}

void Session::impossible(StepResult& result, std::string why) {
  result.state = StepState::impossible;
  result.why = std::move(why);
}

bool Session::fill(std::string& out, const rules::Template& value, StepResult& result) {
  const auto before = out.size();
  if (judge_.append(out, value)) {
    // What was made from a secret is as good as one. Short ones may be words that also occur elsewhere.
    const auto made = std::string_view(out).substr(before);
    for (const auto& piece : value)
      if (made.size() >= 16 && (piece.filter == rules::Filter::tampered ||
                                piece.filter == rules::Filter::swapped_case || piece.filter == rules::Filter::upper))
        observer_.on_secret(kDerivedSecret, made);
    return true;
  }
  for (const auto& piece : value)
    if (piece.kind == rules::Piece::Kind::field && !results_[static_cast<std::size_t>(piece.slot)].has(piece.field))
      impossible(result, "an earlier step gave no " + std::string(rules::to_string(piece.field)));
  return false;
}

// A step that is one request: its exchange is handed out as it is, without a coroutine around it; end_step() does the rest.
net::awaitable<void> Session::begin_step(const rules::Step& step) {
  StepResult& result = results_[static_cast<std::size_t>(step.slot)];
  current_ = &step;
  current_result_ = &result;
  sent_ = {};
  if (step.race) return run_race(step, result);
  switch (step.verb) {
    case Verb::authorize: return run_authorize(step, result);
    case Verb::http:
    case Verb::discover: return run_http(step, result);
    case Verb::wait:
    case Verb::new_browser: return run_pause(step, result);
    default: break;
  }
  const auto& plan = program_.plan(step);
  if (!plan.endpoint) {
    impossible(result, "the target has no " + std::string(purpose_of(step.verb)));
    return nothing();
  }
  if (!build_request(step, result)) return nothing();
  sent_ = plan.fixed.empty() ? std::string_view(result.request) : std::string_view(plan.fixed);
  return transport_.exchange(plan.endpoint->origin, sent_, result.answer);
}

void Session::end_step(const rules::Step& step) {
  if (current_ == nullptr) return;  // the last of a repeated step has ended already
  StepResult& result = *current_result_;
  if (!sent_.empty()) {
    const bool lasting = step.repeat <= 1 && program_.rule().trials == 0;
    note_exchange(sent_, result.answer, purpose_of(step.verb), lasting);
    result.state = StepState::ran;
    if (result.answer.ok()) result.read_body(step.verb);
  }
  if (program_.reads_clock()) result.server_now = server_now();
  current_ = nullptr;
  current_result_ = nullptr;
}

net::awaitable<void> Session::run_pause(const rules::Step& step, StepResult& result) {
  if (step.verb == Verb::new_browser) {
    forget_login();
    transport_.close_connections();
  } else {
    value_.clear();
    if (!fill(value_, step.duration, result)) co_return;
    const auto duration = base::parse_duration(value_);
    if (!duration) co_return impossible(result, "\"" + base::printable(value_, 40) + "\" is not a duration");
    if (duration->count() > 0) co_await time_.wait(*duration);
  }
  result.state = StepState::ran;
}

bool Session::succeeded(const rules::Step& step, const StepResult& result) const {
  if (result.state != StepState::ran) return false;
  if (step.expect) return judge_.holds(*step.expect, result, step.verb) == Truth::yes;
  switch (step.verb) {
    case Verb::wait:
    case Verb::new_browser: return true;
    case Verb::authorize: return result.arrival.landed == Landing::redirect_uri && result.has(Field::code);
    // Another status than 200 is judged by token/success-json.
    case Verb::token: return result.answer.ok() && result.answer.status / 100 == 2 && result.has(Field::access_token);
    case Verb::resource:
    case Verb::revoke: return result.answer.ok() && result.answer.status / 100 == 2;
    case Verb::registration:
      return result.answer.ok() && result.answer.status / 100 == 2 && result.has(Field::client_id);
    default: return result.answer.ok() && result.answer.status == 200;
  }
}

// False: the server has to be asked first.
bool Session::judge_at_once(std::size_t index) {
  const auto& rule = program_.rule();
  const auto& check = rule.checks[index];
  auto& outcome = outcomes_[index];
  if (lacking[index]) {
    outcome.state = State::lacks;
    return true;
  }
  if (check.after >= 0 && outcomes_[static_cast<std::size_t>(check.after)].state != State::held) {
    outcome.state = State::follows;
    return true;
  }
  Truth truth = Truth::yes;
  switch (check.that.kind) {
    case rules::That::Kind::expectations:
      if (check.that.any) truth = Truth::no;
      for (const auto& [slot, expectation] : check.that.expectations) {
        const auto& result = results_[static_cast<std::size_t>(slot)];
        const Verb verb = rule.step_at(slot)->verb;
        const Truth part = judge_.holds(expectation, result, verb);
        outcome.evidence.insert(outcome.evidence.end(), result.exchanges.begin(), result.exchanges.end());
        if (part == Truth::unknown) outcome.reason = describe_answer(result, verb);
        // The first that decides ends it: a no when all must hold, a yes when one is enough.
        const Truth decides = check.that.any ? Truth::yes : Truth::no;
        if (part == decides || part == Truth::unknown) truth = part;
        if (truth == decides) break;
      }
      break;
    case rules::That::Kind::distinct:
    case rules::That::Kind::same:
      truth = judge_.differ(check.that);
      if (truth == Truth::unknown) outcome.reason = "a value is missing";
      break;
    case rules::That::Kind::sample: truth = judge_sample(check.that, outcome); break;
    default: return false;
  }
  settle(outcome, truth);
  return true;
}

net::awaitable<void> Session::judge_by_asking(std::size_t index) {
  const auto& check = program_.rule().checks[index];
  auto& outcome = outcomes_[index];
  Truth truth = Truth::yes;
  switch (check.that.kind) {
    case rules::That::Kind::every: truth = co_await judge_wave(check.that, outcome); break;
    case rules::That::Kind::count: {
      probe_evidence_.clear();
      truth = co_await judge_wave(check.that, outcome);
      // Revocation may take its time. (Refresh tokens are used up by asking: there is no second look.)
      const auto pause = std::max<std::chrono::nanoseconds>(std::chrono::milliseconds(100), check.settle / 20);
      for (auto waited = std::chrono::nanoseconds{};
           truth == Truth::no && check.that.counting == rules::Counting::live && waited < check.settle;
           waited += pause) {
        co_await time_.wait(pause);
        probe_evidence_.clear();
        truth = co_await judge_wave(check.that, outcome);
      }
      break;
    }
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
    default: break;  // judged at once
  }
  settle(outcome, truth);
}

}  // namespace assay::engine

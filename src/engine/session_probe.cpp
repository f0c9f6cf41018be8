// How a session finds out whether a token is alive: oracles for access tokens, the token endpoint for refresh tokens.
#include "engine/session.hpp"

namespace assay::engine {

using rules::Field;
using rules::Verb;

net::awaitable<void> Session::calibrate_oracle() {
  for (const auto& check : program_.rule().checks) {
    if (calibrated_) break;
    std::string token;
    if (check.that.kind == rules::That::Kind::live) {
      if (!judge_.append(token, check.that.values[0])) continue;  // issued later, in act
    } else if (check.that.counting == rules::Counting::live) {
      // A race's own tokens come too late for this: any token that arrange brought will do.
      for (const auto& step : program_.rule().arrange)
        if (token.empty()) token = results_[static_cast<std::size_t>(step.slot)].text(Field::access_token);
    }
    if (token.empty()) continue;
    calibrated_ = true;
    accepting_ = co_await oracle_.find_accepting(*this, token, probe_answer_);
  }
  probe_evidence_.clear();
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
  // A resource that checks JWTs by itself has not heard that one was revoked.
  const auto verdict = [&](std::size_t oracle, bool alive) {
    if (!alive || that.is || that.expired || !oracle_.checks_offline(oracle) || !is_jwt(token)) return as_wanted(alive);
    reason =
        "the resource accepts it, but it is a JWT, which a resource may check without asking the server; name "
        "introspection or userinfo as \"oracle\"";
    return Truth::unknown;
  };
  if (calibrated_ && !accepting_) {
    reason = "no oracle accepted the token while it was fresh, so a refusal proves nothing";
    co_return Truth::unknown;
  }
  if (accepting_) {
    const Truth alive = co_await oracle_.ask(*accepting_, *this, token, probe_answer_);
    if (alive == Truth::unknown) reason = "the oracle gave no usable answer";
    co_return alive == Truth::unknown ? alive : verdict(*accepting_, alive == Truth::yes);
  }
  const auto found = co_await oracle_.find_accepting(*this, token, probe_answer_);
  if (found) co_return verdict(*found, true);
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
  step.parameters = {{"grant_type", rules::literal("refresh_token")},
                     {"refresh_token", rules::literal(std::string(token))}};
  asking.act.push_back(step);
  asking.slots = 1;
  const Program program(asking, program_.target());
  co_await send(endpoint->origin, program.plan(step).fixed, probe_answer_, "refresh: does it still work?");
  StepResult result;
  result.answer = probe_answer_;
  result.state = StepState::ran;
  // A server that breaks over the question has not said that the token is dead.
  if (says_nothing(result, Verb::token) || !probe_answer_.ok() || probe_answer_.status >= 500) co_return Truth::unknown;
  result.read_body(Verb::token);
  co_return hands_out(result, Verb::token) ? Truth::yes : Truth::no;
}

}  // namespace assay::engine

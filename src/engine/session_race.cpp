// How a session races copies of a step, trial after trial, and judges what the waves brought.
#include <algorithm>
#include <set>

#include "engine/purpose.hpp"
#include "engine/session.hpp"

namespace assay::engine {
namespace {

using rules::Counting;
using rules::Field;
using SteadyClock = std::chrono::steady_clock;
using State = CheckOutcome::State;

// The worse of what two trials showed about a check.
int rank(State state) {
  switch (state) {
    case State::broken: return 4;
    case State::held: return 3;
    case State::follows: return 2;
    case State::lacks: return 1;
    case State::unknown: return 0;
  }
  return 0;
}

std::string of_all(std::size_t part, std::size_t all, std::string_view what) {
  return std::to_string(part) + " of " + std::to_string(all) + " " + std::string(what);
}

// A rule that wants one winner counts something at most once.
bool wants_one_winner(const rules::Rule& rule) {
  return std::ranges::any_of(rule.checks, [](const rules::Check& check) {
    return check.that.kind == rules::That::Kind::count && check.that.number == 1 &&
           check.that.bound != rules::Bound::at_least && !check.clause.empty();
  });
}

}  // namespace

net::awaitable<void> Session::run_race(const rules::Step& step, StepResult& result) {
  const auto& plan = program_.plan(step);
  if (!plan.endpoint) co_return impossible(result, "the target has no " + std::string(purpose_of(step.verb)));
  Wave& wave = waves_[step.slot];
  wave.size = static_cast<std::size_t>(step.race->copies[trial_ % step.race->copies.size()]);
  // Each copy is built anew: what must be fresh in a request is fresh in each of them.
  std::vector<std::string> requests(wave.size);
  for (auto& request : requests) {
    if (!build_request(step, result)) co_return;
    request = plan.fixed.empty() ? result.request : plan.fixed;
  }
  std::vector<net::Answer> answers(wave.size);
  const auto offsets = race_offsets(trial_ / static_cast<unsigned>(step.race->copies.size()), wave.size,
                                    tally_ ? tally_->median_latency() : std::chrono::nanoseconds{});
  const net::WavePlan wave_plan{step.race->last_byte, offsets};
  net::WaveTiming timing;
  co_await transport_.wave(plan.endpoint->origin, requests, wave_plan, answers, timing);
  wave.spread = timing.spread(wave_plan);
  result.began = net::SteadyTime::max();
  while (wave.copies.size() < wave.size) wave.copies.push_back(std::make_unique<StepResult>());
  for (std::size_t i = 0; i < wave.size; ++i) {
    StepResult& copy = *wave.copies[i];
    copy.clear();
    const int id = observer_.on_exchange(&step, purpose_of(step.verb), requests[i], answers[i]);
    if (id != 0) {
      copy.exchanges.push_back(id);
      result.exchanges.push_back(id);
    }
    copy.answer = std::move(answers[i]);
    copy.state = StepState::ran;
    if (copy.answer.ok()) copy.read_body(step.verb);
    tell_secrets(copy);
    if (copy.answer.started != net::SteadyTime{}) result.began = std::min(result.began, copy.answer.started);
    result.ended = std::max(result.ended, copy.answer.done);
  }
  result.began = std::min(result.began, result.ended);
  result.state = StepState::ran;
  if (tally_) tally_->add_wave(wave, step.verb);
}

// What a check with `count` or `every` says of its wave. Answers that say nothing are left out; of those that do, there
// must be two, or nobody raced.
net::awaitable<Truth> Session::judge_wave(const rules::That& that, CheckOutcome& outcome) {
  const auto& step = *program_.rule().step_at(that.slot);
  const auto found = waves_.find(that.slot);
  const StepResult& summary = results_[static_cast<std::size_t>(that.slot)];
  outcome.evidence.clear();
  if (found == waves_.end() || summary.state != StepState::ran) {
    outcome.reason = describe_answer(summary, step.verb);
    co_return Truth::unknown;
  }
  const auto copies = found->second.results();
  std::vector<const StepResult*> usable;
  const StepResult* silent = nullptr;
  for (const auto& copy : copies) {
    if (says_nothing(*copy, step.verb)) silent = copy.get();
    else usable.push_back(copy.get());
  }
  if (usable.size() < 2) {
    outcome.reason = of_all(usable.size(), copies.size(), "copies got an answer that says something; another: ") +
                     describe_answer(*silent, step.verb);
    outcome.evidence = summary.exchanges;
    co_return Truth::unknown;
  }
  const auto show = [&](const StepResult& copy) {
    outcome.evidence.insert(outcome.evidence.end(), copy.exchanges.begin(), copy.exchanges.end());
  };
  if (that.kind == rules::That::Kind::every) {
    std::size_t meant = 0, broken = 0;
    for (const auto* copy : usable) {
      if (!that.where.empty() && judge_.holds(that.where, *copy, step.verb) != Truth::yes) continue;
      ++meant;
      if (judge_.holds(that.each, *copy, step.verb) != Truth::no) continue;
      if (broken++ == 0) outcome.finding = "one of them: " + describe_mismatch(that.each, *copy, step.verb);
      show(*copy);
    }
    outcome.finding = of_all(meant - broken, meant, "answers did") + (broken > 0 ? "; " + outcome.finding : "");
    co_return broken > 0 ? Truth::no : Truth::yes;
  }

  std::size_t yes = 0, maybe = 0;
  if (that.counting == Counting::answers) {
    maybe = copies.size() - usable.size();
    for (const auto* copy : usable) {
      const Truth truth = judge_.holds(that.where, *copy, step.verb);
      maybe += truth == Truth::unknown ? 1 : 0;
      yes += truth == Truth::yes ? 1 : 0;
      if (truth == Truth::yes) show(*copy);
    }
    outcome.finding = of_all(yes, copies.size(), "answers did");
  } else {
    const Field field = that.counting == Counting::live          ? Field::access_token
                        : that.counting == Counting::refreshable ? Field::refresh_token
                                                                 : that.field;
    std::set<std::string> values;
    for (const auto* copy : usable) {
      if (!copy->has(field) || copy->text(field).empty()) continue;
      values.emplace(copy->text(field));
      show(*copy);
    }
    yes = values.size();
    outcome.finding = std::to_string(yes) + " different " + std::string(to_string(field));
    if (that.counting != Counting::distinct) {
      yes = 0;
      for (const auto& value : values) {
        // Asked as "is it dead?": of a JWT that is accepted offline this says that nobody knows.
        rules::That dead;
        dead.kind = that.counting == Counting::live ? rules::That::Kind::live : rules::That::Kind::refreshable;
        dead.values.push_back(rules::Template{rules::Piece{rules::Piece::Kind::literal, value, -1, Field{}}});
        dead.is = false;
        dead.client = that.client;
        const Truth truth = co_await probe(dead, outcome.reason);
        if (truth == Truth::unknown) ++maybe;
        else yes += (truth == Truth::no) == that.is ? 1 : 0;
      }
      outcome.evidence.insert(outcome.evidence.end(), probe_evidence_.begin(), probe_evidence_.end());
      outcome.finding = of_all(
          yes, values.size(),
          std::string(to_string(field)) + (values.size() == 1 ? " " : "s ") + (that.is ? "still work" : "do not work"));
      // Not all were tried to the end, or some are in doubt: then this is a lower bound.
      if (maybe == 0) survivors_ = static_cast<unsigned>(that.is ? yes : values.size() - yes);
    }
  }
  const auto number = static_cast<std::size_t>(that.number);
  if (maybe > 0 && outcome.reason.empty()) outcome.reason = "some copies got no answer that says something";
  switch (that.bound) {
    case rules::Bound::at_most:
      // Copies that were turned away for overload are the ones that lost; tokens in doubt are another matter.
      if (yes > number) co_return Truth::no;
      co_return that.counting != Counting::answers&& yes + maybe > number ? Truth::unknown : Truth::yes;
    case rules::Bound::at_least:
      co_return yes >= number ? Truth::yes : yes + maybe >= number ? Truth::unknown : Truth::no;
    case rules::Bound::is:
      if (yes == number && (maybe == 0 || that.counting == Counting::answers)) co_return Truth::yes;
      co_return yes < number&& yes + maybe >= number ? Truth::unknown : yes == number ? Truth::unknown : Truth::no;
  }
  co_return Truth::unknown;
}

// Runs trials until one breaks a clause, or as many as there shall be, or the time is up. Their worst is the rule's. Full
// evidence remains of the first trial and of the one that broke a clause.
net::awaitable<void> Session::run_trials() {
  const auto& rule = program_.rule();
  unsigned wanted = options_.race_trials > 0 ? options_.race_trials : static_cast<unsigned>(rule.trials);
  if (options_.most_trials > 0) wanted = std::min(wanted, options_.most_trials);
  const auto end = SteadyClock::now() + options_.race_patience;
  std::vector<CheckOutcome> worst;
  tally_.emplace(wanted, wants_one_winner(rule));
  tally_->end("all trials");
  for (trial_ = 0; trial_ < wanted; ++trial_) {
    if (trial_ > 0) {
      if (SteadyClock::now() >= end) {
        tally_->end("time");
        break;
      }
      observer_.begin_trial();
    }
    survivors_.reset();
    co_await run_once();
    if (blocked_) {
      if (trial_ == 0) break;
      // What was found before is as good as it was.
      observer_.drop_trial();
      blocked_ = nullptr;
      tally_->end("another trial could not be arranged");
      break;
    }
    bool violated = false;
    for (std::size_t i = 0; i < outcomes_.size(); ++i)
      violated |= outcomes_[i].state == State::broken && !rule.checks[i].clause.empty();
    tally_->end_trial(violated, survivors_);
    if (trial_ > 0 && !violated) {
      observer_.drop_trial();
      for (auto& outcome : outcomes_) outcome.evidence.clear();
    }
    if (worst.empty()) worst = outcomes_;
    for (std::size_t i = 0; i < outcomes_.size(); ++i)
      if (rank(outcomes_[i].state) > rank(worst[i].state)) worst[i] = outcomes_[i];
    if (violated) {
      tally_->end("first violation");
      break;
    }
  }
  if (!worst.empty()) outcomes_ = std::move(worst);
  trial_ = 0;
}

}  // namespace assay::engine

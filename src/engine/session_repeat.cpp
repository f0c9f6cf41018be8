// How a session repeats a step: one after the other, the last result counts. Of a thousand exchanges only the first and the
// last become evidence; of their answers only those fields are kept that some check wants to see.
#include "engine/session.hpp"

#include <algorithm>

#include "engine/sample_statistics.hpp"
#include "engine/secret_fields.hpp"

namespace assay::engine {
namespace {

using rules::Field;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kEnough = 200;  // values, for a verdict when fewer came than the rule asks for
constexpr int kShown = 3;             // repetitions whose exchanges are evidence, beside the last one

}  // namespace

std::span<const std::string> Session::sample(int slot, Field field) const {
  const auto found = samples_.find({slot, field});
  return found == samples_.end() ? std::span<const std::string>() : std::span<const std::string>(found->second);
}

int Session::planned_repetitions(const rules::Step& step) const {
  const bool limited = !step.sampled.empty() && options_.sample_limit > 0;
  return limited ? std::min(step.repeat, options_.sample_limit) : step.repeat;
}

// A value that came twice is a fact, however few there were; everything else needs a fair number of them.
Truth Session::judge_sample(const rules::That& that, CheckOutcome& outcome) const {
  const auto& piece = that.values[0][0];
  const auto& step = *program_.rule().step_at(piece.slot);
  const auto& result = this->result(step);
  const auto values = sample(piece.slot, piece.field);
  const auto statistics = examine(values);
  outcome.evidence = result.exchanges;
  outcome.finding = describe(statistics);
  const auto wanted = static_cast<std::size_t>(planned_repetitions(step));
  const bool enough = values.size() >= std::min(kEnough, wanted);
  Truth truth = Truth::unknown;
  switch (that.about) {
    case rules::That::Sample::unique:
      if (statistics.repeated_at_once + statistics.repeated_later > 0) return Truth::no;
      truth = Truth::yes;
      break;
    case rules::That::Sample::unguessable: truth = is_unguessable(statistics, that.entropy_bits); break;
    case rules::That::Sample::unordered:
      if (statistics.measured) truth = statistics.in_order ? Truth::no : Truth::yes;
      break;
  }
  if (enough && truth != Truth::unknown) return truth;
  outcome.reason = "too few different values (of " + std::to_string(wanted) + " wanted) to judge: " + outcome.finding;
  if (!succeeded(step, result)) outcome.reason += "; the last answer: " + describe_answer(result, step.verb);
  return Truth::unknown;
}

void Session::tell_secrets(const StepResult& result) {
  each_secret(result, [&](std::string_view kind, std::string_view value) { observer_.on_secret(kind, value); });
}

net::awaitable<void> Session::run_repeated(const rules::Step& step) {
  StepResult& result = results_[static_cast<std::size_t>(step.slot)];
  const bool sampled = !step.sampled.empty();
  const int wanted = planned_repetitions(step);
  const auto end = SteadyClock::now() + (sampled ? options_.sample_patience : options_.repeat_patience);
  std::vector<int> exchanges;
  net::SteadyTime began{};
  chain_.clear();
  for (repetition_ = 0;; ++repetition_) {
    if (repetition_ > 0) {
      // A server that does not rotate brings no new one: the old one stays in use (RFC 6749 section 6).
      if (step.chained && result.has(Field::refresh_token) && !result.text(Field::refresh_token).empty())
        chain_ = result.text(Field::refresh_token);
      result.clear();
    }
    held_.clear();
    holding_ = repetition_ >= kShown;
    co_await begin_step(step);
    end_step(step);
    holding_ = false;
    if (repetition_ == 0) began = result.began;
    if (result.state == StepState::ran) result.repetition = repetition_ + 1;
    for (const Field field : step.sampled)
      if (result.has(field)) samples_[{step.slot, field}].emplace_back(result.text(field));
    const bool over = SteadyClock::now() >= end;
    const bool last = repetition_ + 1 >= wanted || over || !succeeded(step, result);
    if (last) {
      if (!chain_.empty()) observer_.on_secret("refresh", chain_);
      for (const auto& held : held_)
        if (const int id = observer_.on_exchange(&step, held.purpose, held.request, held.answer); id != 0)
          result.exchanges.push_back(id);
    }
    if (last || repetition_ < kShown) tell_secrets(result);
    exchanges.insert(exchanges.end(), result.exchanges.begin(), result.exchanges.end());
    if (!last) continue;
    if (over && !sampled && repetition_ + 1 < wanted && succeeded(step, result))
      impossible(result, "the time was up after " + std::to_string(repetition_ + 1) + " of " + std::to_string(wanted) +
                             " repetitions");
    break;
  }
  result.exchanges = std::move(exchanges);
  result.began = began;
  held_.clear();
  chain_.clear();
  repetition_ = 0;
}

}  // namespace assay::engine

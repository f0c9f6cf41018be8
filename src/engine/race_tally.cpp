#include "engine/race_tally.hpp"

#include <algorithm>
#include <set>

#include "engine/judge.hpp"

namespace assay::engine {
namespace {

std::chrono::nanoseconds median(std::vector<std::chrono::nanoseconds> values) {
  if (values.empty()) return {};
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

}  // namespace

std::vector<std::chrono::nanoseconds> race_offsets(unsigned round, std::size_t copies,
                                                   std::chrono::nanoseconds median_latency) {
  using std::chrono::microseconds;
  std::vector<std::chrono::nanoseconds> out(copies);
  if (round % 2 == 0 || copies < 2) return out;
  const std::chrono::nanoseconds widths[] = {microseconds(200), microseconds(1000), microseconds(5000),
                                             microseconds(20'000), median_latency};
  const unsigned turn = round / 2;
  const auto width = std::min(widths[turn / 2 % std::size(widths)], median_latency) * (turn % 2 == 0 ? 1 : -1);
  for (std::size_t i = 1; i < copies; ++i) out[i] = width * static_cast<long>(i) / static_cast<long>(copies - 1);
  return out;
}

RaceTally::RaceTally(unsigned planned, bool one_winner) {
  race_.planned = planned;
  race_.one_winner = one_winner;
}

void RaceTally::add_wave(const Wave& wave, rules::Verb verb) {
  std::set<std::string_view> tokens;
  for (const auto& copy : wave.results()) {
    const net::Answer& answer = copy->answer;
    ++race_.requests;
    if (answer.outcome == net::Outcome::timed_out) ++race_.timeouts;
    else if (!answer.ok()) ++race_.failures;
    else if (says_nothing(*copy, verb)) ++race_.overloads;
    else if (answer.status / 100 == 5) ++race_.server_errors;
    if (says_nothing(*copy, verb)) continue;
    ++usable_;
    if (answer.ok()) latencies_.push_back(answer.done - answer.started);
    if (!hands_out(*copy, verb)) continue;
    ++winners_;
    tokens.insert(copy->text(rules::Field::access_token));
  }
  token_sets_ = std::max(token_sets_, tokens.size());
  const auto size = static_cast<unsigned>(wave.size);
  if (std::ranges::find(race_.copies, size) == race_.copies.end()) race_.copies.push_back(size);
  std::ranges::sort(race_.copies);
  spreads_.push_back(wave.spread);
  race_.max_spread = std::max(race_.max_spread, wave.spread);
  race_.median_spread = median(spreads_);
  race_.median_latency = median_latency();
}

void RaceTally::end_trial(bool violated, std::optional<unsigned> survivors) {
  if (usable_ >= 2) {
    ++race_.trials;
    race_.violations += violated ? 1 : 0;
    if (race_.one_winner) {
      race_.double_mints += token_sets_ > 1 ? 1 : 0;
      race_.identical += winners_ > 1 && token_sets_ == 1 ? 1 : 0;
      race_.denials += winners_ == 0 || (token_sets_ == 1 && survivors == 0u) ? 1 : 0;
    }
  } else {
    ++race_.inconclusive;
  }
  usable_ = winners_ = token_sets_ = 0;
}

void RaceTally::end(std::string why) { race_.ended = std::move(why); }

std::chrono::nanoseconds RaceTally::median_latency() const { return median(latencies_); }

}  // namespace assay::engine

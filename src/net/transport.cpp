// The wave of transports that have no connections to hold back.
#include "net/transport.hpp"

#include <algorithm>

#include "net/together.hpp"

namespace assay::net {

std::chrono::nanoseconds WaveTiming::spread(const WavePlan& plan) const {
  SteadyTime first = SteadyTime::max(), last{};
  for (std::size_t i = 0; i < released.size(); ++i) {
    if (released[i] == SteadyTime{}) continue;
    const SteadyTime meant = released[i] - plan.offset(i);
    first = std::min(first, meant);
    last = std::max(last, meant);
  }
  return last > first ? last - first : std::chrono::nanoseconds{};
}

awaitable<void> Transport::wave(const Origin& origin, std::span<const std::string> requests, const WavePlan&,
                                std::span<Answer> answers, WaveTiming& timing) {
  co_await together(requests.size(), [&](std::size_t i) { return exchange(origin, requests[i], answers[i]); });
  timing.released.clear();
  for (const Answer& answer : answers) timing.released.push_back(answer.started);
}

}  // namespace assay::net

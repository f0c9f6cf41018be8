// The wave of transports that have no connections to hold back.
#include "net/transport.hpp"

#include <algorithm>

#include "base/url.hpp"
#include "net/together.hpp"

namespace assay::net {

bool is_among(std::span<const std::string> hosts, std::string_view host) {
  const auto loopback = [](std::string_view name) {
    base::Url url;
    url.host = name;
    return url.is_loopback();
  };
  if (hosts.empty() || std::ranges::find(hosts, host) != hosts.end()) return true;
  return loopback(host) && std::ranges::any_of(hosts, loopback);
}

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

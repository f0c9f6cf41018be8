#include "mock-provider/contention.hpp"

#include <algorithm>

#include "base/random.hpp"

namespace assay::mock {
namespace {

constexpr std::chrono::microseconds longest_gap{2000};
constexpr std::chrono::microseconds crowded_gap{5000};
constexpr std::size_t crowd = 8;

}  // namespace

std::chrono::microseconds gap_of(const Call& call) {
  const auto& wanted = call.application.options().race_gap;
  return wanted ? *wanted : std::chrono::microseconds(1 + base::random_number() % longest_gap.count());
}

bool is_crowded(Call& call) {
  const auto now = std::chrono::steady_clock::now();
  call.response.delay = crowded_gap;
  Application& application = call.application;
  const std::lock_guard lock(application.under_way_mutex);
  std::erase_if(application.under_way, [&](const auto& other) { return other.second <= now; });
  application.under_way.emplace_back(call.client, now + crowded_gap);
  return std::ranges::count(application.under_way, call.client, [](const auto& one) { return one.first; }) >
         static_cast<std::ptrdiff_t>(crowd);
}

}  // namespace assay::mock

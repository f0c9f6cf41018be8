// Time that passes at once: every wait is written down.
#pragma once
#include <functional>
#include <vector>

#include "net/transport.hpp"

namespace assay::support {

class FakeTime final : public net::Timekeeper {
 public:
  net::awaitable<void> wait(std::chrono::nanoseconds duration) override {
    waits.push_back(duration);
    now += duration;
    co_return;
  }
  bool real() const override { return claims_real; }

  std::vector<std::chrono::nanoseconds> waits;
  std::chrono::nanoseconds now{};
  bool claims_real = false;
};

}  // namespace assay::support

// Time that passes at once: every wait is written down.
#pragma once
#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <vector>

#include "net/transport.hpp"

namespace assay::support {

class FakeTime final : public net::Timekeeper {
 public:
  net::awaitable<void> wait(std::chrono::nanoseconds duration) override {
    waits.push_back(duration);
    const auto end = passed + duration;
    for (int i = 0; yields && i < 20; ++i) co_await boost::asio::post(boost::asio::use_awaitable_t<net::Executor>());
    passed = std::max(passed, end);
    co_return;
  }
  std::chrono::system_clock::time_point now() const override {
    return start + std::chrono::duration_cast<std::chrono::system_clock::duration>(passed);
  }
  bool real() const override { return claims_real; }

  std::vector<std::chrono::nanoseconds> waits;
  std::chrono::nanoseconds passed{};
  std::chrono::system_clock::time_point start = std::chrono::system_clock::now();
  bool claims_real = false;
  bool yields = false;  // lets others work meanwhile
};

}  // namespace assay::support

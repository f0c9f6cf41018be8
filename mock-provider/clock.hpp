// The provider's time: monotonic, in step with the wall clock at start, and movable forward by tests. Everything the provider
// dates or lets expire asks this clock and no other.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>

namespace assay::mock {

using Time = std::chrono::sys_time<std::chrono::nanoseconds>;

class Clock {
 public:
  Time now() const {
    return wall_at_start_ + (std::chrono::steady_clock::now() - steady_at_start_) +
           std::chrono::nanoseconds(ahead_.load(std::memory_order_relaxed));
  }
  // What a clock on the wall shows, which no test moves: for what clients date by their own.
  Time unmoved() const { return wall_at_start_ + (std::chrono::steady_clock::now() - steady_at_start_); }
  void reset() { ahead_.store(0, std::memory_order_relaxed); }
  void advance(std::chrono::nanoseconds by) { ahead_.fetch_add(by.count(), std::memory_order_relaxed); }

 private:
  const Time wall_at_start_ = std::chrono::system_clock::now();
  const std::chrono::steady_clock::time_point steady_at_start_ = std::chrono::steady_clock::now();
  std::atomic<std::int64_t> ahead_{0};
};

// Seconds since 1970-01-01T00:00:00Z: the NumericDate of RFC 7519 section 2.
inline std::int64_t numeric_date(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

}  // namespace assay::mock

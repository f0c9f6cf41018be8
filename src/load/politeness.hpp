// A server that asks for a pause (429, or 503 with Retry-After; RFC 9110 section 10.2.3) gets it, where it is not ours to load as
// we like: no flow begins before the pause is over. Shared by the workers of a run, without locks.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/wall_clock.hpp"
#include "engine/throttle.hpp"

namespace assay::load {

class Politeness {
 public:
  using Clock = std::chrono::steady_clock;

  // To be told every answer.
  void hear(const net::Answer& answer) {
    if (answer.status < 400) return;  // nearly every answer: no look at the clock
    const auto pause = engine::asked_pause(answer, 0, base::wall_now());
    if (!pause) return;
    times_.fetch_add(1, std::memory_order_relaxed);
    const auto until = (Clock::now() + *pause).time_since_epoch().count();
    auto known = until_.load(std::memory_order_relaxed);
    while (known < until && !until_.compare_exchange_weak(known, until, std::memory_order_relaxed)) {
    }
  }
  bool pausing() const { return Clock::now().time_since_epoch().count() < until_.load(std::memory_order_relaxed); }
  // A flow that was due did not begin because of that.
  void hold_back() { held_back_.fetch_add(1, std::memory_order_relaxed); }

  std::uint64_t times() const { return times_.load(); }  // that the server asked
  std::uint64_t held_back() const { return held_back_.load(); }

 private:
  std::atomic<Clock::rep> until_{0};
  std::atomic<std::uint64_t> times_{0}, held_back_{0};
};

}  // namespace assay::load

// Several pieces of work at a time on one thread, but not too many: who waits for whom when rules run side by side.
#pragma once
#include <deque>
#include <functional>
#include <vector>

#include "net/awaitable.hpp"

namespace assay::net {

// Starts all of `work` on the caller's executor and returns when all have ended; then throws what the first of them threw.
awaitable<void> run_side_by_side(std::vector<std::function<awaitable<void>()>> work);

// At most so many may hold one at a time. To be used on the thread that runs the executor; outlives whoever waits.
class Slots {
 public:
  explicit Slots(unsigned limit) : limit_(limit) {}

  // Returns when one is free; in the order of the calls, but before all others with `urgent`.
  awaitable<void> take(bool urgent = false);
  void give();
  // Takes effect as slots are given back.
  void set_limit(unsigned limit);
  unsigned limit() const { return limit_; }

 private:
  struct Waiting;
  void wake();

  unsigned limit_;
  unsigned taken_ = 0;
  std::deque<Waiting*> waiting_;
};

}  // namespace assay::net

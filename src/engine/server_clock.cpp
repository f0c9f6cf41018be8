#include "engine/server_clock.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace assay::engine {

void ServerClock::observe(Wall sent, Wall received, std::chrono::sys_seconds date) {
  if (received < sent) return;  // our clock was set meanwhile
  // The server's clock showed [date, date + 1 s) at some moment between `sent` and `received`.
  const Bounds now{date - received, date + std::chrono::seconds(1) - sent};
  if (!bounds_ || now.low > bounds_->high || now.high < bounds_->low) {
    bounds_ = now;  // another machine or a cache answered: the later answer is nearer to what the rules will meet
    return;
  }
  bounds_->low = std::max(bounds_->low, now.low);
  bounds_->high = std::min(bounds_->high, now.high);
}

std::chrono::nanoseconds ServerClock::ahead() const {
  if (!bounds_ || (bounds_->low.count() <= 0 && bounds_->high.count() >= 0)) return {};
  return bounds_->low + (bounds_->high - bounds_->low) / 2;
}

std::string ServerClock::describe() const {
  const auto offset = std::chrono::round<std::chrono::seconds>(ahead());
  if (offset.count() == 0) return "in step with ours";
  return base::format_duration(offset.count() > 0 ? offset : -offset) +
         (offset.count() > 0 ? " ahead of ours" : " behind ours");
}

}  // namespace assay::engine

// Keeps the requests of preparations to a rate: who is granted a turn waits for it. Pure; time is handed in.
#pragma once
#include <algorithm>
#include <chrono>
#include <optional>

namespace assay::load {

class RequestPace {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Requests per second; nullopt: as many as there are; 0: none.
  void set_rate(std::optional<double> rate) { rate_ = rate; }
  bool stopped() const { return rate_ && *rate_ <= 0; }

  // Takes the next turn, for so many requests. How long to wait until it begins.
  std::chrono::nanoseconds take(Time now, double requests) {
    if (!rate_ || stopped()) return {};
    next_ = std::max(next_, now);
    const auto wait = next_ - now;
    next_ += std::chrono::nanoseconds(static_cast<std::int64_t>(std::min(1e15, requests / *rate_ * 1e9)));
    return wait;
  }

 private:
  std::optional<double> rate_;
  Time next_{};
};

}  // namespace assay::load

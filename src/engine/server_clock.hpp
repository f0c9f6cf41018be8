// How far the server's clock is ahead of ours, by the Date fields of its answers. Each one bounds the difference to a
// second and the time the exchange took; several together bound it better. Does no I/O.
#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "base/http_date.hpp"

namespace assay::engine {

class ServerClock {
 public:
  using Wall = std::chrono::system_clock::time_point;

  // An answer dated `date` to a request sent at `sent`, received at `received`, by our clock.
  void observe(Wall sent, Wall received, std::chrono::sys_seconds date);

  bool known() const { return bounds_.has_value(); }
  // Server minus ours: 0 while nothing speaks against it, else the middle of what is possible.
  std::chrono::nanoseconds ahead() const;
  // In words: "in step with ours", "3 s ahead of ours", "2 min behind ours".
  std::string describe() const;

 private:
  struct Bounds {
    std::chrono::nanoseconds low, high;
  };
  std::optional<Bounds> bounds_;
};

}  // namespace assay::engine

#include "base/wall_clock.hpp"

#include <ctime>

namespace assay::base {
namespace {

// CLOCK_MONOTONIC stands still while the machine sleeps, and the clocks of others do not.
std::chrono::nanoseconds since_boot() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

std::chrono::system_clock::time_point wall_now() {
  static const auto booted = std::chrono::system_clock::now() - since_boot();
  return std::chrono::time_point_cast<std::chrono::system_clock::duration>(booted + since_boot());
}

}  // namespace assay::base

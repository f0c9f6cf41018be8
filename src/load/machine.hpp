// What this machine tells about itself in /proc, as numbers. Parsing is pure; MachineWatch reads the files.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "record/run.hpp"

namespace assay::load {

struct CpuTicks {  // of all processors together, since the machine started
  std::uint64_t busy = 0, idle = 0, steal = 0;
  std::uint64_t all() const { return busy + idle + steal; }
};
std::optional<CpuTicks> parse_cpu_ticks(std::string_view proc_stat);                         // /proc/stat
std::optional<std::pair<unsigned, unsigned>> parse_port_range(std::string_view port_range);  // ip_local_port_range
unsigned parse_tcp_sockets(std::string_view sockstat);                                       // in use and in TIME_WAIT
// Sockets of /proc/net/tcp or tcp6 towards one of these ports: the number of the address that has the most.
unsigned most_sockets_to(std::string_view proc_net_tcp, std::span<const std::uint16_t> ports);

// The share of this machine's processor time that other processes use; looks at it for so long. 0 where nothing tells.
double others_busy_for(std::chrono::milliseconds time);

// Looks at the machine while a run goes on. Where there is no /proc, everything stays 0.
class MachineWatch {
 public:
  // The ports of the endpoints under load.
  explicit MachineWatch(std::vector<std::uint16_t> ports) : ports_(std::move(ports)) {}

  void begin();  // of the measured window
  void look();   // about once a second
  void end();    // of the measured window; only the first call counts

  // All but worker_cpu and connections, which the load run knows.
  const record::Generator& facts() const { return facts_; }
  std::chrono::nanoseconds clock_jump() const { return clock_jump_; }  // of the wall clock against the steady one

 private:
  std::vector<std::uint16_t> ports_;
  record::Generator facts_;
  CpuTicks ticks_;
  double own_seconds_ = 0;
  std::chrono::steady_clock::time_point began_;
  std::chrono::system_clock::time_point wall_began_;
  std::chrono::nanoseconds clock_jump_{};
  bool measuring_ = false;
};

}  // namespace assay::load

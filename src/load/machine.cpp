#include "load/machine.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <thread>

#include "base/text.hpp"

namespace assay::load {
namespace {

template <class T>
std::optional<T> number(std::string_view text, int base = 10) {
  T out{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

// Files of /proc have no size; they are read to their end.
std::string read_proc(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

double own_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

unsigned open_descriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator entries("/proc/self/fd", error);
  if (error) return 0;
  return static_cast<unsigned>(std::distance(begin(entries), end(entries)));
}

// Between two looks at the processors.
struct Shares {
  double busy = 0, steal = 0, others = 0;  // others: of busy, what is not ours
};

std::optional<Shares> shares(const CpuTicks& from, const CpuTicks& to, double own_seconds) {
  if (to.all() <= from.all()) return std::nullopt;
  const auto all = static_cast<double>(to.all() - from.all());
  const auto share = [&](std::uint64_t then, std::uint64_t now) {
    return now <= then ? 0.0 : static_cast<double>(now - then) / all;
  };
  Shares out{.busy = share(from.busy, to.busy), .steal = share(from.steal, to.steal)};
  const double all_seconds = all / static_cast<double>(std::max(1L, sysconf(_SC_CLK_TCK)));
  out.others = std::max(0.0, out.busy - own_seconds / all_seconds);
  return out;
}

CpuTicks ticks_now() { return parse_cpu_ticks(read_proc("/proc/stat")).value_or(CpuTicks{}); }

}  // namespace

double others_busy_for(std::chrono::milliseconds time) {
  const auto ticks = ticks_now();
  const auto own = own_cpu_seconds();
  std::this_thread::sleep_for(time);
  const auto seen = shares(ticks, ticks_now(), own_cpu_seconds() - own);
  return seen ? seen->others : 0;
}

std::optional<CpuTicks> parse_cpu_ticks(std::string_view proc_stat) {
  for (const auto line : base::split(proc_stat, '\n')) {
    const auto words = base::split(line, ' ');
    if (words.empty() || words[0] != "cpu") continue;
    // user nice system idle iowait irq softirq steal guest guest_nice; guest time is part of user time
    CpuTicks out;
    for (std::size_t i = 1; i < words.size() && i <= 8; ++i) {
      const auto ticks = number<std::uint64_t>(words[i]);
      if (!ticks) return std::nullopt;
      (i == 4 || i == 5 ? out.idle : i == 8 ? out.steal : out.busy) += *ticks;
    }
    if (words.size() < 5) return std::nullopt;
    return out;
  }
  return std::nullopt;
}

std::optional<std::pair<unsigned, unsigned>> parse_port_range(std::string_view port_range) {
  std::vector<unsigned> ports;
  for (const auto line : base::split(port_range, '\n'))
    for (const auto column : base::split(line, '\t'))
      for (const auto word : base::split(column, ' '))
        if (const auto port = number<unsigned>(word)) ports.push_back(*port);
  if (ports.size() != 2 || ports[0] > ports[1] || ports[1] > 65535) return std::nullopt;
  return std::pair(ports[0], ports[1]);
}

unsigned parse_tcp_sockets(std::string_view sockstat) {
  unsigned out = 0;
  for (const auto line : base::split(sockstat, '\n')) {
    const auto words = base::split(line, ' ');
    if (words.empty() || words[0] != "TCP:") continue;
    for (std::size_t i = 1; i + 1 < words.size(); i += 2)
      if (words[i] == "inuse" || words[i] == "tw") out += number<unsigned>(words[i + 1]).value_or(0);
  }
  return out;
}

unsigned most_sockets_to(std::string_view proc_net_tcp, std::span<const std::uint16_t> ports) {
  std::map<std::string_view, unsigned> counts;
  unsigned most = 0;
  for (const auto line : base::split(proc_net_tcp, '\n')) {
    const auto words = base::split(line, ' ');  // sl local_address rem_address ...
    if (words.size() < 4) continue;
    const auto colon = words[2].rfind(':');
    if (colon == std::string_view::npos) continue;
    const auto port = number<std::uint16_t>(words[2].substr(colon + 1), 16);
    if (!port || std::ranges::find(ports, *port) == ports.end()) continue;
    most = std::max(most, ++counts[words[2]]);
  }
  return most;
}

void MachineWatch::begin() {
  ticks_ = ticks_now();
  own_seconds_ = own_cpu_seconds();
  began_ = std::chrono::steady_clock::now();
  wall_began_ = std::chrono::system_clock::now();
  measuring_ = true;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
    facts_.descriptor_limit = static_cast<unsigned>(std::min<rlim_t>(limit.rlim_cur, 1u << 30));
  if (const auto range = parse_port_range(read_proc("/proc/sys/net/ipv4/ip_local_port_range")))
    facts_.port_range = range->second - range->first + 1;
  look();
}

void MachineWatch::look() {
  facts_.most_descriptors = std::max(facts_.most_descriptors, open_descriptors());
  // The list of sockets is long when it matters, and costs time to read: it is looked at only when there are many at all.
  if (parse_tcp_sockets(read_proc("/proc/net/sockstat")) < facts_.port_range / 2) return;
  unsigned most = 0;
  for (const auto* path : {"/proc/net/tcp", "/proc/net/tcp6"})
    most = std::max(most, most_sockets_to(read_proc(path), ports_));
  facts_.most_ports = std::max(facts_.most_ports, most);
}

void MachineWatch::end() {
  if (!measuring_) return;
  measuring_ = false;
  look();
  const auto took = std::chrono::steady_clock::now() - began_;
  clock_jump_ = (std::chrono::system_clock::now() - wall_began_) - took;
  const auto seen = shares(ticks_, ticks_now(), own_cpu_seconds() - own_seconds_);
  if (!seen) return;
  facts_.machine_busy = seen->busy;
  facts_.machine_steal = seen->steal;
  facts_.others_busy = seen->others;
}

}  // namespace assay::load

#include "load/live_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/text.hpp"

namespace assay::load {
namespace {

constexpr std::chrono::nanoseconds kRecent = std::chrono::seconds(10);
constexpr std::size_t kMostKinds = 3;

std::string short_time(std::uint64_t ns, bool utf8) {
  const auto value = static_cast<double>(ns);
  if (ns < 999'500) return fmt::format("{:.0f} {}", value / 1e3, utf8 ? "µs" : "us");
  if (ns < 9'995'000) return fmt::format("{:.2f} ms", value / 1e6);
  if (ns < 999'500'000) return fmt::format("{:.0f} ms", value / 1e6);
  return fmt::format("{:.2f} s", value / 1e9);
}

std::string clock(std::chrono::nanoseconds time) {
  const auto seconds = std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::seconds>(time).count(), 0);
  return seconds < 3600 ? fmt::format("{:02}:{:02}", seconds / 60, seconds % 60)
                        : fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

// The most frequent ones: "12 status 503, 3 timed out, 2 others".
std::string most_frequent(const std::map<std::string, std::uint64_t>& all, const Cleaner& clean) {
  std::vector<std::pair<std::uint64_t, std::string>> sorted;
  for (const auto& [kind, count] : all) sorted.emplace_back(count, kind);
  std::ranges::sort(sorted, std::greater<>());
  std::string out;
  for (std::size_t i = 0; i < std::min(sorted.size(), kMostKinds); ++i)
    out +=
        fmt::format("{}{} {}", out.empty() ? "" : ", ", sorted[i].first, base::printable(clean(sorted[i].second), 60));
  if (sorted.size() > kMostKinds) {
    std::uint64_t others = 0;
    for (std::size_t i = kMostKinds; i < sorted.size(); ++i) others += sorted[i].first;
    out += fmt::format(", {} of {} other kinds", others, sorted.size() - kMostKinds);
  }
  return out;
}

// Cut to `columns`, between code points; not UTF-8: signs of ours and of others that ASCII lacks become "?".
std::string fitted(const std::string& line, std::size_t columns, bool utf8) {
  std::string out;
  std::size_t used = 0;
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    const bool continues = (byte & 0xc0) == 0x80;
    if (!utf8 && byte >= 0x80) {
      if (continues) continue;
      if (used++ >= columns) break;
      out += '?';
      continue;
    }
    if (!continues && used++ >= columns) break;
    out += c;
  }
  return out;
}

std::string bar(const Snapshot& now, bool utf8) {
  constexpr int kCells = 30;
  const double share =
      now.whole.count() > 0
          ? std::clamp(static_cast<double>(now.elapsed.count()) / static_cast<double>(now.whole.count()), 0.0, 1.0)
          : 0;
  const int full = static_cast<int>(std::floor(share * kCells));
  std::string out = "[";
  for (int i = 0; i < kCells; ++i) out += i < full ? (utf8 ? "━" : "#") : (utf8 ? "·" : ".");
  return out + "]";
}

}  // namespace

std::vector<std::string> LiveLines::lines(const Snapshot& now, int width) {
  recent_.push_back(now.last);
  while (recent_.size() > 1 && now.last.to - recent_.front().from > kRecent + std::chrono::milliseconds(500))
    recent_.pop_front();
  Interval recent;
  if (!recent_.empty()) recent = recent_.front();
  for (std::size_t i = 1; i < recent_.size(); ++i) recent.merge(recent_[i]);

  std::vector<std::string> out;
  out.push_back(fmt::format("{} {} of {}{}", bar(now, utf8_), clock(now.elapsed), clock(now.whole),
                            now.warming_up ? "  warming up"
                            : now.draining ? "  waiting for what is under way"
                                           : ""));
  std::string counts =
      fmt::format("flows   {} planned, {} started, {} done, {} failed", now.planned, now.started, now.done, now.failed);
  if (now.dropped > 0) counts += fmt::format(", {} dropped", now.dropped);
  out.push_back(counts);
  std::string flight = fmt::format("now     {} in flight", now.in_flight);
  if (now.waiting > 0) flight += fmt::format(", {} waiting for a user", now.waiting);
  if (now.sessions > 0) flight += fmt::format(", {} prepared", now.sessions);
  const double seconds = std::chrono::duration<double>(recent.to - recent.from).count();
  if (recent.response.count() > 0 && seconds > 0)
    flight += fmt::format("; last {:.0f} s: {:.0f}/s, p50 {}, p99 {}", std::max(seconds, 1.0),
                          static_cast<double>(recent.done) / seconds, short_time(recent.response.percentile(50), utf8_),
                          short_time(recent.response.percentile(99), utf8_));
  out.push_back(flight);
  if (!now.errors.empty()) out.push_back("errors  " + most_frequent(now.errors, clean_));
  if (!now.violations.empty()) out.push_back("broken  " + most_frequent(now.violations, clean_));
  std::string self = "self    ";
  const auto late = recent.lateness.percentile(99);
  if (late > 100'000'000) self += "too slow: ";
  else if (late > 10'000'000 || now.busy > 0.9) self += "at its limit: ";
  else self += "keeps up: ";
  std::vector<std::string> facts;
  if (recent.lateness.count() > 0) facts.push_back("lateness p99 " + short_time(late, utf8_));
  if (now.late > 0) facts.push_back(fmt::format("{} late", now.late));
  facts.push_back(fmt::format("busiest worker {:.0f} %", now.busy * 100));
  out.push_back(self + fmt::format("{}", fmt::join(facts, ", ")));
  for (auto& line : out) line = fitted(line, static_cast<std::size_t>(std::max(width, 20)), utf8_);
  return out;
}

}  // namespace assay::load

// The course of a load run as inline SVG: flows done per second above, p50 and p99 below, on one time axis. Colours and
// strokes come from the style sheet; nothing from a server enters here.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>

#include "report/html.hpp"

namespace assay::report {
namespace {

constexpr double kLeft = 64, kRight = 696, kWidth = 760;
constexpr std::size_t kPoints = 600;

struct Panel {
  double top, bottom, highest;
  double y(double value) const { return bottom - (bottom - top) * std::clamp(value / highest, 0.0, 1.0); }
};

// 1, 2 or 5 times a power of ten, not below `value`.
double round_up(double value) {
  if (value <= 0) return 1;
  const double power = std::pow(10, std::floor(std::log10(value)));
  for (const double factor : {1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0})
    if (factor * power >= value * 0.9999) return factor * power;
  return 10 * power;
}

double x_of(std::size_t index, std::size_t count) {
  return kLeft +
         (kRight - kLeft) * static_cast<double>(index) / static_cast<double>(std::max<std::size_t>(count - 1, 1));
}

// One point per second, or, in long runs, the largest of each stretch: peaks must not get lost.
std::string line(std::string_view name, const Panel& panel, std::size_t count,
                 const std::function<double(std::size_t)>& value) {
  const auto stretch = (count + kPoints - 1) / kPoints;
  std::string path;
  for (std::size_t i = 0; i < count; i += stretch) {
    double highest = value(i);
    for (std::size_t k = i; k < std::min(i + stretch, count); ++k) highest = std::max(highest, value(k));
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : " L", x_of(i, count), panel.y(highest));
  }
  return fmt::format("<path class=\"{}\" d=\"{}\"/>", name, path);
}

std::string axis(const Panel& panel, const std::function<std::string(double)>& words) {
  std::string out;
  for (const double share : {0.0, 0.5, 1.0}) {
    const double y = panel.bottom - (panel.bottom - panel.top) * share;
    out += fmt::format(
        "<line class=\"grid\" x1=\"{}\" y1=\"{:.1f}\" x2=\"{}\" y2=\"{:.1f}\"/><text x=\"{}\" y=\"{:.1f}\" "
        "text-anchor=\"end\">{}</text>",
        kLeft, y, kRight, y, kLeft - 8, y + 4, words(panel.highest * share));
  }
  return out;
}

std::string label(std::string_view name, double y, std::string_view words) {
  return fmt::format("<text class=\"{}-text\" x=\"{}\" y=\"{:.1f}\">{}</text>", name, kRight + 8, y + 4, words);
}

}  // namespace

std::string load_chart(const record::Load& load) {
  const auto& seconds = load.seconds;
  // A last second that the run filled in part only would look like a collapse.
  const auto whole = static_cast<std::size_t>(
      std::max<std::int64_t>(std::chrono::floor<std::chrono::seconds>(load.measured_duration).count(), 0));
  const auto count = whole >= 2 ? std::min(seconds.size(), whole) : seconds.size();
  if (count < 2) return {};
  double most = 1, slowest = 1;
  std::uint64_t failed = 0;
  for (const auto& one : std::span(seconds).first(count)) {
    most =
        std::max({most, static_cast<double>(one.done), load.model == "open" ? static_cast<double>(one.planned) : 0.0});
    slowest = std::max(slowest, static_cast<double>(one.p99_ns));
    failed += one.failed;
  }
  const Panel rate{34, 164, round_up(most)}, times{208, 338, round_up(slowest)};

  std::string out = fmt::format(
      "<svg class=\"chart\" viewBox=\"0 0 {} 372\" role=\"img\" aria-labelledby=\"chart-title\"><title "
      "id=\"chart-title\">Flows done per second and their p50 and "
      "p99 over {} seconds; the table below has the numbers</title>",
      kWidth, count);
  out += "<text x=\"0\" y=\"16\">flows done per second</text><text x=\"0\" y=\"192\">time of the whole flow</text>";
  out += axis(rate, [](double value) { return grouped(static_cast<std::uint64_t>(std::llround(value))); });
  out += axis(times, [](double value) {
    return value <= 0 ? std::string("0") : short_time(static_cast<std::uint64_t>(value));
  });
  for (std::size_t i = 0, ticks = std::min<std::size_t>(count - 1, 4); i <= ticks; ++i) {
    const auto at = (count - 1) * i / ticks;
    out += fmt::format("<text x=\"{:.1f}\" y=\"358\" text-anchor=\"middle\">{} s</text>", x_of(at, count), at + 1);
  }
  if (load.model == "open")
    out += line("planned", rate, count, [&](std::size_t i) { return static_cast<double>(seconds[i].planned); });
  out += line("done", rate, count, [&](std::size_t i) { return static_cast<double>(seconds[i].done); });
  out += line("p99", times, count, [&](std::size_t i) { return static_cast<double>(seconds[i].p99_ns); });
  out += line("p50", times, count, [&](std::size_t i) { return static_cast<double>(seconds[i].p50_ns); });
  // Seconds in which flows failed, as marks between the panels.
  std::size_t marks = 0;
  for (std::size_t i = 0; i < count && marks < kPoints; ++i) {
    if (seconds[i].failed == 0) continue;
    const double x = x_of(i, count);
    out += fmt::format("<path class=\"bad\" d=\"M{:.1f} 172 l4 8 h-8 z\"><title>second {}: {} failed</title></path>", x,
                       i + 1, seconds[i].failed);
    ++marks;
  }
  if (failed > 0) out += label("bad", 176, "failed");

  // The names of lines at their right ends, pushed apart where they would touch.
  double done_y = rate.y(static_cast<double>(seconds[count - 1].done)),
         planned_y = rate.y(static_cast<double>(seconds[count - 1].planned));
  if (load.model == "open") {
    if (std::abs(done_y - planned_y) < 15) (done_y < planned_y ? planned_y : done_y) = std::min(done_y, planned_y) + 15;
    out += label("planned", planned_y, "planned");
  }
  out += label("done", done_y, "done");
  double p50_y = times.y(static_cast<double>(seconds[count - 1].p50_ns));
  const double p99_y = times.y(static_cast<double>(seconds[count - 1].p99_ns));
  if (p50_y - p99_y < 15) p50_y = p99_y + 15;
  out += label("p99", p99_y, "p99");
  out += label("p50", p50_y, "p50");
  return out + "</svg>";
}

}  // namespace assay::report

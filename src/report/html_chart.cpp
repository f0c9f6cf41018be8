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
  std::uint64_t violations = 0;
  for (const auto& one : std::span(seconds).first(count)) {
    most =
        std::max({most, static_cast<double>(one.done), load.model == "open" ? static_cast<double>(one.planned) : 0.0});
    slowest = std::max(slowest, static_cast<double>(one.p99_ns));
  }
  // A strip of our own lateness below, where it was recorded.
  double latest = 0;
  for (const auto& one : std::span(seconds).first(count))
    latest = std::max(latest, static_cast<double>(one.late_p99_ns));
  const bool strip = latest > 0;
  const Panel rate{34, 164, round_up(most)}, times{208, 338, round_up(slowest)},
      late{382, 430, round_up(std::max(latest, 1.0))};
  const double bottom = strip ? late.bottom : times.bottom;

  std::string out = fmt::format(
      "<svg class=\"chart\" viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"chart-title\"><title "
      "id=\"chart-title\">Flows done per second and their p50, p90 and "
      "p99 over {} seconds; the table below has the numbers</title>",
      kWidth, bottom + 34, count);
  out += "<text x=\"0\" y=\"16\">flows done per second</text><text x=\"0\" y=\"192\">time of the whole flow</text>";
  out += axis(rate, [](double value) { return grouped(static_cast<std::uint64_t>(std::llround(value))); });
  out += axis(times, [](double value) {
    return value <= 0 ? std::string("0") : short_time(static_cast<std::uint64_t>(value));
  });
  for (std::size_t i = 0, ticks = std::min<std::size_t>(count - 1, 4); i <= ticks; ++i) {
    const auto at = (count - 1) * i / ticks;
    out += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{} s</text>", x_of(at, count), bottom + 20,
                       at + 1);
  }
  if (load.model == "open")
    out += line("planned", rate, count, [&](std::size_t i) { return static_cast<double>(seconds[i].planned); });
  out += line("done", rate, count, [&](std::size_t i) { return static_cast<double>(seconds[i].done); });
  out += line("p99", times, count, [&](std::size_t i) { return static_cast<double>(seconds[i].p99_ns); });
  if (std::ranges::any_of(seconds, [](const auto& one) { return one.p90_ns > 0; }))
    out += line("p90", times, count, [&](std::size_t i) { return static_cast<double>(seconds[i].p90_ns); });
  if (strip) {
    out += "<text x=\"0\" y=\"366\">lateness of the generator, p99</text>";
    out += axis(late, [](double value) {
      return value <= 0 ? std::string("0") : short_time(static_cast<std::uint64_t>(value));
    });
    out += line("late", late, count, [&](std::size_t i) { return static_cast<double>(seconds[i].late_p99_ns); });
  }
  out += line("p50", times, count, [&](std::size_t i) { return static_cast<double>(seconds[i].p50_ns); });
  // Seconds in which flows failed, as marks between the panels.
  std::size_t marks = 0;
  for (std::size_t i = 0; i < count && marks < kPoints; ++i) {
    const auto& one = seconds[i];
    if (one.failed == 0 && one.violations == 0) continue;
    const double x = x_of(i, count);
    // A rule that was broken is a larger mark than a flow that failed.
    out += fmt::format("<path class=\"bad\" d=\"M{:.1f} {} l{} h-{} z\"><title>second {}: {} failed{}</title></path>",
                       x, one.violations ? 168 : 172, one.violations ? "6 12" : "4 8", one.violations ? 12 : 8, i + 1,
                       one.failed, one.violations ? fmt::format(", {} broken", one.violations) : "");
    violations += one.violations;
    ++marks;
  }
  if (marks > 0) out += label("bad", 176, violations > 0 ? "broken" : "failed");

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

namespace {

// From 0 to the percentile of the slowest flow; each decade of 1/(1-p) takes the same width.
std::string spectrum(std::string_view name, const Panel& panel, double decades, const record::Histogram& histogram) {
  constexpr std::size_t kSteps = 200;
  std::string path;
  for (std::size_t i = 0; i <= kSteps; ++i) {
    const double share = static_cast<double>(i) / kSteps;
    const double percent = 100 * (1 - std::pow(10, -share * decades));
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : " L", kLeft + (kRight - kLeft) * share,
                        panel.y(static_cast<double>(histogram.percentile(percent))));
  }
  return fmt::format("<path class=\"{}\" d=\"{}\"/>", name, path);
}

}  // namespace

std::string percentile_chart(const record::Load& load) {
  const auto count = load.flow_response.count();
  if (count < 100) return {};
  const double decades = std::clamp(std::floor(std::log10(static_cast<double>(count))), 2.0, 6.0);
  const Panel panel{34, 190, round_up(static_cast<double>(load.flow_response.max()))};
  std::string out = fmt::format(
      "<svg class=\"chart\" viewBox=\"0 0 {} 224\" role=\"img\" aria-labelledby=\"spectrum-title\"><title "
      "id=\"spectrum-title\">Time of the whole flow by percentile; the table of times has the numbers</title><text "
      "x=\"0\" "
      "y=\"16\">time of the whole flow, by percentile</text>",
      kWidth);
  out += axis(panel, [](double value) {
    return value <= 0 ? std::string("0") : short_time(static_cast<std::uint64_t>(value));
  });
  for (int i = 0; i <= static_cast<int>(decades); ++i) {
    static constexpr const char* names[] = {"0", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %", "99.9999 %"};
    out += fmt::format("<text x=\"{:.1f}\" y=\"212\" text-anchor=\"middle\">{}</text>",
                       kLeft + (kRight - kLeft) * i / decades, names[i]);
  }
  const bool both = load.model == "open" && load.flow_service.count() > 0;
  if (both) out += spectrum("p50", panel, decades, load.flow_service);
  out += spectrum("p99", panel, decades, load.flow_response);
  double service_y = panel.y(static_cast<double>(load.flow_service.max()));
  const double response_y = panel.y(static_cast<double>(load.flow_response.max()));
  if (std::abs(service_y - response_y) < 15) service_y = response_y + 15;
  out += label("p99", response_y, both ? "from plan" : "flow");
  if (both) out += label("p50", service_y, "from start");
  return out + "</svg>";
}

}  // namespace assay::report

// The course of a load run as inline SVG: arrivals and completions per second; times and our own lateness; times by
// percentile. At most 600 points a line. Colours and strokes come from the style sheet; nothing from a server enters here.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>

#include "report/html.hpp"

namespace assay::report {
namespace {

constexpr double kLeft = 64, kRight = 672, kWidth = 760;
constexpr std::size_t kPoints = 600;

struct Panel {
  double top, bottom, highest;
  double y(double value) const { return bottom - (bottom - top) * std::clamp(value / highest, 0.0, 1.0); }
};

using Value = std::function<double(std::size_t)>;

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
Html line(Markup name, const Panel& panel, std::size_t count, const Value& value) {
  const auto stretch = (count + kPoints - 1) / kPoints;
  Html path;
  for (std::size_t i = 0; i < count; i += stretch) {
    double highest = value(i);
    for (std::size_t k = i; k < std::min(i + stretch, count); ++k) highest = std::max(highest, value(k));
    path += markup("{}{:.1f} {:.1f}", path.empty() ? Markup("M") : Markup(" "), x_of(i, count), panel.y(highest));
  }
  return markup("<path class={} d=\"{}\"/>", name, path);
}

Html axis(const Panel& panel, const std::function<std::string(double)>& words) {
  Html out;
  for (const double share : {0.0, 0.5, 1.0}) {
    const double y = panel.bottom - (panel.bottom - panel.top) * share;
    out += markup(
        "<line class=grid x1={} y1=\"{:.1f}\" x2={} y2=\"{:.1f}\"></line><text x={} y=\"{:.1f}\" "
        "text-anchor=end>{}</text>",
        kLeft, y, kRight, y, kLeft - 8, y + 4, escaped(words(panel.highest * share)));
  }
  return out;
}

std::string time_words(double value) {
  return value <= 0 ? std::string("0") : short_time(static_cast<std::uint64_t>(value));
}
std::string count_words(double value) { return grouped(static_cast<std::uint64_t>(std::llround(value))); }

Html seconds_axis(std::size_t count, double bottom) {
  Html out;
  for (std::size_t i = 0, ticks = std::min<std::size_t>(count - 1, 4); i <= ticks; ++i) {
    const auto at = (count - 1) * i / ticks;
    out += markup("<text x=\"{:.1f}\" y={} text-anchor=middle>{} s</text>", x_of(at, count), bottom + 20, at + 1);
  }
  return out;
}

struct Name {
  Markup line, words;
  double y;
};

// The names of lines at their right ends, pushed apart where they would touch.
Html names(std::vector<Name> all) {
  std::ranges::sort(all, {}, &Name::y);
  Html out;
  double free = 0;
  for (const auto& one : all) {
    const double y = std::max(one.y, free);
    out += markup("<text class={}-text x={} y=\"{:.1f}\">{}</text>", one.line, kRight + 6, y + 4, one.words);
    free = y + 15;
  }
  return out;
}

Html chart(Markup title, double height, const Html& inside) {
  return markup(
      "<svg class=chart viewBox=\"0 0 {} {}\" role=img aria-label=\"{}; the table below has the numbers\">{}</svg>",
      kWidth, height, title, inside);
}

double highest(std::span<const record::LoadSecond> seconds,
               const std::function<double(const record::LoadSecond&)>& value) {
  double out = 1;
  for (const auto& one : seconds) out = std::max(out, value(one));
  return out;
}

// Seconds in which something was broken or failed, on the axis; a broken rule is the larger mark.
Html marks(std::span<const record::LoadSecond> seconds, double bottom) {
  Html out;
  std::size_t count = 0;
  for (std::size_t i = 0; i < seconds.size() && count < kPoints; ++i) {
    const auto& one = seconds[i];
    if (one.failed == 0 && one.violations == 0) continue;
    const int size = one.violations ? 7 : 4;
    out +=
        markup("<path class=bad d=\"M{:.1f} {} l{} {} h-{} z\"><title>second {}: {} failed, {} broken</title></path>",
               x_of(i, seconds.size()), bottom + 1, size, 2 * size, 2 * size, i + 1, one.failed, one.violations);
    ++count;
  }
  return out;
}

Html spectrum(Markup name, const Panel& panel, double decades, const record::Histogram& histogram) {
  constexpr std::size_t kSteps = 200;
  Html path;
  for (std::size_t i = 0; i <= kSteps; ++i) {
    // From 0 to the percentile of the slowest flow; each decade of 1/(1-p) takes the same width.
    const double share = static_cast<double>(i) / kSteps;
    const double percent = 100 * (1 - std::pow(10, -share * decades));
    path += markup("{}{:.1f} {:.1f}", path.empty() ? Markup("M") : Markup(" "), kLeft + (kRight - kLeft) * share,
                   panel.y(static_cast<double>(histogram.percentile(percent))));
  }
  return markup("<path class={} d=\"{}\"/>", name, path);
}

}  // namespace

std::size_t charted_seconds(const record::Load& load) {
  // A last second that the run filled in part only would look like a collapse.
  const auto whole = static_cast<std::size_t>(
      std::max<std::int64_t>(std::chrono::floor<std::chrono::seconds>(load.measured_duration).count(), 0));
  const auto count = whole >= 2 ? std::min(load.seconds.size(), whole) : load.seconds.size();
  return count < 2 ? 0 : count;
}

Html rate_chart(const record::Load& load) {
  const auto seconds = std::span(load.seconds).first(charted_seconds(load));
  if (seconds.empty()) return {};
  const bool open = load.model == "open";
  const Panel panel{14, 150, round_up(highest(seconds, [&](const auto& one) {
                      return static_cast<double>(std::max(one.done, open ? one.planned : one.started));
                    }))};
  const auto arrivals = [&](std::size_t i) {
    return static_cast<double>(open ? seconds[i].planned : seconds[i].started);
  };
  const auto done = [&](std::size_t i) { return static_cast<double>(seconds[i].done); };
  Html out = axis(panel, count_words) + line("planned", panel, seconds.size(), arrivals) +
             line("done", panel, seconds.size(), done);
  out += marks(seconds, panel.bottom) + seconds_axis(seconds.size(), panel.bottom + 12);
  const auto last = seconds.size() - 1;
  out += names({{"planned", open ? Markup("planned") : Markup("started"), panel.y(arrivals(last))},
                {"done", "done", panel.y(done(last))}});
  return chart("Flows that were due and flows that ended, per second", panel.bottom + 40, out);
}

Html time_chart(const record::Load& load) {
  const auto seconds = std::span(load.seconds).first(charted_seconds(load));
  if (seconds.empty()) return {};
  const Panel panel{14, 174,
                    round_up(highest(seconds, [](const auto& one) { return static_cast<double>(one.p99_ns); }))};
  const double latest = highest(seconds, [](const auto& one) { return static_cast<double>(one.late_p99_ns); });
  const bool strip = latest > 1;
  const Panel late{214, 254, round_up(latest)};
  const auto p50 = [&](std::size_t i) { return static_cast<double>(seconds[i].p50_ns); };
  const auto p90 = [&](std::size_t i) { return static_cast<double>(seconds[i].p90_ns); };
  const auto p99 = [&](std::size_t i) { return static_cast<double>(seconds[i].p99_ns); };
  const bool has_p90 = std::ranges::any_of(seconds, [](const auto& one) { return one.p90_ns > 0; });
  const auto last = seconds.size() - 1;
  Html out = axis(panel, time_words) + line("p99", panel, seconds.size(), p99);
  std::vector<Name> all = {{"p50", "p50", panel.y(p50(last))}, {"p99", "p99", panel.y(p99(last))}};
  if (has_p90) {
    out += line("p90", panel, seconds.size(), p90);
    all.push_back({"p90", "p90", panel.y(p90(last))});
  }
  out += line("p50", panel, seconds.size(), p50) + names(all);
  double bottom = panel.bottom;
  if (strip) {
    out += markup("<text x=0 y=204>lateness of the generator, p99</text>") + axis(late, time_words);
    out +=
        line("late", late, seconds.size(), [&](std::size_t i) { return static_cast<double>(seconds[i].late_p99_ns); });
    bottom = late.bottom;
  }
  out += seconds_axis(seconds.size(), bottom);
  return chart("p50, p90 and p99 of the time of a whole flow, per second, and how late the generator was", bottom + 28,
               out);
}

Html percentile_chart(const record::Load& load) {
  const auto count = load.flow_response.count();
  if (count < 100) return {};
  const double decades = std::clamp(std::floor(std::log10(static_cast<double>(count))), 2.0, 6.0);
  const Panel panel{14, 174, round_up(static_cast<double>(load.flow_response.max()))};
  Html out = axis(panel, time_words);
  for (int i = 0; i <= static_cast<int>(decades); ++i) {
    static constexpr Markup kNames[] = {"0", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %", "99.9999 %"};
    out += markup("<text x=\"{:.1f}\" y=196 text-anchor=middle>{}</text>", kLeft + (kRight - kLeft) * i / decades,
                  kNames[i]);
  }
  const bool both = load.model == "open" && load.flow_service.count() > 0;
  const auto last = [&](const record::Histogram& times) {
    return static_cast<double>(times.percentile(100 * (1 - std::pow(10, -decades))));
  };
  std::vector<Name> all = {{"p99", both ? Markup("from plan") : Markup("flow"), panel.y(last(load.flow_response))}};
  if (both) {
    out += spectrum("p50", panel, decades, load.flow_service);
    all.push_back({"p50", "from start", panel.y(last(load.flow_service))});
  }
  out += spectrum("p99", panel, decades, load.flow_response) + names(all);
  return chart("Time of a whole flow by percentile, counted from its planned and from its own start", 206, out);
}

}  // namespace assay::report

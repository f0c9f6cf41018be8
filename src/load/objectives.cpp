#include "load/objectives.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

namespace assay::load {
namespace {

using Metric = rules::LoadObjective::Metric;
constexpr std::chrono::nanoseconds kAbortWindow =
    std::chrono::seconds(10);  // of objectives that end the run, but name none

// What a run and a window have in common.
struct Facts {
  std::uint64_t planned = 0, done = 0, failed = 0, dropped = 0, violations = 0;
  double seconds = 0;
  const record::Histogram* lateness = nullptr;
  record::Histogram times{};  // of what the objective is about
  std::uint64_t of_done = 0, of_failed = 0;
};

struct Seen {
  std::optional<double> value;  // nullopt: there is nothing to judge by
  std::string words;
};

std::string time_words(double ns) {
  if (ns < 999'500) return fmt::format("{:.0f} µs", ns / 1e3);
  if (ns < 9'995'000) return fmt::format("{:.2f} ms", ns / 1e6);
  if (ns < 999'500'000) return fmt::format("{:.0f} ms", ns / 1e6);
  return fmt::format("{:.2f} s", ns / 1e9);
}

std::string share_words(std::uint64_t part, std::uint64_t whole) {
  return fmt::format("{:.3g} %", 100 * static_cast<double>(part) / static_cast<double>(whole));
}

Facts facts_of(const rules::LoadObjective& objective, const record::Load& load) {
  Facts out{.planned = load.planned, .done = load.done, .failed = load.failed, .dropped = load.dropped};
  out.violations = record::count_violations(load);
  out.seconds = std::chrono::duration<double>(load.measured_duration).count();
  out.lateness = &load.lateness;
  if (objective.of.empty() || objective.of == "flow") {
    out.times = load.flow_response;
    out.of_done = load.done;
    out.of_failed = load.failed;
    return out;
  }
  for (const auto& journey : load.journeys) {
    if (journey.rule != objective.of) continue;
    out.times.merge(journey.response);
    out.of_done += journey.done;
    out.of_failed += journey.failed;
  }
  for (const auto& step : load.steps) {
    if (step.name != objective.of) continue;
    out.times.merge(step.service);
    out.of_done += std::max(step.done, step.failed);  // a step without an answer is failed, but not done
    out.of_failed += step.failed;
  }
  return out;
}

Facts facts_of(const rules::LoadObjective& objective, const Interval& interval) {
  Facts out{.planned = interval.planned, .done = interval.done, .failed = interval.failed, .dropped = interval.dropped};
  out.violations = interval.violations;
  out.seconds = std::chrono::duration<double>(interval.to - interval.from).count();
  out.lateness = &interval.lateness;
  if (objective.of.empty() || objective.of == "flow") {
    out.times = interval.response;
    out.of_done = interval.done;
    out.of_failed = interval.failed;
    return out;
  }
  for (const auto* all : {&interval.journeys, &interval.steps})
    for (const auto& one : *all) {
      if (one.name != objective.of) continue;
      out.times.merge(one.times);
      out.of_done += std::max(one.done, one.failed);
      out.of_failed += one.failed;
    }
  return out;
}

Seen seen(const rules::LoadObjective& objective, const Facts& facts) {
  const auto time = [](const record::Histogram& histogram, double value) -> Seen {
    if (histogram.count() == 0) return {std::nullopt, "nothing ended"};
    return {value, time_words(value)};
  };
  switch (objective.metric) {
    case Metric::percentile:
      return time(facts.times, static_cast<double>(facts.times.percentile(objective.percentile)));
    case Metric::mean: return time(facts.times, facts.times.mean());
    case Metric::lateness:
      // The closed model is never late.
      if (facts.lateness->count() == 0) return {0, "0 µs"};
      return time(*facts.lateness, static_cast<double>(facts.lateness->percentile(objective.percentile)));
    case Metric::errors:
      if (facts.of_done == 0) return {std::nullopt, "nothing ended"};
      return {static_cast<double>(facts.of_failed) / static_cast<double>(facts.of_done),
              share_words(facts.of_failed, facts.of_done)};
    case Metric::dropped:
      if (facts.planned == 0) return {std::nullopt, "nothing was planned"};
      return {static_cast<double>(facts.dropped) / static_cast<double>(facts.planned),
              share_words(facts.dropped, facts.planned)};
    case Metric::violations: return {static_cast<double>(facts.violations), std::to_string(facts.violations)};
    case Metric::rate: {
      const double rate = facts.seconds > 0 ? static_cast<double>(facts.done) / facts.seconds : 0;
      return {rate, fmt::format("{:.{}f}/s", rate, rate < 100 ? 1 : 0)};
    }
  }
  return {std::nullopt, ""};
}

bool met(const rules::LoadObjective& objective, const Seen& seen) {
  if (!seen.value) return false;
  return objective.at_least ? *seen.value >= objective.limit : *seen.value < objective.limit;
}

}  // namespace

record::Objective judge_objective(const rules::LoadObjective& objective, const record::Load& load) {
  const auto value = seen(objective, facts_of(objective, load));
  return {.text = objective.text, .met = met(objective, value), .actual = value.words};
}

WindowedObjectives::WindowedObjectives(std::span<const rules::LoadObjective> objectives)
    : objectives_(objectives.begin(), objectives.end()), windows_(objectives.size()) {}

void WindowedObjectives::judge(const rules::LoadObjective& objective, Window& window) {
  const auto value = seen(objective, facts_of(objective, window.filling));
  // A missing value is the worst that can be.
  const double nothing = std::numeric_limits<double>::infinity() * (objective.at_least ? -1 : 1);
  const double now = value.value.value_or(nothing);
  const bool worse = objective.at_least ? now < window.worst : now > window.worst;
  if (window.judged == 0 || worse) {
    window.worst = now;
    window.words = value.words;
    window.worst_at = window.filling.from;
  }
  ++window.judged;
  if (met(objective, value)) return;
  ++window.missed;
  if (objective.abort) window.aborted = true;
}

bool WindowedObjectives::add(const Interval& interval) {
  bool abort = false;
  for (std::size_t i = 0; i < objectives_.size(); ++i) {
    const auto& objective = objectives_[i];
    auto& window = windows_[i];
    if (!objective.window && !objective.abort) continue;
    if (window.begun) window.filling.merge(interval);
    else window.filling = interval;
    window.begun = true;
    const auto& now = window.filling;
    // Intervals are not exactly a second long.
    if (now.to - now.from + std::chrono::milliseconds(200) < objective.window.value_or(kAbortWindow)) continue;
    if (now.planned > 0 || now.done > 0) judge(objective, window);
    window.begun = false;
    window.filling = {};
    abort = abort || window.aborted;
  }
  return abort;
}

std::vector<record::Objective> WindowedObjectives::results(const record::Load& load) const {
  std::vector<record::Objective> out;
  for (std::size_t i = 0; i < objectives_.size(); ++i) {
    const auto& objective = objectives_[i];
    auto window = windows_[i];
    if (window.judged == 0 && window.begun) judge(objective, window);
    auto result = judge_objective(objective, load);
    result.aborted = window.aborted;
    if (window.aborted || (objective.window && window.judged > 0)) {
      result.met = window.missed == 0;
      result.actual = window.words;
      if (window.missed > 0)
        result.actual +=
            fmt::format(" at {:.0f} s, {} of {} windows", std::chrono::duration<double>(window.worst_at).count(),
                        window.missed, window.judged);
    }
    if (objective.window) result.window = *objective.window;
    out.push_back(std::move(result));
  }
  return out;
}

}  // namespace assay::load

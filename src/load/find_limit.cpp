#include "load/find_limit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "load/objectives.hpp"

namespace assay::load {
namespace {

constexpr std::chrono::nanoseconds kSettle = std::chrono::seconds(2);
constexpr double kKeptUp = 0.95;  // share of the planned flows that must have ended: below, a queue is growing

LimitStep judged(double rate, std::span<const rules::LoadObjective> objectives, const record::Load& load) {
  LimitStep out;
  out.point.rate = rate;
  const double seconds = std::chrono::duration<double>(load.measured_duration).count();
  out.point.achieved = seconds > 0 ? static_cast<double>(load.done) / seconds : 0;
  out.point.p50_ns = load.flow_response.percentile(50);
  out.point.p99_ns = load.flow_response.percentile(99);
  out.point.done = load.done;
  out.point.failed = load.failed;
  const auto miss = [&](std::string why) {
    if (out.point.why.empty()) out.point.why = std::move(why);
  };
  out.generator = load.trust == "invalid";
  if (out.generator)
    miss("the generator was too slow" + (load.trust_reasons.empty() ? "" : ": " + load.trust_reasons.front()));
  for (const auto& objective : objectives)
    if (const auto result = judge_objective(objective, load); !result.met) miss(result.text + ": " + result.actual);
  if (static_cast<double>(load.done) < kKeptUp * static_cast<double>(load.planned))
    miss(fmt::format("{} of {} flows had ended: a queue is growing", load.done, load.planned));
  out.point.met = out.point.why.empty();
  return out;
}

}  // namespace

record::Limit search_limit(const LimitSearch& search,
                           const std::function<std::optional<LimitStep>(double rate)>& run_once) {
  record::Limit out;
  double met = 0, missed = 0;  // the highest and the lowest rate of each kind; 0: none yet
  double rate = std::clamp(search.first, search.lowest, search.highest);
  while (out.curve.size() < search.most_steps) {
    const auto step = run_once(rate);
    if (!step) break;
    out.curve.push_back(step->point);
    if (step->point.met) met = rate;
    else {
      missed = rate;
      out.reached_generator = step->generator;  // of the lowest that was missed: whose limit it is
    }
    if (met > 0 && (met >= search.highest || (missed > 0 && missed <= met * (1 + search.precision)))) break;
    if (met == 0 && missed <= search.lowest) break;
    // Rates that matter lie on a logarithmic scale: the middle of 100 and 400 is 200.
    if (missed == 0) rate = std::min(met * 2, search.highest);
    else if (met == 0) rate = std::max(missed / 2, search.lowest);
    else rate = std::sqrt(met * missed);
    if (rate > 20) rate = std::round(rate);
    if (rate == met || rate == missed) break;
  }
  out.rate = met;
  return out;
}

FoundLimit find_limit(const rules::LoadPlan& plan, std::span<const rules::LoadObjective> objectives,
                      const std::function<std::optional<record::Load>(const rules::LoadPlan&)>& run_once,
                      const std::function<void(const FoundLimit&)>& told) {
  FoundLimit out;
  double best = 0;
  LimitSearch search;
  if (!plan.stages.empty() && plan.stages.front().from > 0) search.first = plan.stages.front().from;
  const auto step = [&](double rate) -> std::optional<LimitStep> {
    auto now = plan;
    now.model = rules::LoadModel::open;
    now.stages = {{rate, rate, plan.duration}};
    if (now.warm_up < kSettle) now.warm_up = kSettle;
    auto load = run_once(now);
    if (!load) return std::nullopt;
    const auto result = judged(rate, objectives, *load);
    if (result.point.met ? rate > best : best == 0) out.load = std::move(*load);
    if (result.point.met) best = std::max(best, rate);
    out.limit.curve.push_back(result.point);
    out.limit.rate = best;
    if (told) told(out);
    return result;
  };
  out.limit = search_limit(search, step);
  return out;
}

}  // namespace assay::load

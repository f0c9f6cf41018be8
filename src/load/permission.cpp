#include "load/permission.hpp"

#include <fmt/format.h>

#include <cmath>

#include "base/text.hpp"

namespace assay::load {
namespace {

constexpr std::chrono::minutes kLongestPreparation{10};

// Flows are prepared before the arrivals begin, at the rate of the permission.
std::string refuse_preparation(const rules::LoadPlan& plan, const std::string& foreign, double allowed,
                               std::span<const Trial> trials) {
  double requests = 0, flows = 0;
  for (std::size_t i = 0; i < plan.journeys.size(); ++i) {
    if (!plan.journeys[i].act_only) continue;
    const double pool = pool_of(plan, plan.journeys[i]);
    flows += pool;
    requests += pool * requests_of_arranging(trials[i]);
  }
  const std::chrono::duration<double> takes(requests / allowed);
  if (takes <= kLongestPreparation) return "";
  return fmt::format(
      "preparing {:.0f} flows takes {:.0f} requests, at the {:.4g} per second that the permission for {} allows {}; "
      "use a "
      "pool of {:.0f}",
      flows, requests, allowed, foreign,
      base::format_duration(std::chrono::duration_cast<std::chrono::nanoseconds>(takes)),
      std::max(1.0, std::floor(flows * (kLongestPreparation / takes))));
}

}  // namespace

std::string refuse_permission(const rules::LoadPlan& plan, const rules::Target& target, const std::string& foreign,
                              std::string_view today) {
  if (foreign.empty()) return "";
  const auto& permission = target.permission;
  if (!permission)
    return foreign +
           " is not this machine, and the target file does not say that it may be loaded; add to it: "
           "\"permission\": { \"who\": \"name, team\", \"until\": \"2027-01-31\", \"rate\": 50 }";
  if (permission->until < today) return "the permission to load " + foreign + " ended on " + permission->until;
  const double peak = highest_rate(plan);
  if (peak <= 0)
    return "the permission for " + foreign + " names a rate, which the closed model cannot keep; use --rate";
  // Every flow has one request at least.
  if (peak > permission->rate)
    return fmt::format(
        "this plan starts {:.4g} flows per second; the permission for {} allows {:.4g} requests per second", peak,
        foreign, permission->rate);
  return "";
}

std::string refuse_rate(const rules::LoadPlan& plan, const rules::Target& target, const std::string& foreign,
                        std::span<const Trial> trials) {
  if (foreign.empty() || !target.permission) return "";
  const double each = requests_per_flow(plan, trials), peak = highest_rate(plan), allowed = target.permission->rate;
  if (peak * each <= allowed) return refuse_preparation(plan, foreign, allowed, trials);
  return fmt::format(
      "this plan sends too much: {:.4g} flows/s x {:.3g} requests = {:.4g} requests per second, and the permission for "
      "{} "
      "allows {:.4g}; at most --rate {:.3g}",
      peak, each, peak * each, foreign, allowed, allowed / each * 0.999);
}

std::optional<PreparingLimit> preparing_limit(const rules::LoadPlan& plan, const rules::Target& target,
                                              const std::string& foreign, std::span<const Trial> trials) {
  if (foreign.empty() || !target.permission) return std::nullopt;
  const double allowed = target.permission->rate;
  return PreparingLimit{allowed, std::max(0.0, allowed - highest_rate(plan) * requests_per_flow(plan, trials))};
}

}  // namespace assay::load

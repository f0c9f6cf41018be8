#include "load/arrival_plan.hpp"

#include <cmath>

namespace assay::load {
namespace {

double seconds(std::chrono::nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }

double arrivals(const rules::LoadStage& stage) { return (stage.from + stage.to) / 2 * seconds(stage.duration); }

// When `count` arrivals have come since the stage began: from*t + (to-from)/(2*duration)*t*t = count.
double when(const rules::LoadStage& stage, double count) {
  if (count <= 0) return 0;  // the root below would be 0/0 where a ramp begins with nothing
  const double bend = (stage.to - stage.from) / (2 * seconds(stage.duration));
  if (bend == 0) return count / stage.from;
  // This form of the root does not cancel, and has no trouble with from = 0.
  return 2 * count / (stage.from + std::sqrt(std::max(0.0, stage.from * stage.from + 4 * bend * count)));
}

}  // namespace

ArrivalPlan::ArrivalPlan(std::span<const rules::LoadStage> stages, rules::ArrivalProcess process, unsigned worker,
                         unsigned workers, std::uint64_t seed)
    : position_(worker), workers_(workers), poisson_(process == rules::ArrivalProcess::poisson),
      random_(seed * 0x9E3779B97F4A7C15u + worker + 1) {
  std::chrono::nanoseconds begins{};
  for (const auto& stage : stages) {
    if (stage.duration.count() > 0 && arrivals(stage) > 0) segments_.push_back({stage, total_, begins});
    total_ += arrivals(stage);
    begins += stage.duration;
  }
  if (poisson_) {
    position_ = 0;
    advance();
  }
}

std::optional<std::chrono::nanoseconds> ArrivalPlan::next() const {
  // An arrival that is due at the very end is not due any more; sums of products are off by a few in the last place.
  if (position_ >= total_ - 1e-9 * std::max(1.0, total_)) return std::nullopt;
  const double slack = 1e-9 * std::max(1.0, position_);
  std::size_t at = 0;
  while (at + 1 < segments_.size() && segments_[at + 1].before <= position_ + slack) ++at;
  const auto& segment = segments_[at];
  const double count = std::max(0.0, position_ - segment.before);
  const double within = std::min(when(segment.stage, count), seconds(segment.stage.duration));
  return segment.begins + std::chrono::nanoseconds(static_cast<std::int64_t>(within * 1e9));
}

void ArrivalPlan::advance() {
  position_ += poisson_ ? gap_(random_) * static_cast<double>(workers_) : static_cast<double>(workers_);
}

std::vector<rules::LoadStage> with_warm_up(const rules::LoadPlan& plan) {
  std::vector<rules::LoadStage> out = plan.stages;
  if (plan.warm_up.count() > 0 && !out.empty())
    out.insert(out.begin(), {out.front().from, out.front().from, plan.warm_up});
  return out;
}

double mean_rate(std::span<const rules::LoadStage> stages) {
  double all = 0, time = 0;
  for (const auto& stage : stages) {
    all += arrivals(stage);
    time += seconds(stage.duration);
  }
  return time > 0 ? all / time : 0;
}

std::chrono::nanoseconds total_duration(const rules::LoadPlan& plan) {
  if (plan.model == rules::LoadModel::closed) return plan.duration;
  std::chrono::nanoseconds out{};
  for (const auto& stage : plan.stages) out += stage.duration;
  return out;
}

}  // namespace assay::load

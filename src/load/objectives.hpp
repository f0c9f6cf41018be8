// Whether a run reached what it had to reach: over the whole run, and in each window while it goes on. Pure: reads what was
// measured, knows no clock.
#pragma once
#include <span>
#include <vector>

#include "load/snapshot.hpp"
#include "record/run.hpp"
#include "rules/load_plan.hpp"

namespace assay::load {

// Over the whole run, window or not. Without any sample of what it is about, it is missed.
record::Objective judge_objective(const rules::LoadObjective& objective, const record::Load& load);

// Judges objectives in windows that follow one another, fed with what happened since the last call.
class WindowedObjectives {
 public:
  explicit WindowedObjectives(std::span<const rules::LoadObjective> objectives);

  // True: an objective that ends the run was missed.
  bool add(const Interval& interval);
  // All objectives in their order. A window that the run did not fill counts only when there is no other.
  std::vector<record::Objective> results(const record::Load& load) const;

 private:
  struct Window {
    Interval filling{};
    bool begun = false;
    unsigned judged = 0, missed = 0;
    double worst = 0;
    std::string words{};  // of the worst
    std::chrono::nanoseconds worst_at{};
    bool aborted = false;
  };

  static void judge(const rules::LoadObjective& objective, Window& window);

  std::vector<rules::LoadObjective> objectives_;
  std::vector<Window> windows_;  // one for each objective
};

}  // namespace assay::load

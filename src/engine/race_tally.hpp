// Sums up the waves of a rule, with the outcomes of the trials kept apart.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "engine/wave.hpp"
#include "record/run.hpp"
#include "rules/rule.hpp"

namespace assay::engine {

class RaceTally {
 public:
  // `one_winner`: the rule wants at most one copy to win.
  RaceTally(unsigned planned, bool one_winner);

  void add_wave(const Wave& wave, rules::Verb verb);
  // A trial ended, after its waves were added. `survivors`: tokens of the wave that still worked, when somebody asked.
  void end_trial(bool violated, std::optional<unsigned> survivors);
  void end(std::string why);

  const record::Race& race() const { return race_; }
  std::chrono::nanoseconds median_latency() const;

 private:
  record::Race race_;
  std::vector<std::chrono::nanoseconds> latencies_, spreads_;
  // Of the trial that is running.
  std::size_t usable_ = 0, winners_ = 0, token_sets_ = 0;
};

}  // namespace assay::engine

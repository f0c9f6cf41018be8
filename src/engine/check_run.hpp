// Runs the rules of a profile against a target and turns what the sessions found into verdicts.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/capabilities.hpp"
#include "engine/preflight.hpp"
#include "engine/recorder.hpp"
#include "engine/schedule.hpp"
#include "engine/throttle.hpp"
#include "engine/verdicts.hpp"
#include "net/slots.hpp"
#include "rules/library.hpp"

namespace assay::engine {

using TransportFactory = std::function<std::unique_ptr<net::Transport>()>;

// Told about progress; called on the run's thread.
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void rule_started(std::size_t done, std::size_t total, const rules::Rule& rule) = 0;
  // `exchanges`: those of the rule, numbered from 1, as it refers to them.
  virtual void rule_finished(const record::Rule& rule, const std::vector<record::Exchange>& exchanges) = 0;
};

struct CheckOptions {
  bool slow = false;             // also rules that wait real time
  unsigned concurrency = 1;      // rules at a time; 1 once the server has asked to slow down
  Throttle* throttle = nullptr;  // null: nobody pauses
  // Fresh values repeat for the same seed, rule and case; without, they come from the system.
  std::optional<std::uint64_t> seed{};
  int sample_limit = 0;      // most repetitions of a sampled step, for quick tests of the rules; 0: as each rule says
  unsigned race_trials = 0;  // in place of the trials that rules with a race say; 0: as they say
  unsigned most_trials = 0;  // never more than this; 0: no limit
};

class CheckRun {
 public:
  CheckRun(const rules::Library& library, const rules::Profile& profile, const BoundTarget& target,
           const PreflightResult& preflight, TransportFactory transports, net::Timekeeper& time, CheckOptions options,
           Recorder& recorder, Progress& progress);
  ~CheckRun();
  CheckRun(const CheckRun&) = delete;
  CheckRun& operator=(const CheckRun&) = delete;

  // Runs `rules` as schedule() says and appends to the recorder's run, in the order of the schedule whichever ended first.
  // Stops early when `stop` becomes true: what was not run is recorded as interrupted.
  net::awaitable<void> run(const std::vector<const rules::Rule*>& rules, const bool& stop);

 private:
  struct Part;
  net::awaitable<void> run_lane(std::span<Part> lane, const bool& stop);
  net::awaitable<void> run_part(Part& part, const bool& stop);
  net::awaitable<void> confirm(Part& part, const bool& stop);
  net::awaitable<void> run_again(Part& part);
  void tell(Part& part, bool interrupted);
  net::awaitable<record::Rule> run_rule(const rules::Rule& rule, const BoundTarget& target, Recorder& recorder);
  bool was_cut_off(const Part& part) const;
  bool is_doubtful(const Part& part) const;
  void append(Part& part);
  record::Rule describe(const rules::Rule& rule) const;

  const rules::Library& library_;
  const BoundTarget& target_;
  const BoundTarget swapped_target_;  // its second user is the first: for the second lane
  const PreflightResult& preflight_;
  TransportFactory transports_;
  net::Timekeeper& time_;
  CheckOptions options_;
  Recorder& recorder_;
  Progress& progress_;
  Oracle oracle_;
  Capabilities capabilities_;
  Verdicts verdicts_;
  net::Slots slots_;
  std::size_t done_ = 0, total_ = 0;
  unsigned second_attempts_ = 0;
};

}  // namespace assay::engine

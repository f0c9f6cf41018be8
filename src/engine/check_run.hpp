// Runs the rules of a profile against a target and turns what the sessions found into verdicts.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/capabilities.hpp"
#include "engine/preflight.hpp"
#include "engine/recorder.hpp"
#include "rules/library.hpp"

namespace assay::engine {

using TransportFactory = std::function<std::unique_ptr<net::Transport>()>;

// Told about progress; called on the run's thread.
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void rule_started(std::size_t done, std::size_t total, const rules::Rule& rule) = 0;
  virtual void rule_finished(const record::Rule& rule) = 0;
};

// The rules that `profile`, `preset` (nullptr: all of the profile) and the globs of `only` select, cases included, in the
// order in which they should run: those that give capabilities first, those that wait last.
std::vector<const rules::Rule*> select_rules(const rules::Library& library, const rules::Profile& profile,
                                             const std::vector<std::string>& only,
                                             const rules::Preset* preset = nullptr);

class CheckRun {
 public:
  CheckRun(const rules::Library& library, const rules::Profile& profile, const BoundTarget& target,
           const PreflightResult& preflight, TransportFactory transports, net::Timekeeper& time, bool slow,
           Recorder& recorder, Progress& progress);

  // Runs `rules` one after the other and appends to the recorder's run. Stops early when `stop` becomes true: what was not
  // run is recorded as interrupted.
  net::awaitable<void> run(const std::vector<const rules::Rule*>& rules, const bool& stop);

 private:
  net::awaitable<record::Rule> run_rule(const rules::Rule& rule);
  net::awaitable<void> observe_for(const rules::Rule& rule);
  record::Rule describe(const rules::Rule& rule) const;
  void judge(const rules::Rule& rule, Session& session, record::Rule& out);
  record::Check judge_check(const rules::Rule& rule, std::size_t index, Session& session) const;

  const rules::Library& library_;
  const rules::Profile& profile_;
  const BoundTarget& target_;
  const PreflightResult& preflight_;
  TransportFactory transports_;
  net::Timekeeper& time_;
  Recorder& recorder_;
  Progress& progress_;
  Oracle oracle_;
  Capabilities capabilities_;
};

}  // namespace assay::engine

// run.json of a check that goes on: every rule that has ended, and the others as interrupted.
#pragma once
#include <functional>
#include <utility>
#include <vector>

#include "cli/journal.hpp"
#include "engine/check_run.hpp"
#include "net/client.hpp"
#include "record/run_json.hpp"

namespace assay::cli {

// A rule that nothing was asked for.
record::Rule unasked(const rules::Rule& rule, record::Verdict verdict, std::string reason);

class CheckJournal final : public engine::Progress {
 public:
  // `run` and `redactor` are those of the run; `conclude` makes result and exits of a run. `next` is told, too.
  CheckJournal(const std::string& path, const record::Run& run, const record::Redactor& redactor,
               std::function<void(record::Run&)> conclude, engine::Progress& next);

  // What comes before the rules is in the run. Writes until end() is called; run beside the check.
  net::awaitable<void> keep(const std::vector<const rules::Rule*>& rules);
  void end();

  void rule_started(std::size_t done, std::size_t total, const rules::Rule& rule) override;
  void rule_finished(const record::Rule& rule, const std::vector<record::Exchange>& exchanges) override;

 private:
  void add(record::Rule rule, std::vector<record::Exchange> exchanges);
  void write();

  Journal journal_;
  const record::Run& run_;
  const record::Redactor& redactor_;
  std::function<void(record::Run&)> conclude_;
  engine::Progress& next_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::vector<std::pair<record::Rule, std::vector<record::Exchange>>> ended_;  // and not yet added
  std::map<std::string, record::Rule> outlines_;  // of all, by full id, with their verdicts
  std::optional<record::GrowingRunJson> document_;
  net::RealTime time_;
  bool over_ = false;
};

}  // namespace assay::cli

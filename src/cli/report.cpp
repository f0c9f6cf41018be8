// assay report: a recorded run in another form, and several load runs added up. Sends nothing.
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/setup.hpp"
#include "load/objectives.hpp"
#include "record/merge_runs.hpp"
#include "record/run_json.hpp"

namespace assay::cli {
namespace {

// What can be said anew of the sum is said anew; windows are what they were in the parts.
void judge_again(record::Load& load) {
  for (auto& one : load.objectives) {
    if (one.window.count() > 0 || one.aborted) continue;
    const auto objective = rules::parse_objective(one.text);
    if (!objective) continue;
    auto anew = load::judge_objective(*objective, load);
    if (!anew.met) anew.waived = one.waived;
    one = std::move(anew);
  }
}

// All exit codes of the parts, in their order of precedence; that of objectives by those of the sum.
std::vector<int> exits_of(const record::Run& sum, std::vector<int> of_parts) {
  std::erase(of_parts, kPassed);
  std::erase(of_parts, kObjectiveMissed);
  if (record::misses_objectives(*sum.load)) of_parts.push_back(kObjectiveMissed);
  std::vector<int> out;
  for (const int exit : {int{kInterrupted}, int{kBlocked}, int{kFailed}, int{kObjectiveMissed}, int{kNotTrustworthy}})
    if (std::ranges::find(of_parts, exit) != of_parts.end()) out.push_back(exit);
  if (out.empty()) out.push_back(kPassed);
  return out;
}

std::string result_of(int exit) {
  if (exit == kPassed || exit == kNotTrustworthy) return "PASS";
  return exit == kInterrupted ? "INTERRUPTED" : exit == kBlocked ? "BLOCKED" : "FAIL";
}

std::string shown(const Options& options, const record::Run& run) {
  const record::Redactor none;  // run.json holds no secret
  const auto style = terminal_style(options, STDOUT_FILENO);
  if (run.load) return report::terminal_load(run, none, style);
  return run.command == "doctor" ? report::terminal_doctor(run, none, style) : report::terminal_check(run, none, style);
}

int finish_report(const Options& options, const record::Run& run) {
  std::fputs(shown(options, run).c_str(), stdout);
  std::fflush(stdout);
  return write_outputs(options, run, record::Redactor()) ? kPassed : kUsage;
}

}  // namespace

int report(const Options& options) {
  if (const auto stop = unwritable(options)) return report_stop(*stop);
  const auto run = read_record(options.record);
  if (!run) return report_stop(run.error());
  if (!options.hgrm.empty() && !run->load)
    return report_stop({kUsage, options.record + " records no load run; --hgrm has nothing to write"});
  return finish_report(options, *run);
}

int report_merge(const Options& options) {
  if (const auto stop = unwritable(options)) return report_stop(*stop);
  if (options.records.size() < 2) return report_stop({kUsage, "name at least two run.json files to merge"});
  std::optional<record::Run> sum;
  std::vector<int> exits;
  for (const auto& path : options.records) {
    auto run = read_record(path);
    if (!run) return report_stop(run.error());
    exits.insert(exits.end(), run->exits.begin(), run->exits.end());
    if (!sum) {
      if (!run->load) return report_stop({kUsage, path + " records no load run; only runs of assay load add up"});
      sum = std::move(*run);
      continue;
    }
    auto merged = record::merge_runs(*sum, *run);
    if (!merged)
      return report_stop({kUsage, path + " does not add up with " + options.records.front() + ": " +
                                      base::printable(merged.error(), 600)});
    sum = std::move(*merged);
  }
  judge_again(*sum->load);
  sum->exits = exits_of(*sum, std::move(exits));
  sum->result = result_of(sum->exits.front());
  return finish_report(options, *sum);
}

}  // namespace assay::cli

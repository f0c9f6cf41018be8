// assay replay: one rule of a recorded run once more, with the same seed, profile and target; does it end as it did?
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>

#include "base/text.hpp"
#include "cli/checked.hpp"
#include "report/view.hpp"
#include "rules/reader.hpp"

namespace assay::cli {
namespace {

Stop usage(std::string message) { return {kUsage, std::move(message)}; }

// The target file of the recorded run: as it was named there, from here or from where the record is.
std::expected<std::string, Stop> target_of(const Options& options, const record::Run& run) {
  if (!options.target.empty() || run.target_file.empty()) return options.target;
  std::error_code error;
  const auto beside = std::filesystem::path(options.record).parent_path() / run.target_file;
  for (const auto& path : {run.target_file, beside.string()})
    if (std::filesystem::exists(path, error)) return path;
  return std::unexpected(usage("the target file of that run, " + base::printable(run.target_file) +
                               ", is not there any more; name it with --target FILE"));
}

std::expected<record::Run, Stop> read_check(const std::string& path) {
  auto run = read_record(path);
  if (!run) return std::unexpected(run.error());
  if (run->command != "check")
    return std::unexpected(usage(path + " records an assay " + base::printable(run->command, 40) +
                                 "; replay repeats rules of assay check"));
  return std::move(*run);
}

// "check" of a rule -> its verdict; the rule's own verdict when there are no checks.
std::map<std::string, record::Verdict> verdicts(const record::Run& run, const std::string& id) {
  std::map<std::string, record::Verdict> out;
  for (const auto& rule : run.rules) {
    if (rule.id != id && rule.full_id() != id) continue;
    out[rule.full_id()] = rule.verdict;
    for (const auto& check : rule.checks) out[rule.full_id() + " " + check.name] = check.verdict;
  }
  return out;
}

std::string compared(const record::Run& then, const record::Run& now, const std::string& id) {
  const auto before = verdicts(then, id), after = verdicts(now, id);
  std::string out;
  const auto add = [&](const std::string& name, std::string_view was, std::string_view is) {
    out += "         " + base::printable(name) + ": was " + std::string(was) + ", is " + std::string(is) + "\n";
  };
  for (const auto& [name, verdict] : before) {
    const auto found = after.find(name);
    if (found == after.end()) add(name, to_string(verdict), "not judged any more");
    else if (found->second != verdict) add(name, to_string(verdict), to_string(found->second));
  }
  for (const auto& [name, verdict] : after)
    if (!before.contains(name)) add(name, "not there", to_string(verdict));
  const std::string of =
      " as in the run of " + report::day_and_time(then.started) + " (seed " + std::to_string(then.seed) + ")\n";
  out = out.empty() ? "Replay   the same verdicts" + of : "Replay   not the same" + of + out;
  if (then.ruleset_hash != now.ruleset_hash) out += "         the rules have changed since then\n";
  return out;
}

}  // namespace

int replay(const Options& options) {
  const auto then = read_check(options.record);
  if (!then) return report_stop(then.error());
  std::vector<std::string> ids;
  for (const auto& rule : then->rules)
    for (const auto& id : {rule.id, rule.full_id()})
      if (std::ranges::find(ids, id) == ids.end()) ids.push_back(id);
  if (std::ranges::find(ids, options.id) == ids.end())
    return report_stop(usage("there is no rule \"" + base::printable(options.id, 80) + "\" in " + options.record +
                             "; " + rules::suggestion(options.id, ids)));
  const auto target = target_of(options, *then);
  if (!target) return report_stop(target.error());
  Options again = options;
  again.target = *target;
  again.profile = then->profile;
  again.only = {options.id};
  again.seed = then->seed;
  again.slow = true;  // it ran, so it was allowed to wait
  if (again.target.empty()) again.defects = then->defects;
  const auto checked = run_check(again);
  if (!checked) return report_stop(checked.error());
  const auto& now = **checked;
  return finish(again, now,
                report::terminal_check(now.run, now.redactor, terminal_style(again, STDOUT_FILENO)) +
                    compared(*then, now.run, options.id));
}

}  // namespace assay::cli

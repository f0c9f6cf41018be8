// Gathers what is wrong out of rules and load, and sorts it.
#include "report/findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.hpp"

namespace assay::report {
namespace {

using record::Level;
using record::Verdict;

constexpr const char* kMockTarget = "scenarios/targets/mock.jsonc";

bool threatens(const record::Rule& rule, const record::Check& check) {
  return rule.threat && std::ranges::find(rule.threat->checks, check.name) != rule.threat->checks.end();
}

Finding of_check(const record::Run& run, const record::Rule& rule, const record::Check& check) {
  const bool threat = threatens(rule, check);
  return {.id = rule.id,
          .case_name = rule.case_name,
          .check = check.name,
          .level = check.level,
          .verdict = check.verdict,
          .title = rule.title,
          .story = rule.story,
          .path = rule.path,
          .reference = check.reference,
          .url = check.url,
          .requirement = check.requirement,
          .expected = check.expected,
          .actual = check.actual,
          .advice = check.advice,
          .reason = check.reason,
          .gain = threat ? rule.threat->gain : "",
          .threat = threat ? rule.threat->how : "",
          .client = rule.clients.empty() ? "" : rule.clients.front(),
          .evidence = check.evidence,
          .place = place_of(run, rule.clients)};
}

Finding of_load(const record::Run& run, std::string id, std::string check, Verdict verdict) {
  Finding out;
  out.id = std::move(id);
  out.check = std::move(check);
  out.level = verdict == Verdict::warn ? Level::should : Level::must;
  out.verdict = verdict;
  out.under_load = true;
  out.place = place_of(run, {});
  return out;
}

void add_load(const record::Run& run, const record::Load& load, std::vector<Finding>& out) {
  std::vector<std::string> told;
  for (const auto& one : load.invariants) {
    const auto verdict = verdict_of(one);
    if (verdict != Verdict::fail && verdict != Verdict::warn && verdict != Verdict::waived) continue;
    auto& finding = out.emplace_back(of_load(run, one.id, one.check, verdict));
    if (verdict == Verdict::waived) finding.level = one.level;
    finding.reason = one.waived;
    told.push_back(one.id + "#" + one.check);
    finding.title = one.title;
    finding.reference = one.reference;
    finding.requirement = one.title;
    finding.expected = "it holds for every answer under load";
    finding.actual = invariant_words(one);
    finding.advice = one.advice;
    finding.evidence = one.evidence;
  }
  for (const auto& [name, count] : load.violations) {
    if (std::ranges::find(told, name) != told.end()) continue;
    const auto cut = std::min(name.rfind('#'), name.size());
    auto& finding = out.emplace_back(
        of_load(run, name.substr(0, cut), cut < name.size() ? name.substr(cut + 1) : "", Verdict::fail));
    const auto with_case = std::min(finding.id.find('#'), finding.id.size());
    if (with_case < finding.id.size()) finding.case_name = finding.id.substr(with_case + 1);
    finding.id.resize(with_case);
    finding.title = finding.requirement = "A rule that holds for one is broken under load";
    finding.expected = "the check holds in every flow";
    finding.actual = fmt::format("broken {}", base::plural(count, "time"));
    for (const auto& example : load.examples)
      if (example.rule + "#" + example.check == name && finding.evidence.empty()) finding.evidence = example.evidence;
  }
  for (const auto& one : load.objectives) {
    if (one.met) continue;
    auto& finding = out.emplace_back(of_load(run, "load/objective", one.text, verdict_of(one)));
    finding.reason = one.waived;
    if (one.window.count() > 0) finding.check += " in each " + base::format_duration(one.window);
    finding.title = finding.requirement = "An objective of the load plan is missed";
    finding.expected = one.text;
    finding.actual = objective_words(one);
  }
}

}  // namespace

std::string Finding::name() const {
  return id + (case_name.empty() ? "" : "#" + case_name) + (check.empty() ? "" : "#" + check);
}

Place place_of(const record::Run& run, const std::vector<std::string>& clients) {
  Place out{run.target_file.empty() ? kMockTarget : run.target_file, 1};
  const auto look = [&](const std::string& name) {
    const auto found = run.target_lines.find(name);
    if (found != run.target_lines.end()) out.line = std::max(found->second, 1);
    return found != run.target_lines.end();
  };
  for (const auto& client : clients)
    if (look("client." + client)) return out;
  if (!look("issuer")) look("endpoints");
  return out;
}

std::vector<Finding> findings(const record::Run& run) {
  std::vector<Finding> all, out;
  for (const auto& rule : run.rules)
    for (const auto& check : rule.checks)
      if (check.verdict == Verdict::fail || check.verdict == Verdict::warn || check.verdict == Verdict::waived)
        all.push_back(of_check(run, rule, check));
  if (run.load) add_load(run, *run.load, all);
  for (const auto verdict : {Verdict::fail, Verdict::warn, Verdict::waived})
    for (const auto level : {Level::must, Level::should, Level::may, Level::observe})
      for (std::size_t rank = 0; rank <= gain_rank(""); ++rank)
        std::ranges::copy_if(all, std::back_inserter(out), [&](const Finding& one) {
          return one.verdict == verdict && one.level == level && gain_rank(one.gain) == rank;
        });
  return out;
}

}  // namespace assay::report

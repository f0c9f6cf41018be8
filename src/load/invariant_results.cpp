#include "load/invariant_results.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "rules/invariant.hpp"

namespace assay::load {
namespace {

std::string milliseconds(std::uint64_t ns) {
  return base::format_duration(std::chrono::nanoseconds(static_cast<std::int64_t>(ns)));
}

// "code/single-use#second-use-denied", of a journey called "code/single-use" or, with a case, "code/single-use#x".
bool is_of(const std::string& gathered, const std::string& rule) {
  const auto id = gathered.substr(0, gathered.rfind('#'));
  return rule == id || rule.substr(0, rule.find('#')) == id;
}

// Whether it gathered what revocations came to.
bool gather(const rules::Check& check, const record::Load& load, record::Invariant& out) {
  std::uint64_t unknown = 0;
  bool planned = false, revokes = false;
  for (const auto& name : check.gathers)
    for (const auto& journey : load.journeys) {
      if (!is_of(name, journey.rule)) continue;
      planned = true;
      for (const auto& one : journey.checks) {
        if (one.name != name.substr(name.rfind('#') + 1)) continue;
        out.held += one.held;
        out.broken += one.broken;
        unknown += one.unknown;
        revokes |= journey.rule.starts_with("revoke/");
        if (one.broken > 0 && out.finding.empty()) out.finding = journey.rule + "#" + one.name + " did not hold";
      }
    }
  if (out.held + out.broken == 0)
    out.not_judged =
        planned ? "what ran beside the journeys says nothing about it (" + std::to_string(unknown) + " inconclusive)"
                : check.gathers.front().substr(0, check.gathers.front().rfind('#')) +
                      " did not run beside the journeys: name it in \"beside\" of the plan";
  return revokes;
}

template <class Judge>
std::vector<record::Invariant> results(std::span<const rules::Rule* const> rules, const Judge& judge) {
  std::vector<record::Invariant> out;
  for (const auto* rule : rules)
    for (const auto& check : rule->checks) {
      auto& one = out.emplace_back();
      one.id = rule->id;
      one.check = check.name;
      one.title = rules::describe_invariant(*rule, check);
      one.clause = check.clause;
      one.advice = check.advice;
      judge(check, one);
    }
  return out;
}

}  // namespace

std::vector<record::Invariant> invariant_results(std::span<const rules::Rule* const> rules, const Invariants& watched,
                                                 const record::Load& load) {
  return results(rules, [&](const rules::Check& check, record::Invariant& one) {
    if (!check.gathers.empty()) {
      const auto& times = watched.time_to_dead();
      if (gather(check, load, one) && times.count() > 0)
        one.finding += (one.finding.empty() ? "" : "; ") + std::string("seen dead after p50 ") +
                       milliseconds(times.percentile(50)) + ", p99 " + milliseconds(times.percentile(99));
    } else if (const auto which = find_watched(check.name)) {
      one.held = watched.watch(*which).held;
      one.broken = watched.watch(*which).broken;
      one.not_judged = watched.why_not_judged(*which);
      one.finding = watched.finding(*which);
    }
  });
}

std::vector<record::Invariant> invariants_so_far(std::span<const rules::Rule* const> rules,
                                                 const InvariantCounts& counts, const record::Load& load) {
  return results(rules, [&](const rules::Check& check, record::Invariant& one) {
    const auto which = find_watched(check.name);
    if (!check.gathers.empty()) {
      gather(check, load, one);
    } else if (which) {
      const auto& watch = counts.watches[static_cast<std::size_t>(*which)];
      const bool of_users = *which == Watched::own_subject || *which == Watched::subjects_differ;
      one.held = watch.held;
      one.broken = watch.broken;
      one.finding = watch.finding;
      if (one.broken == 0 && of_users && counts.signed_in < 2) one.not_judged = "fewer than two users signed in";
      else if (one.broken == 0 && one.held == 0) one.not_judged = "nothing of the kind was seen until then";
    }
  });
}

void complete_invariants(std::vector<record::Invariant>& out, const rules::Library& library,
                         const rules::Profile& profile) {
  for (auto& one : out) {
    const auto clause = library.clauses.find(one.clause);
    if (clause == library.clauses.end()) {
      one.level = record::Level::observe;
      continue;
    }
    one.reference = clause->second.reference();
    const auto keyword = profile.keyword(one.id, one.check, clause->second.keyword);
    one.level = record::parse_level(rules::level_of_keyword(keyword)).value_or(record::Level::may);
  }
  std::erase_if(out, [&](const auto& one) { return !profile.judges(one.id, one.check); });
}

std::vector<std::string> failing_invariants(const rules::Library& library, const rules::Profile& profile) {
  std::vector<std::string> out;
  for (const auto* rule : invariant_rules(library, profile))
    for (const auto& check : rule->checks) {
      if (check.clause.empty() || !profile.judges(rule->id, check.name)) continue;
      const auto keyword = profile.keyword(rule->id, check.name, library.clauses.at(check.clause).keyword);
      if (rules::level_of_keyword(keyword) == "MUST") out.push_back(rule->id + "#" + check.name);
    }
  return out;
}

std::vector<const rules::Rule*> invariant_rules(const rules::Library& library, const rules::Profile& profile) {
  std::vector<const rules::Rule*> out;
  for (const auto& rule : library.rules)
    if (!rule.invariant.empty() && profile.includes(rule.id)) out.push_back(&rule);
  return out;
}

}  // namespace assay::load

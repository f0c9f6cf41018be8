#include "engine/schedule.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"

namespace assay::engine {
namespace {

using rules::Rule;
using RuleList = std::vector<const Rule*>;

bool gives_something(const Rule& rule) {
  return std::ranges::any_of(rule.checks, [](const rules::Check& check) { return !check.gives.empty(); });
}

std::set<std::string> observed_needs(const Rule& rule) {
  std::set<std::string> out;
  const auto add = [&](const std::vector<std::string>& needs) {
    for (const auto& need : needs)
      if (need.starts_with("observed.")) out.insert(need);
  };
  add(rule.needs);
  for (const auto& check : rule.checks) add(check.needs);
  return out;
}

// Those that give capabilities, then the ordinary ones, then those that need observations, then those that wait.
int order_of(const Rule& rule) {
  if (rule.has_tag("slow")) return 3;
  if (!observed_needs(rule).empty()) return 2;
  return gives_something(rule) ? 0 : 1;
}

bool waits(const Rule& rule) {
  for (const auto* steps : {&rule.arrange, &rule.act, &rule.control})
    for (const auto& step : *steps)
      if (step.verb == rules::Verb::wait) return true;
  return rule.has_tag("slow") ||
         std::ranges::any_of(rule.checks, [](const rules::Check& check) { return check.settle.count() > 0; });
}

bool names_second_user(const Rule& rule) {
  for (const auto* steps : {&rule.arrange, &rule.act, &rule.control})
    for (const auto& step : *steps)
      if (step.user != 0) return true;
  return std::ranges::find(rule.needs, "user.second") != rule.needs.end();
}

// The rules that give what `rules` need and nobody of them gives: with --only, they run without being reported.
RuleList unseen_observers(const RuleList& rules, const rules::Library& library) {
  RuleList out;
  RuleList known = rules;
  for (std::size_t i = 0; i < known.size(); ++i)
    for (const auto& need : observed_needs(*known[i])) {
      const auto gives = [&](const Rule& rule) {
        return std::ranges::any_of(rule.checks, [&](const rules::Check& check) { return check.gives == need; });
      };
      if (std::ranges::any_of(known, [&](const Rule* rule) { return gives(*rule); })) continue;
      for (const auto& rule : library.rules) {
        if (!gives(rule)) continue;
        out.push_back(&rule);
        known.push_back(&rule);
      }
    }
  return out;
}

// The same lane whatever else was selected: a rule that is repeated alone logs in as the same user.
std::size_t lane_of(const Rule& rule, std::size_t lanes) {
  std::size_t sum = 0;
  for (const char c : rule.full_id()) sum = sum * 31 + static_cast<unsigned char>(c);
  return sum % lanes;
}

}  // namespace

bool is_destructive(const Rule& rule) {
  if (rule.has_tag("destructive") || rule.has_tag("race")) return true;
  std::set<std::pair<int, rules::Field>> used;
  const auto used_before = [&](const rules::Template& value) {
    return value.size() == 1 && value[0].kind == rules::Piece::Kind::field &&
           !used.insert({value[0].slot, value[0].field}).second;
  };
  for (const auto* steps : {&rule.arrange, &rule.act, &rule.control})
    for (const auto& step : *steps) {
      if (step.verb == rules::Verb::revoke) return true;
      if (step.verb != rules::Verb::token) continue;
      for (const auto& parameter : step.parameters)
        if ((parameter.name == "code" || parameter.name == "refresh_token") && used_before(parameter.value))
          return true;
    }
  for (const auto& check : rule.checks)
    if (check.that.kind == rules::That::Kind::refreshable && used_before(check.that.values[0])) return true;
  return false;
}

std::vector<const Rule*> select_rules(const rules::Library& library, const rules::Profile& profile,
                                      const std::vector<std::string>& only, const rules::Preset* preset) {
  RuleList out;
  for (const auto& rule : library.rules) {
    // A rule that is asked for by its name runs whether or not the profile has it: so new rules are tried.
    const bool named =
        std::ranges::any_of(only, [&](const std::string& name) { return name == rule.id || name == rule.full_id(); });
    if (!named && (!profile.includes(rule.id) || (preset && !preset->includes(rule.id)))) continue;
    const bool wanted = only.empty() || std::ranges::any_of(only, [&](const std::string& glob) {
                          return base::matches_glob(glob, rule.id) || base::matches_glob(glob, rule.full_id());
                        });
    if (wanted) out.push_back(&rule);
  }
  std::ranges::sort(out, {},
                    [](const Rule* rule) { return std::pair(order_of(*rule), rule); });  // keeps the order within
  return out;
}

std::vector<Phase> schedule(const std::vector<const Rule*>& rules, const rules::Library& library,
                            const ScheduleOptions& options) {
  RuleList all = unseen_observers(rules, library);
  all.insert(all.end(), rules.begin(), rules.end());
  const std::size_t lanes = std::max<std::size_t>(1, options.users);
  RuleList observers, careful_observers, slow, ordinary, both_users, alone;
  std::vector<RuleList> destructive(lanes);
  for (const auto* rule : all) {
    const bool shifts_clock = !options.real_time && waits(*rule);
    const bool careful = shifts_clock || is_destructive(*rule);
    if (gives_something(*rule)) {
      const bool first = !careful && observed_needs(*rule).empty();
      (first ? observers : careful_observers).push_back(rule);
    } else if (shifts_clock || rule->has_tag("race")) {  // a race is for one: others would blur its timing
      alone.push_back(rule);
    } else if (careful && names_second_user(*rule)) {
      both_users.push_back(rule);
    } else if (careful) {
      destructive[lane_of(*rule, lanes)].push_back(rule);
    } else if (rule->has_tag("slow")) {
      slow.push_back(rule);
    } else {
      ordinary.push_back(rule);
    }
  }
  // Those that wait begin first, so that the whole takes about as long as the longest wait.
  slow.insert(slow.end(), ordinary.begin(), ordinary.end());
  std::vector<Phase> out;
  const auto add = [&](std::vector<RuleList> phase, bool shared) {
    std::erase_if(phase, [](const RuleList& lane) { return lane.empty(); });
    if (!phase.empty()) out.push_back({std::move(phase), shared});
  };
  add({observers}, false);  // few, and much depends on them
  add({careful_observers}, false);
  add({slow}, true);
  // An empty lane must stay: the number of a lane is the number of its user.
  if (std::ranges::any_of(destructive, [](const RuleList& lane) { return !lane.empty(); }))
    out.push_back({std::move(destructive), false});
  add({both_users}, false);
  add({alone}, false);
  return out;
}

}  // namespace assay::engine

// Holds a load plan against the rules there are: do they exist, can they be run as journeys, is there what objectives name?
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "rules/library.hpp"
#include "rules/load_plan.hpp"

namespace assay::rules {
namespace {

const Rule* find_rule(const Library& library, std::string_view id) {
  for (const auto& rule : library.rules)
    if (rule.full_id() == id) return &rule;
  return nullptr;
}

bool in_steps(const Rule& rule, auto&& holds) {
  return std::ranges::any_of(rule.arrange, holds) || std::ranges::any_of(rule.act, holds);
}

class PlanCheck {
 public:
  PlanCheck(const LoadPlan& plan, const Library& library) : plan_(plan), library_(library) {
    for (const auto& rule : library.rules) ids_.push_back(rule.full_id());
  }

  std::vector<PlanProblem> all() {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < plan_.journeys.size(); ++i) journey(i, seen);
    for (std::size_t i = 0; i < plan_.beside.size(); ++i) {
      const std::string at = "/beside/" + std::to_string(i) + "/rule";
      const auto& id = plan_.beside[i].rule;
      if (id.empty()) continue;
      if (!seen.insert(id).second) say(at, "the rule \"" + id + "\" is in this plan already", "give it one share");
      known(id, at);
    }
    for (std::size_t i = 0; i < plan_.objectives.size(); ++i) objective(i);
    return std::move(problems_);
  }

 private:
  void say(std::string pointer, std::string message, std::string hint = "") {
    problems_.push_back({std::move(pointer), std::move(message), std::move(hint)});
  }

  const Rule* known(const std::string& id, const std::string& at) {
    if (const auto* rule = find_rule(library_, id)) return rule;
    std::vector<std::string> cases;
    for (const auto& other : ids_)
      if (other.starts_with(id + "#")) cases.push_back(other);
    if (!cases.empty()) say(at, "the rule \"" + id + "\" has cases; one of them is needed", suggestion("", cases));
    else if (auto hint = suggestion(id, ids_); !hint.empty())
      say(at, "there is no rule \"" + id + "\"", std::move(hint));
    else say(at, "there is no rule \"" + id + "\"", meant_as_journeys());
    return nullptr;
  }

  std::string meant_as_journeys() const {
    std::string out;
    for (const auto& rule : library_.rules)
      if (rule.has_tag("journey")) out += (out.empty() ? "meant as journeys are: " : ", ") + rule.full_id();
    return out;
  }

  void journey(std::size_t index, std::set<std::string>& seen) {
    const std::string at = "/journeys/" + std::to_string(index);
    const auto& journey = plan_.journeys[index];
    if (journey.rule.empty()) return;
    if (!seen.insert(journey.rule).second)
      say(at + "/rule", "the rule \"" + journey.rule + "\" is in this plan already", "give it one weight");
    const auto* rule = known(journey.rule, at + "/rule");
    if (!rule) return;
    if (in_steps(*rule, [](const Step& step) { return step.race.has_value(); }))
      say(at + "/rule", "\"" + journey.rule + "\" is a race, and no journey", "put it under \"beside\", with a share");
    else if (rule->has_tag("slow") || in_steps(*rule, [](const Step& step) { return step.verb == Verb::wait; }))
      say(at + "/rule", "\"" + journey.rule + "\" waits, and cannot be a journey",
          "put it under \"beside\", with a share");
    if (journey.act_only && rule->arrange.empty())
      say(at + "/measure", "\"" + journey.rule + "\" arranges nothing, so there is nothing to prepare",
          "leave out \"measure\"");
  }

  void objective(std::size_t index) {
    const auto& objective = plan_.objectives[index];
    if (objective.of.empty()) return;
    std::vector<std::string> names = {"flow"};
    const auto add = [&](const std::vector<Step>& steps) {
      for (const auto& step : steps)
        if (std::ranges::find(names, step.name) == names.end()) names.push_back(step.name);
    };
    for (const auto& journey : plan_.journeys) {
      const auto* rule = find_rule(library_, journey.rule);
      if (!rule) return;  // said already; its steps are anybody's guess
      names.push_back(journey.rule);
      if (!journey.act_only) add(rule->arrange);
      add(rule->act);
    }
    if (std::ranges::find(names, objective.of) == names.end())
      say("/objectives/" + std::to_string(index), "no journey has a step called \"" + objective.of + "\"",
          suggestion(objective.of, names));
  }

  const LoadPlan& plan_;
  const Library& library_;
  std::vector<std::string> ids_;
  std::vector<PlanProblem> problems_;
};

}  // namespace

std::vector<PlanProblem> check_load_plan(const LoadPlan& plan, const Library& library) {
  return PlanCheck(plan, library).all();
}

void report_plan_problems(const SourceFile& file, std::span<const PlanProblem> found, base::Diagnostics& problems) {
  base::Diagnostics ignored;
  Document document{file.path, base::scan_json_positions(file.path, file.content, ignored), problems};
  const Json nothing;
  for (const auto& one : found) Node(document, nothing, one.pointer).problem(one.message, one.hint);
}

}  // namespace assay::rules

#include "cli/listing.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace assay::cli {
namespace {

using Json = nlohmann::ordered_json;
using engine::Fate;

// In the order of the enumeration.
constexpr const char* kFates[] = {"runs", "depends", "waits", "lacks", "load-only", "not-in-preset", "not-in-profile"};

const char* word_of(Fate fate) { return kFates[static_cast<std::size_t>(fate)]; }

Json checks_of(const rules::Library& library, const rules::Rule& rule) {
  Json out = Json::array();
  for (const auto& check : rule.checks) {
    Json one = {{"name", check.name}};
    if (check.clause.empty()) {
      one["observes"] = check.question;
    } else {
      const auto& clause = library.clauses.at(check.clause);
      one["clause"] = check.clause;
      one["reference"] = clause.reference();
      one["keyword"] = clause.keyword;
      Json levels = Json::object();
      for (const auto& [id, profile] : library.profiles)
        if (profile.includes(rule.id))
          levels[id] = rules::level_of_keyword(profile.keyword(rule.id, check.name, clause.keyword));
      one["levels"] = std::move(levels);
    }
    one["needs"] = check.needs;
    out.push_back(std::move(one));
  }
  return out;
}

Json names_including(const auto& map, const std::string& rule) {
  Json out = Json::array();
  for (const auto& [id, selection] : map)
    if (selection.includes(rule)) out.push_back(id);
  return out;
}

Json rule_of(const rules::Library& library, std::span<const engine::Prospect> cases) {
  const auto& rule = *cases.front().rule;
  Json names = Json::array();
  std::vector<std::string> needs;
  auto best = cases.begin();
  for (auto one = cases.begin(); one != cases.end(); ++one) {
    if (!one->rule->case_name.empty()) names.push_back(one->rule->case_name);
    for (const auto& need : one->rule->needs)
      if (std::ranges::find(needs, need) == needs.end()) needs.push_back(need);
    if (one->fate < best->fate) best = one;
  }
  return {{"id", rule.id},
          {"title", rule.title},
          {"file", rule.path},
          {"cases", std::move(names)},
          {"checks", checks_of(library, rule)},
          {"needs", needs},
          {"tags", rule.tags},
          {"profiles", names_including(library.profiles, rule.id)},
          {"presets", names_including(library.presets, rule.id)},
          {"fate", word_of(best->fate)},
          {"why", best->reason}};
}

}  // namespace

std::vector<std::string> members(const rules::Library& library, const rules::Selection& selection) {
  std::vector<std::string> out;
  for (const auto& id : library.rule_ids())
    if (selection.includes(id)) out.push_back(id);
  return out;
}

std::string list_json(const rules::Library& library, const std::vector<std::span<const engine::Prospect>>& grouped,
                      const Options& options, const Scope& scope) {
  Json rules = Json::array();
  std::size_t cases = 0, checks = 0, runs = 0;
  for (const auto& rule : grouped) {
    cases += rule.size();
    checks += rule.front().rule->checks.size();
    rules.push_back(rule_of(library, rule));
    if (rules.back()["fate"] == word_of(Fate::runs)) ++runs;
  }
  const Json out = {{"count", grouped.size()},
                    {"cases", cases},
                    {"checks", checks},
                    {"runs", runs},
                    {"profile", scope.profile->id},
                    {"preset", scope.preset ? scope.preset->id : ""},
                    {"target", options.target},
                    {"ruleset", library.hash},
                    {"rules", std::move(rules)}};
  return out.dump(2);
}

std::string profiles_json(const rules::Library& library) {
  const auto describe = [&](const rules::Selection& selection) {
    const auto rules = members(library, selection);
    return Json{{"id", selection.id},         {"title", selection.title}, {"summary", selection.summary},
                {"frozen", selection.frozen}, {"count", rules.size()},    {"rules", rules}};
  };
  Json profiles = Json::array(), presets = Json::array();
  for (const auto& [id, profile] : library.profiles) {
    auto one = describe(profile);
    one["levels"] = Json::object();
    for (const auto& [glob, keyword] : profile.levels) one["levels"][glob] = keyword;
    profiles.push_back(std::move(one));
  }
  for (const auto& [id, preset] : library.presets) presets.push_back(describe(preset));
  const Json out = {{"profiles", std::move(profiles)},
                    {"presets", std::move(presets)},
                    {"default", {{"profile", kDefaultProfile}, {"preset", kDefaultPreset}}}};
  return out.dump(2);
}

}  // namespace assay::cli

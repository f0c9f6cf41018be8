// assay list: which rules there are and which a profile would run. assay explain: one rule in prose.
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cli/setup.hpp"
#include "engine/check_run.hpp"

namespace assay::cli {

int list(const Options& options) {
  auto library = load_rules(options);
  if (!library) return report_stop(library.error());
  Options asked = options;
  if (asked.profile.empty() && asked.preset.empty()) asked.profile = rules::kEveryRule;
  const auto scope = find_scope(*library, asked);
  if (!scope) return report_stop(scope.error());
  const auto* profile = &scope->profile;
  auto rules = engine::select_rules(*library, **profile, options.only, scope->preset);
  std::ranges::sort(rules, {}, [](const rules::Rule* rule) { return std::pair(rule->id, rule); });
  if (rules.empty())
    return report_stop({kNothingSelected, "no rule of the profile " + (*profile)->id + " matches --only"});
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  std::string topic;
  std::size_t count = 0;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const auto& rule = *rules[i];
    if (i > 0 && rules[i - 1]->id == rule.id) continue;
    ++count;
    const auto cases = std::ranges::count(rules, rule.id, &rules::Rule::id);
    if (options.format == "json") {
      out.push_back({{"id", rule.id},
                     {"title", rule.title},
                     {"cases", cases},
                     {"checks", rule.checks.size()},
                     {"tags", rule.tags},
                     {"needs", rule.needs}});
      continue;
    }
    if (rule.topic() != topic) std::printf("%s%s\n", topic.empty() ? "" : "\n", rule.topic().c_str());
    topic = rule.topic();
    std::string note;
    if (cases > 1) note += " (" + std::to_string(cases) + " cases)";
    if (rule.has_tag("slow")) note += " (slow)";
    if (rule.has_tag("journey")) note += " (journey)";
    std::printf("  %-36s %s%s\n", rule.id.c_str(), rule.title.c_str(), note.c_str());
  }
  if (options.format == "json") std::printf("%s\n", out.dump(2).c_str());
  else
    std::printf("\n%s in profile %s: %s\n", base::plural(count, "rule").c_str(), (*profile)->id.c_str(),
                (*profile)->title.c_str());
  return kPassed;
}

int explain(const Options& options) {
  auto library = load_rules(options);
  if (!library) return report_stop(library.error());
  std::vector<const rules::Rule*> cases;
  for (const auto& rule : library->rules)
    if (rule.id == options.id || rule.full_id() == options.id) cases.push_back(&rule);
  if (cases.empty())
    return report_stop({kUsage, "there is no rule \"" + options.id + "\"; " + suggest_rule(*library, options.id)});
  std::fputs(rules::explain(*library, cases).c_str(), stdout);
  return kPassed;
}

}  // namespace assay::cli

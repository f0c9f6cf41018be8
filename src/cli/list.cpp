// assay list: which rules there are, which of them would run, and why the others would not. assay explain: one rule in prose.
#include <algorithm>
#include <cstdio>
#include <map>

#include "base/text.hpp"
#include "cli/listing.hpp"
#include "cli/setup.hpp"

namespace assay::cli {
namespace {

using engine::Fate;

constexpr std::size_t kWidth = 80;

std::string why(const engine::Prospect& prospect, const Scope& scope) {
  switch (prospect.fate) {
    case Fate::not_in_profile: return "not in profile " + scope.profile->id;
    case Fate::not_in_preset: return "not in preset " + scope.preset->id;
    case Fate::waits: return "waits in real time: add --slow";
    default: return prospect.reason;
  }
}

bool may_run(const engine::Prospect& prospect) { return prospect.fate == Fate::runs || prospect.fate == Fate::depends; }

std::string plural_of_rules(std::size_t count) { return base::plural(count, "rule"); }

// A line for one rule that runs; its cases stand in [first, last).
void print_rule(std::span<const engine::Prospect> cases, const rules::Profile& profile) {
  const auto& rule = *cases.front().rule;
  std::vector<std::string> notes;
  const auto running = static_cast<std::size_t>(std::ranges::count_if(cases, may_run));
  if (running < cases.size()) notes.push_back(std::to_string(running) + " of " + base::plural(cases.size(), "case"));
  else if (cases.size() > 1) notes.push_back(base::plural(cases.size(), "case"));
  for (const char* tag : {"slow", "journey", "intrusive"})
    if (rule.has_tag(tag)) notes.push_back(tag);
  for (const auto& prospect : cases)
    if (prospect.fate == Fate::depends) {
      notes.push_back("if there is " + prospect.reason);
      break;
    }
  for (const auto& check : rule.checks)
    if (!profile.judges(rule.id, check.name)) notes.push_back("without " + check.name);
  std::string note;
  for (const auto& part : notes) note += (note.empty() ? " (" : ", ") + part;
  std::printf("  %-36s %s%s\n", rule.id.c_str(), rule.title.c_str(), (note + (note.empty() ? "" : ")")).c_str());
}

// Words in lines that fit the terminal.
void print_wrapped(const std::vector<std::string>& words, std::size_t indent) {
  std::string line(indent, ' ');
  for (const auto& word : words) {
    if (line.size() > indent && line.size() + word.size() + 1 > kWidth) {
      std::printf("%s\n", line.c_str());
      line.assign(indent, ' ');
    }
    line += (line.size() > indent ? " " : "") + word;
  }
  std::printf("%s\n", line.c_str());
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  for (const auto word : base::split(text, ' ')) out.emplace_back(word);
  return out;
}

using Grouped = std::vector<std::span<const engine::Prospect>>;  // one element a rule, its cases

Grouped by_rule(const std::vector<engine::Prospect>& prospects) {
  Grouped out;
  for (std::size_t i = 0, end = 0; i < prospects.size(); i = end) {
    for (end = i; end < prospects.size() && prospects[end].rule->id == prospects[i].rule->id;) ++end;
    out.emplace_back(prospects.data() + i, end - i);
  }
  return out;
}

void print(const Grouped& grouped, const Options& options, const Scope& scope, bool everything) {
  std::size_t runs = 0, depend = 0, never = 0;
  std::string topic;
  // Reason -> rules, or cases where only some of a rule's are left out. What we can change comes first.
  std::map<std::pair<Fate, std::string>, std::vector<std::string>> left;
  for (const auto cases : grouped) {
    const auto& rule = *cases.front().rule;
    const bool any = std::ranges::any_of(cases, may_run);
    for (const auto& prospect : cases) {
      if (may_run(prospect)) continue;
      auto& ids = left[{prospect.fate, why(prospect, scope)}];
      const auto id = any ? prospect.rule->full_id() : rule.id;
      if (ids.empty() || ids.back() != id) ids.push_back(id);
    }
    if (!any) {
      ++never;
      continue;
    }
    ++(std::ranges::any_of(cases, [](const auto& one) { return one.fate == Fate::runs; }) ? runs : depend);
    if (rule.topic() != topic) std::printf("%s%s\n", topic.empty() ? "" : "\n", rule.topic().c_str());
    topic = rule.topic();
    print_rule(cases, *scope.profile);
  }
  if (!left.empty()) std::printf("%sWhat does not run, and why\n", topic.empty() ? "" : "\n");
  for (const auto& [key, ids] : left) {
    print_wrapped(words_of(std::to_string(ids.size()) + ": " + key.second), 2);
    print_wrapped(ids, 6);
  }
  if (everything) {
    std::printf("\n%s. What a profile runs and what not: assay list --profile NAME\n", plural_of_rules(runs).c_str());
    return;
  }
  std::string summary = plural_of_rules(runs) + " in " + scope.words() + ", against " +
                        (options.target.empty() ? "the bundled mock" : options.target);
  if (depend > 0) summary += "; " + std::to_string(depend) + " more if discovery or other rules find what they need";
  if (never > 0) summary += "; " + std::to_string(never) + " not";
  std::printf("\n");
  print_wrapped(words_of(summary + "."), 0);
}

}  // namespace

int list(const Options& given) {
  const auto settled = with_target(given);
  if (!settled) return report_stop(settled.error());
  const auto& options = *settled;
  auto library = load_rules(options);
  if (!library) return report_stop(library.error());
  // Nothing named: all there is. A target without a profile: what `check` would do with it.
  const bool everything = options.profile.empty() && options.preset.empty() && options.target.empty();
  Options asked = options;
  if (everything) asked.profile = rules::kEveryRule;
  const auto scope = find_scope(*library, asked);
  if (!scope) return report_stop(scope.error());
  std::optional<rules::Target> target;
  if (!options.target.empty()) {
    auto read = read_target(options);
    if (!read) return report_stop(read.error());
    target = std::move(*read);
  }
  const auto prospects = engine::forecast(*library, *scope->profile, scope->preset, options.only,
                                          target ? &*target : nullptr, options.slow);
  if (prospects.empty()) {
    std::string message = "no rule matches --only";
    for (const auto& glob : options.only) message += " " + glob;
    for (const auto& glob : options.only)
      if (const auto hint = suggest_rule(*library, glob); !hint.empty()) message += "; " + hint;
    return report_stop({kNothingSelected, message});
  }
  const auto grouped = by_rule(prospects);
  if (options.format == "json") std::printf("%s\n", list_json(*library, grouped, options, *scope).c_str());
  else print(grouped, options, *scope, everything);
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

#include "rules/waivers.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/day.hpp"
#include "base/text.hpp"

namespace assay::rules {
namespace {

std::string filled_text(const Node& entry, std::string_view name, const std::string& hint) {
  const auto member = entry.required(name);
  if (!member) return "";
  auto text = member->string();
  if (!text) return "";
  if (base::trim(*text).empty()) member->problem("\"" + std::string(name) + "\" is empty", hint);
  return *text;
}

// Says what is unknown about a rule and its check.
void check_names(const Node& entry, const WaiverEntry& waiver, const Library& library) {
  if (waiver.rule.empty()) return;
  const auto rule_node = *entry.member("rule");
  if (waiver.rule.find_first_of("*?") != std::string::npos)
    return rule_node.problem("a waiver names one rule, without wildcards", "write an entry for each");
  if (waiver.rule == kWaivedObjective) {
    if (const auto objective = parse_objective(waiver.check); !waiver.check.empty() && !objective)
      entry.member("check")->problem(objective.error());
    return;
  }
  std::vector<std::string> ids, checks;
  for (const auto& rule : library.rules) {
    ids.push_back(rule.id);
    ids.push_back(rule.full_id());
    if (rule.id == waiver.rule || rule.full_id() == waiver.rule)
      for (const auto& check : rule.checks) checks.push_back(check.name);
  }
  if (checks.empty()) {
    auto hint = suggestion(waiver.rule, ids);
    // A check where a case could stand.
    const auto cut = waiver.rule.rfind('#');
    if (cut != std::string::npos && std::ranges::find(ids, waiver.rule.substr(0, cut)) != ids.end())
      hint = "the name of the check goes into \"check\": \"" + base::printable(waiver.rule.substr(cut + 1), 60) + "\"";
    return rule_node.problem("there is no rule \"" + base::printable(waiver.rule, 80) + "\"", hint);
  }
  if (!waiver.check.empty() && std::ranges::find(checks, waiver.check) == checks.end())
    entry.member("check")->problem(
        "rule " + waiver.rule + " has no check \"" + base::printable(waiver.check, 80) + "\"",
        suggestion(waiver.check, checks));
}

void check_until(const Node& entry, const WaiverEntry& waiver, std::chrono::sys_days today) {
  if (waiver.until.empty()) return;
  const auto node = *entry.member("until");
  const auto day = base::parse_day(waiver.until);
  const auto latest = today + std::chrono::days(kLongestWaiver);
  if (!day) node.problem("\"" + base::printable(waiver.until, 40) + "\" is not a day", "write it as 2027-01-31");
  else if (*day > latest)
    node.problem("a waiver ends within " + std::to_string(kLongestWaiver) + " days",
                 "the latest day is " + base::format_day(latest) + "; renew it then if it must be");
}

}  // namespace

bool is_of_load(const WaiverEntry& entry, const Library& library) {
  return entry.rule == kWaivedObjective || std::ranges::any_of(library.rules, [&](const Rule& rule) {
           return rule.id == entry.rule && !rule.invariant.empty();
         });
}

std::expected<std::vector<WaiverEntry>, base::Diagnostics> load_waivers(const SourceFile& file, const Library& library,
                                                                        std::chrono::sys_days today) {
  base::Diagnostics problems;
  Json tree;
  if (!base::parse_jsonc(file.path, file.content, tree, problems)) return std::unexpected(std::move(problems));
  Document document{file.path, base::scan_json_positions(file.path, file.content, problems), problems};
  const Node root(document, tree, "");
  std::vector<WaiverEntry> out;
  std::set<std::pair<std::string, std::string>> seen;
  root.expect_members({"$schema", "waivers"});
  const auto list = root.is_object() ? root.required("waivers") : std::nullopt;
  if (list)
    for (const auto& entry : list->elements()) {
      if (!entry.expect_members({"rule", "check", "reason", "owner", "link", "until"}) && !entry.is_object()) continue;
      WaiverEntry one;
      one.rule = filled_text(entry, "rule", "name a rule: \"code/single-use\"");
      one.check = filled_text(entry, "check", "assay explain RULE names its checks");
      one.reason = filled_text(entry, "reason", "say why this is accepted, for whoever reads it next year");
      one.owner = filled_text(entry, "owner", "name who decides about it");
      one.until = filled_text(entry, "until", "write the last day as 2027-01-31");
      if (const auto link = entry.member("link"))
        if (auto text = link->string()) one.link = std::move(*text);
      one.line = document.positions[entry.pointer()].line;
      check_names(entry, one, library);
      check_until(entry, one, today);
      if (!one.rule.empty() && !seen.insert({one.rule, one.check}).second)
        entry.problem("this check is waived twice", "keep one of the two entries");
      out.push_back(std::move(one));
    }
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return out;
}

std::optional<std::string> with_waiver(const std::string& content, const WaiverEntry& entry) {
  Json json = {{"rule", entry.rule}, {"check", entry.check}, {"reason", entry.reason}, {"owner", entry.owner}};
  if (!entry.link.empty()) json["link"] = entry.link;
  json["until"] = entry.until;
  std::string text;
  for (const char c : json.dump(2, ' ', false, Json::error_handler_t::replace)) {
    text += c;
    if (c == '\n') text += "    ";
  }
  text = "    " + text;
  if (base::trim(content).empty()) return "{\n  \"waivers\": [\n" + text + "\n  ]\n}\n";
  base::Diagnostics ignored;
  const auto positions = base::scan_json_positions("", content, ignored);
  const auto place = positions.find("/waivers");
  if (place == positions.end()) return std::nullopt;
  std::size_t at = 0;
  for (int line = 1; line < place->second.line; ++line) at = content.find('\n', at) + 1;
  at += static_cast<std::size_t>(place->second.column) - 1;
  if (at >= content.size() || content[at] != '[') return std::nullopt;
  // To the bracket's end, past strings and comments; `last` is the end of the last value in it.
  int depth = 0;
  std::size_t last = at + 1;
  bool empty = true;
  for (std::size_t i = at; i < content.size(); ++i) {
    const char c = content[i];
    if (c == '/' && i + 1 < content.size() && (content[i + 1] == '/' || content[i + 1] == '*')) {
      const bool line = content[i + 1] == '/';
      const auto end = content.find(line ? "\n" : "*/", i + 2);
      if (end == std::string::npos) return std::nullopt;
      i = line ? end : end + 1;
      continue;
    }
    if (c == '"') {
      for (++i; i < content.size() && content[i] != '"'; ++i)
        if (content[i] == '\\') ++i;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      --depth;
    }
    if (depth == 0)
      return content.substr(0, last) + (empty ? "\n" : ",\n") + text + (empty ? "\n  " : "") + content.substr(last);
    if (i > at && std::string_view(" \t\r\n,").find(c) == std::string_view::npos) {
      empty = false;
      last = i + 1;
    }
  }
  return std::nullopt;
}

}  // namespace assay::rules

// Loads everything under scenarios/ but targets, and checks it against each other. Profiles and presets are in profile.cpp.
#include "rules/library.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "rules/selection_files.hpp"

namespace assay::rules {
namespace {

// FNV-1a: tells rule sets apart in reports; nothing depends on it being hard to forge.
void add_to_hash(std::uint64_t& hash, std::string_view bytes) {
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
}

// "clauses", "profiles", "presets", "load", "products" or "rules", by the folder it is in; "" for other files. Folders further up do not count:
// the whole tree may lie in one called profiles.
std::string_view kind_of(std::string_view path) {
  const auto folders = base::split(path, '/');
  const auto from_end = [&](std::size_t n) {
    return n < folders.size() ? folders[folders.size() - 1 - n] : std::string_view();
  };
  if (from_end(2) == "rules") return "rules";
  for (const std::string_view kind : {"clauses", "profiles", "presets", "load", "products"})
    if (from_end(1) == kind) return kind;
  return "";
}

std::vector<std::string> keys_of(const auto& map) {
  std::vector<std::string> out;
  for (const auto& [key, value] : map) out.push_back(key);
  return out;
}

// What only shows when all files are there: clauses that nobody wrote, capabilities that nothing gives.
void check_references(const Library& library, const std::map<std::string, SourceFile>& sources,
                      base::Diagnostics& problems) {
  const auto clause_ids = keys_of(library.clauses);
  std::vector<std::string> given;
  for (const auto& rule : library.rules)
    for (const auto& check : rule.checks)
      if (!check.gives.empty()) given.push_back(check.gives);
  std::set<std::string> done;
  for (const auto& rule : library.rules) {
    if (!done.insert(rule.id).second) continue;
    base::Diagnostics ignored;
    Document document{rule.path, {}, problems};
    const auto source = sources.find(rule.path);
    if (source != sources.end())
      document.positions = base::scan_json_positions(rule.path, source->second.content, ignored);
    const Json nothing;
    for (std::size_t i = 0; i < rule.checks.size(); ++i) {
      const auto& check = rule.checks[i];
      const std::string at = "/assert/" + std::to_string(i);
      if (!check.clause.empty() && !library.clauses.contains(check.clause))
        Node(document, nothing, at + "/clause")
            .problem("unknown clause \"" + check.clause + "\"", suggestion(check.clause, clause_ids));
      for (const auto& gathered : check.gathers) {
        const bool exists = std::ranges::any_of(library.rules, [&](const Rule& other) {
          return std::ranges::any_of(other.checks, [&](const Check& one) {
            return other.full_id() + "#" + one.name == gathered || other.id + "#" + one.name == gathered;
          });
        });
        if (!exists)
          Node(document, nothing, at + "/of").problem("no rule has the check \"" + gathered + "\"", "write rule#check");
      }
      for (const auto& need : check.needs)
        if (need.starts_with("observed.") && std::ranges::find(given, need) == given.end())
          Node(document, nothing, at + "/needs")
              .problem("nothing gives the capability \"" + need + "\"", suggestion(need, given));
    }
    for (const auto& need : rule.needs)
      if (need.starts_with("observed.") && std::ranges::find(given, need) == given.end())
        Node(document, nothing, "/needs")
            .problem("nothing gives the capability \"" + need + "\"", suggestion(need, given));
  }
}

}  // namespace

std::string Clause::reference() const {
  return section.empty() ? document_title : document_title + " section " + section;
}

std::vector<std::string> Library::rule_ids() const {
  std::vector<std::string> out;
  for (const auto& rule : rules)
    if (out.empty() || out.back() != rule.id) out.push_back(rule.id);
  return out;
}

bool parse(const SourceFile& file, Document& document, Json& tree, base::Diagnostics& problems) {
  if (!base::parse_jsonc(file.path, file.content, tree, problems)) return false;
  document.positions = base::scan_json_positions(file.path, file.content, problems);
  return true;
}

std::string text_of(const Node& node, std::string_view name) {
  const auto found = node.required(name);
  return found ? found->string().value_or("") : std::string();
}

void load_clauses(const SourceFile& file, std::map<std::string, Clause>& clauses, base::Diagnostics& problems) {
  Json tree;
  Document document{file.path, {}, problems};
  if (!parse(file, document, tree, problems)) return;
  const Node root(document, tree, "");
  if (!root.expect_members({"$schema", "document", "title", "name", "url", "clauses"}) && !root.is_object()) return;
  const std::string prefix = text_of(root, "document");
  const std::string title = text_of(root, "title");
  const auto url_node = root.member("url");
  const std::string url = url_node ? url_node->string().value_or("") : "";
  const auto list = root.required("clauses");
  if (!list) return;
  for (const auto& node : list->elements()) {
    if (!node.is_object()) {
      node.problem("a clause is an object");
      continue;
    }
    node.expect_members({"id", "keyword", "section", "text", "derived"});
    Clause clause;
    clause.id = text_of(node, "id");
    clause.text = text_of(node, "text");
    if (const auto section = node.member("section")) clause.section = section->string().value_or("");
    if (const auto derived = node.member("derived")) clause.derived = derived->boolean().value_or(false);
    if (const auto keyword = node.required("keyword"))
      if (const auto word = keyword->word(kKeywords, "keyword")) clause.keyword = kKeywords[*word];
    clause.document_title = title;
    clause.url = url;
    if (!clause.id.empty() && !clause.id.starts_with(prefix + "/"))
      node.member("id")->problem("the id does not begin with \"" + prefix + "/\"",
                                 "clause ids are document/section/words");
    if (!clause.id.empty() && clauses.contains(clause.id))
      node.member("id")->problem("the clause \"" + clause.id + "\" is there already");
    clauses[clause.id] = std::move(clause);
  }
}

std::expected<Library, base::Diagnostics> load_library(std::span<const SourceFile> files) {
  Library library;
  base::Diagnostics problems;
  std::uint64_t hash = 14695981039346656037ull;
  std::map<std::string, SourceFile> sources;
  std::vector<SourceFile> ordered(files.begin(), files.end());
  // By id: "-" sorts before the "." of ".jsonc".
  std::ranges::sort(ordered, {}, [](const SourceFile& file) {
    return std::string_view(file.path).substr(0, file.path.rfind(".jsonc"));
  });
  for (const auto& file : ordered) {
    const auto kind = kind_of(file.path);
    if (kind.empty()) continue;
    if (kind == "products") {
      load_product(file, library.products, problems);
      continue;
    }
    add_to_hash(hash, file.path);
    add_to_hash(hash, file.content);
    sources[file.path] = file;
    if (kind == "clauses") load_clauses(file, library.clauses, problems);
    else if (kind == "profiles") load_profile(file, library.profiles, problems);
    else if (kind == "presets") load_preset(file, library.presets, problems);
    else if (kind == "load") {
      auto plan = load_plan(file);
      if (plan) library.plans.emplace(plan->id, *std::move(plan));
      else problems.insert(problems.end(), plan.error().begin(), plan.error().end());
    } else std::ranges::move(compile_rule(file, problems), std::back_inserter(library.rules));
  }
  check_references(library, sources, problems);
  if (problems.empty()) check_selections(library, sources, problems);
  if (problems.empty())
    for (const auto& [id, plan] : library.plans)
      report_plan_problems(sources.at(plan.path), check_load_plan(plan, library), problems);
  if (!problems.empty()) return std::unexpected(std::move(problems));
  library.profiles.emplace(kEveryRule, every_rule());
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  library.hash = text;
  return library;
}

}  // namespace assay::rules

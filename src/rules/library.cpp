// Loads clauses, rules and profiles, and checks them against each other.
#include "rules/library.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace assay::rules {
namespace {

constexpr std::string_view kKeywords[] = {"MUST",   "MUST NOT",   "REQUIRED",    "SHALL", "SHALL NOT",
                                          "SHOULD", "SHOULD NOT", "RECOMMENDED", "MAY",   "OPTIONAL"};

bool parse(const SourceFile& file, Document& document, Json& tree, base::Diagnostics& problems) {
  if (!base::parse_jsonc(file.path, file.content, tree, problems)) return false;
  document.positions = base::scan_json_positions(file.path, file.content, problems);
  return true;
}

std::string text_of(const Node& node, std::string_view name) {
  const auto found = node.required(name);
  return found ? found->string().value_or("") : std::string();
}

// FNV-1a: tells rule sets apart in reports; nothing depends on it being hard to forge.
void add_to_hash(std::uint64_t& hash, std::string_view bytes) {
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
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

void check_profiles(const Library& library, const std::map<std::string, SourceFile>& sources,
                    base::Diagnostics& problems) {
  const auto ids = library.rule_ids();
  for (const auto& [id, profile] : library.profiles) {
    base::Diagnostics ignored;
    Document document{"profiles/" + id + ".jsonc", {}, problems};
    for (const auto& [path, file] : sources)
      if (path.ends_with(document.file)) {
        document.file = path;
        document.positions = base::scan_json_positions(path, file.content, ignored);
      }
    const Json nothing;
    const auto complain = [&](const std::string& member, const std::string& glob) {
      Node(document, nothing, "/" + member)
          .problem(member + " \"" + glob + "\" matches no rule", suggestion(glob, ids));
    };
    for (const auto* list : {&profile.include, &profile.exclude})
      for (const auto& glob : *list)
        if (std::ranges::none_of(ids, [&](const std::string& rule) { return base::matches_glob(glob, rule); }))
          complain(list == &profile.include ? "include" : "exclude", glob);
    for (const auto& [glob, keyword] : profile.levels) {
      const bool found = std::ranges::any_of(library.rules, [&](const Rule& rule) {
        return base::matches_glob(glob, rule.id) || std::ranges::any_of(rule.checks, [&](const Check& check) {
                 return base::matches_glob(glob, rule.id + "#" + check.name);
               });
      });
      if (!found) complain("levels", glob);
    }
  }
}

}  // namespace

std::string Clause::reference() const {
  return section.empty() ? document_title : document_title + " section " + section;
}

bool Profile::includes(std::string_view rule_id) const {
  const auto any = [&](const std::vector<std::string>& globs) {
    return std::ranges::any_of(globs, [&](const std::string& glob) { return base::matches_glob(glob, rule_id); });
  };
  return any(include) && !any(exclude);
}

std::string Profile::keyword(std::string_view rule_id, std::string_view check, const std::string& of_clause) const {
  std::string out = of_clause;
  const std::string full = std::string(rule_id) + "#" + std::string(check);
  for (const auto& [glob, word] : levels)
    if (base::matches_glob(glob, rule_id) || base::matches_glob(glob, full)) out = word;
  return out;
}

std::vector<std::string> Library::rule_ids() const {
  std::vector<std::string> out;
  for (const auto& rule : rules)
    if (out.empty() || out.back() != rule.id) out.push_back(rule.id);
  return out;
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

void load_profile(const SourceFile& file, std::map<std::string, Profile>& profiles, base::Diagnostics& problems) {
  Json tree;
  Document document{file.path, {}, problems};
  if (!parse(file, document, tree, problems)) return;
  const Node root(document, tree, "");
  if (!root.expect_members({"$schema", "id", "title", "summary", "frozen", "include", "exclude", "levels"}) &&
      !root.is_object())
    return;
  Profile profile;
  profile.id = text_of(root, "id");
  profile.title = text_of(root, "title");
  profile.summary = text_of(root, "summary");
  profile.frozen = text_of(root, "frozen");
  if (const auto include = root.required("include")) profile.include = include->strings();
  if (const auto exclude = root.member("exclude")) profile.exclude = exclude->strings();
  if (const auto levels = root.member("levels"))
    for (const auto& [glob, keyword] : levels->members())
      if (const auto word = keyword.word(kKeywords, "keyword")) profile.levels.emplace_back(glob, kKeywords[*word]);
  const auto slash = file.path.rfind('/');
  const std::string stem = file.path.substr(slash == std::string::npos ? 0 : slash + 1);
  if (!profile.id.empty() && stem != profile.id + ".jsonc")
    root.member("id")->problem("the id \"" + profile.id + "\" is not the file's name \"" + stem + "\"",
                               "they must agree");
  profiles[profile.id] = std::move(profile);
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
    const bool clauses = file.path.find("clauses/") != std::string::npos;
    const bool rules = file.path.find("rules/") != std::string::npos;
    const bool profiles = file.path.find("profiles/") != std::string::npos;
    if (!clauses && !rules && !profiles) continue;
    add_to_hash(hash, file.path);
    add_to_hash(hash, file.content);
    sources[file.path] = file;
    if (clauses) load_clauses(file, library.clauses, problems);
    else if (profiles) load_profile(file, library.profiles, problems);
    else std::ranges::move(compile_rule(file, problems), std::back_inserter(library.rules));
  }
  check_references(library, sources, problems);
  if (problems.empty()) check_profiles(library, sources, problems);
  if (!problems.empty()) return std::unexpected(std::move(problems));
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  library.hash = text;
  return library;
}

}  // namespace assay::rules

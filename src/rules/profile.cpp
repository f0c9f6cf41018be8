// Reads profiles and presets, and holds their globs against the rules.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "rules/selection_files.hpp"

namespace assay::rules {
namespace {

bool any_matches(const std::vector<std::string>& globs, std::string_view rule_id) {
  return std::ranges::any_of(globs, [&](const std::string& glob) { return base::matches_glob(glob, rule_id); });
}

bool applies(std::string_view glob, std::string_view rule_id, std::string_view check) {
  return base::matches_glob(glob, rule_id) || base::matches_glob(glob, std::string(rule_id) + "#" + std::string(check));
}

// The members that profiles and presets have in common.
void read_selection(const Node& root, Selection& out) {
  out.id = text_of(root, "id");
  out.title = text_of(root, "title");
  out.summary = text_of(root, "summary");
  out.frozen = text_of(root, "frozen");
  if (const auto include = root.required("include")) out.include = include->strings();
  if (const auto exclude = root.member("exclude")) out.exclude = exclude->strings();
  const auto& path = root.document().file;
  const auto slash = path.rfind('/');
  const std::string stem = path.substr(slash == std::string::npos ? 0 : slash + 1);
  if (!out.id.empty() && stem != out.id + ".jsonc")
    root.member("id")->problem("the id \"" + out.id + "\" is not the file's name \"" + stem + "\"", "they must agree");
}

class SelectionCheck {
 public:
  SelectionCheck(const Library& library, const std::map<std::string, SourceFile>& sources, base::Diagnostics& problems)
      : library_(library), sources_(sources), problems_(problems), ids_(library.rule_ids()) {}

  void globs(const std::string& file, const Selection& selection) {
    check(file, "include", selection.include);
    check(file, "exclude", selection.exclude);
    const bool selects = std::ranges::any_of(ids_, [&](const auto& id) { return selection.includes(id); });
    if (!selects && !selection.include.empty())
      complain(file, "/include", "nothing is left of include after exclude", "");
    if (selection.include.empty()) complain(file, "/include", "include names no rule", "name rules, or globs of them");
  }

  void levels(const std::string& file, const Profile& profile) {
    for (const auto& [glob, keyword] : profile.levels) {
      std::vector<std::string> near = ids_;
      bool found = false;
      for (const auto& rule : library_.rules)
        for (const auto& check : rule.checks) {
          found = found || applies(glob, rule.id, check.name);
          if (glob.contains('#')) near.push_back(rule.id + "#" + check.name);
        }
      if (!found)
        complain(file, "/levels", "levels \"" + glob + "\" matches no rule and no check", suggestion(glob, near));
    }
  }

 private:
  void check(const std::string& file, const std::string& member, const std::vector<std::string>& list) {
    for (std::size_t i = 0; i < list.size(); ++i)
      if (std::ranges::none_of(ids_, [&](const auto& id) { return base::matches_glob(list[i], id); }))
        complain(file, "/" + member + "/" + std::to_string(i), member + " \"" + list[i] + "\" matches no rule",
                 suggestion(list[i], ids_));
  }

  void complain(const std::string& file, const std::string& pointer, std::string message, std::string hint) {
    base::Diagnostics ignored;
    Document document{file, {}, problems_};
    for (const auto& [path, source] : sources_)
      if (path.ends_with(file)) {
        document.file = path;
        document.positions = base::scan_json_positions(path, source.content, ignored);
      }
    const Json nothing;
    Node(document, nothing, pointer).problem(std::move(message), std::move(hint));
  }

  const Library& library_;
  const std::map<std::string, SourceFile>& sources_;
  base::Diagnostics& problems_;
  std::vector<std::string> ids_;
};

}  // namespace

std::string_view level_of_keyword(std::string_view keyword) {
  if (keyword.starts_with("MUST") || keyword.starts_with("SHALL") || keyword == "REQUIRED") return "MUST";
  if (keyword.starts_with("SHOULD") || keyword == "RECOMMENDED") return "SHOULD";
  return keyword == kNotInProfile ? kNotInProfile : "MAY";
}

bool Selection::includes(std::string_view rule_id) const {
  return any_matches(include, rule_id) && !any_matches(exclude, rule_id);
}

std::string Profile::keyword(std::string_view rule_id, std::string_view check, const std::string& of_clause) const {
  std::string out = of_clause;
  for (const auto& [glob, word] : levels)
    if (applies(glob, rule_id, check)) out = word;
  return out;
}

bool Profile::judges(std::string_view rule_id, std::string_view check) const {
  return keyword(rule_id, check, "") != kNotInProfile;
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
  read_selection(root, profile);
  std::vector<std::string_view> words(std::begin(kKeywords), std::end(kKeywords));
  words.push_back(kNotInProfile);
  if (const auto levels = root.member("levels"))
    for (const auto& [glob, keyword] : levels->members())
      if (const auto word = keyword.word(words, "keyword")) profile.levels.emplace_back(glob, words[*word]);
  if (profile.id == kEveryRule)
    root.member("id")->problem("the profile \"" + profile.id + "\" is built in", "choose another name");
  profiles[profile.id] = std::move(profile);
}

void load_preset(const SourceFile& file, std::map<std::string, Preset>& presets, base::Diagnostics& problems) {
  Json tree;
  Document document{file.path, {}, problems};
  if (!parse(file, document, tree, problems)) return;
  const Node root(document, tree, "");
  if (!root.expect_members({"$schema", "id", "title", "summary", "frozen", "include", "exclude"}) && !root.is_object())
    return;
  Preset preset;
  read_selection(root, preset);
  presets[preset.id] = std::move(preset);
}

void check_selections(const Library& library, const std::map<std::string, SourceFile>& sources,
                      base::Diagnostics& problems) {
  SelectionCheck check(library, sources, problems);
  for (const auto& [id, profile] : library.profiles) {
    const std::string file = "profiles/" + id + ".jsonc";
    check.globs(file, profile);
    check.levels(file, profile);
  }
  for (const auto& [id, preset] : library.presets) check.globs("presets/" + id + ".jsonc", preset);
}

Profile every_rule() {
  Profile out;
  out.id = kEveryRule;
  out.title = "Every rule";
  out.summary =
      "Every rule there is, each as its own clause says, also where documents contradict each other; "
      "for looking, not for judging.";
  out.include = {"*"};
  return out;
}

}  // namespace assay::rules

// The loader on files: those of the project load, the broken ones are refused with the words that they announce.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/embedded.hpp"
#include "base/file.hpp"
#include "rules/invariant.hpp"
#include "rules/library.hpp"
#include "rules/target.hpp"
#include "rules/waivers.hpp"

namespace assay::rules {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> no_variables(const std::string&) { return std::nullopt; }
std::optional<std::string> any_variable(const std::string&) { return "value"; }

std::vector<SourceFile> project_files() {
  std::vector<SourceFile> out;
  for (const auto& file : base::embedded_files()) out.push_back({std::string(file.path), std::string(file.content)});
  return out;
}

std::string text_of(const base::Diagnostics& problems) {
  std::string out;
  for (const auto& problem : problems) out += to_string(problem) + "\n";
  return out;
}

std::vector<std::string> broken_files() {
  std::vector<std::string> out;
  for (const char* folder : {"broken", "loader_only"})
    for (const auto& entry : fs::directory_iterator(fs::path(ASSAY_SOURCE_DIR) / "tests/schema" / folder))
      if (entry.path().extension() == ".jsonc") out.push_back(entry.path().string());
  std::ranges::sort(out);
  return out;
}

// A few rules for load plans to name: all would take a second each time.
bool is_rule_for_plans(std::string_view path) {
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{"pkce/s256", "client-credentials/success", "code/single-use",
                                              "bearer/header", "race/code-redeem", "introspect/inactive-expired"},
      [&](std::string_view id) { return path.ends_with("rules/" + std::string(id) + ".jsonc"); });
}

class BrokenFile : public testing::TestWithParam<std::string> {};

TEST_P(BrokenFile, IsRefusedWithItsWords) {
  const auto content = base::read_file(GetParam());
  ASSERT_TRUE(content);
  const std::string first = content->substr(0, content->find('\n'));
  ASSERT_TRUE(first.starts_with("// expect: "));
  const auto words = first.substr(11);
  const auto stem = fs::path(GetParam()).stem().string();
  base::Diagnostics problems;
  if (stem.starts_with("target-")) {
    const auto target = load_target({stem + ".jsonc", *content}, no_variables);
    ASSERT_FALSE(target);
    problems = target.error();
  } else if (stem.starts_with("waivers-")) {
    static const auto rules = load_library(project_files());
    const auto waivers = load_waivers({stem + ".jsonc", *content}, *rules, std::chrono::sys_days{});
    ASSERT_FALSE(waivers);
    problems = waivers.error();
  } else {
    // Only profiles and presets are held against the rules of the project.
    auto files = project_files();
    if (!stem.starts_with("profile-") && !stem.starts_with("preset-"))
      std::erase_if(files, [&](const SourceFile& f) {
        return !f.path.contains("clauses/") && !(stem.starts_with("load-") && is_rule_for_plans(f.path));
      });
    const std::string folder = stem.starts_with("rule-")      ? "scenarios/rules/broken/"
                               : stem.starts_with("clauses-") ? "scenarios/clauses/"
                               : stem.starts_with("preset-")  ? "scenarios/presets/"
                               : stem.starts_with("load-")    ? "scenarios/load/"
                                                              : "scenarios/profiles/";
    files.push_back({folder + stem + ".jsonc", *content});
    const auto library = load_library(files);
    ASSERT_FALSE(library);
    problems = library.error();
  }
  const auto found =
      std::ranges::find_if(problems, [&](const auto& p) { return p.message.find(words) != std::string::npos; });
  ASSERT_NE(found, problems.end()) << "expected: " << words << "\n" << text_of(problems);
  EXPECT_GT(found->line, 0) << text_of(problems);
  EXPECT_GT(found->column, 0) << text_of(problems);
  EXPECT_NE(found->file.find(stem), std::string::npos) << text_of(problems);
  for (const auto& problem : problems)
    EXPECT_NE(problem.file.find(stem), std::string::npos) << "of another file: " << to_string(problem);
}

INSTANTIATE_TEST_SUITE_P(Corpus, BrokenFile, testing::ValuesIn(broken_files()), [](const auto& info) {
  std::string name = fs::path(info.param).stem().string();
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST(Waivers, OfTheProjectNameChecksThatAreThere) {
  const auto library = load_library(project_files());
  ASSERT_TRUE(library);
  for (const auto& entry : fs::directory_iterator(fs::path(ASSAY_SOURCE_DIR) / "scenarios/waivers")) {
    const auto content = base::read_file(entry.path().string());
    ASSERT_TRUE(content);
    const auto waivers = load_waivers({entry.path().filename().string(), *content}, *library,
                                      std::chrono::sys_days(std::chrono::year(2026) / 12 / 1));
    EXPECT_TRUE(waivers) << text_of(waivers.error());
  }
}

TEST(Library, OfTheProjectLoads) {
  const auto library = load_library(project_files());
  ASSERT_TRUE(library) << text_of(library.error());
  EXPECT_GT(library->rules.size(), 40u);
  for (const auto* name : {"oauth2", "rfc6749", "oauth2.1", "rfc9700", "oidc-basic", "mcp", "all"})
    EXPECT_TRUE(library->profiles.contains(name)) << name;
  for (const auto* name : {"smoke", "core", "ci", "full", "race"}) EXPECT_TRUE(library->presets.contains(name)) << name;
  for (const auto* name : {"steady-sign-in", "token-endpoint", "refresh-pool", "mixed", "soak", "find-limit"})
    EXPECT_TRUE(library->plans.contains(name)) << name;
  EXPECT_EQ(library->hash.size(), 16u);
  EXPECT_TRUE(std::ranges::is_sorted(library->rule_ids()));
  for (const auto& rule : library->rules) {
    EXPECT_FALSE(rule.checks.empty()) << rule.id;
    for (const auto& check : rule.checks)
      if (!check.clause.empty())
        EXPECT_FALSE(check.advice.empty()) << rule.id << "#" << check.name << " gives no advice";
  }
}

// What a file is shows in the folder it is in, wherever the whole tree may be.
TEST(Library, LoadsFromAnyFolder) {
  for (const char* above : {"", "/home/me/profiles/", "/srv/rules/presets/", "rules/"}) {
    auto files = project_files();
    for (auto& file : files) file.path = above + file.path;
    const auto library = load_library(files);
    ASSERT_TRUE(library) << above << "\n" << text_of(library.error());
    EXPECT_EQ(library->rules.size(), load_library(project_files())->rules.size()) << above;
  }
}

// A rule of the default run is one that people rely on: it must be in the default profile, too.
TEST(Library, TheCoreIsPartOfTheDefaultProfile) {
  const auto library = load_library(project_files());
  ASSERT_TRUE(library);
  for (const auto& id : library->presets.at("core").include)
    EXPECT_TRUE(library->profiles.at("oauth2").includes(id)) << id;
}

TEST(Library, ProfileNamedAllIsRefused) {
  auto files = project_files();
  files.push_back({"scenarios/profiles/all.jsonc",
                   R"({"id":"all","title":"T","summary":"S","frozen":"2026-11-22","include":["*"]})"});
  const auto library = load_library(files);
  ASSERT_FALSE(library);
  EXPECT_NE(text_of(library.error()).find("is built in"), std::string::npos);
}

TEST(Library, HashFollowsTheContentAndNotTheOrder) {
  auto files = project_files();
  const auto first = load_library(files)->hash;
  std::ranges::reverse(files);
  EXPECT_EQ(load_library(files)->hash, first);
  for (auto& file : files)
    if (file.path.ends_with("single-use.jsonc")) file.content += "\n";
  EXPECT_NE(load_library(files)->hash, first);
}

TEST(Library, TargetsOfTheProjectLoad) {
  int count = 0;
  for (const auto& file : project_files()) {
    if (file.path.find("/targets/") == std::string::npos) continue;
    const auto target = load_target(file, any_variable);
    EXPECT_TRUE(target) << text_of(target.error());
    ++count;
  }
  EXPECT_GE(count, 4);
}

TEST(Library, EveryRuleIsToldInWords) {
  const auto library = load_library(project_files());
  ASSERT_TRUE(library);
  for (const auto& id : library->rule_ids()) {
    std::vector<const Rule*> cases;
    for (const auto& rule : library->rules)
      if (rule.id == id) cases.push_back(&rule);
    const auto told = explain(*library, cases);
    EXPECT_GT(told.size(), 200u) << id;
    EXPECT_EQ(told.find("${"), std::string::npos) << told;
    for (const Rule* rule : cases) {
      EXPECT_NE(told.find(rule->title), std::string::npos);
      for (const auto* steps : {&rule->arrange, &rule->act, &rule->control})
        for (const auto& step : *steps) {
          EXPECT_FALSE(describe(step).empty()) << rule->full_id();
          EXPECT_EQ(describe(step).find("${"), std::string::npos) << rule->full_id() << ": " << describe(step);
          if (step.expect) EXPECT_FALSE(describe(*step.expect).empty()) << rule->full_id();
        }
      for (const auto& check : rule->checks) {
        const auto words = rule->invariant.empty() ? describe(*rule, check.that) : describe_invariant(*rule, check);
        EXPECT_FALSE(words.empty()) << rule->full_id();
        EXPECT_EQ(words.find("${"), std::string::npos) << rule->full_id() << ": " << words;
      }
    }
  }
}

// The files of the project with one byte gone or cut off in the middle: no crash, and a place for every problem.
TEST(Library, SurvivesDamagedFiles) {
  const auto files = project_files();
  const auto found = std::ranges::find_if(
      files, [](const auto& f) { return f.path.ends_with("rules/refresh/rotated-old-dead.jsonc"); });
  ASSERT_NE(found, files.end());
  const char* const damage[] = {"", "{", "\"", "0", "$", "\\", "]"};
  for (std::size_t at = 0; at < found->content.size(); ++at) {
    SourceFile damaged = *found;
    damaged.content.replace(at, 1, damage[at % std::size(damage)]);
    base::Diagnostics problems;
    const auto rules = compile_rule(damaged, problems);
    EXPECT_EQ(rules.empty(), !problems.empty());
    for (const auto& problem : problems) EXPECT_GT(problem.line, 0) << to_string(problem);
  }
}

}  // namespace
}  // namespace assay::rules

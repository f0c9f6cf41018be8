// assay profiles: which documents a server can be judged by, and which parts of them can be run.
#include <algorithm>
#include <cstdio>

#include "base/text.hpp"
#include "cli/listing.hpp"

namespace assay::cli {
namespace {

constexpr std::size_t kWidth = 80, kIndent = 14;

// A paragraph that begins behind the name.
void print_paragraph(const std::string& text) {
  std::string line;
  for (const auto word : base::split(text, ' ')) {
    if (!line.empty() && kIndent + line.size() + 1 + word.size() > kWidth) {
      std::printf("%*s%s\n", static_cast<int>(kIndent), "", line.c_str());
      line.clear();
    }
    line += (line.empty() ? "" : " ") + std::string(word);
  }
  std::printf("%*s%s\n", static_cast<int>(kIndent), "", line.c_str());
}

void print_selection(const rules::Library& library, const rules::Selection& selection, const std::string& more) {
  std::printf("  %-11s %s\n", selection.id.c_str(), selection.title.c_str());
  print_paragraph(base::plural(members(library, selection).size(), "rule") + more +
                  (selection.frozen.empty() ? ", built in. " : ", frozen " + selection.frozen + ". ") +
                  selection.summary);
}

// "3 levels of its own"
std::string levels_of(const rules::Profile& profile) {
  return profile.levels.empty() ? "" : ", " + base::plural(profile.levels.size(), "level") + " of its own";
}

void print_all(const rules::Library& library) {
  std::printf("Profiles: what the server is judged by (--profile)\n");
  for (const auto& [id, profile] : library.profiles) print_selection(library, profile, levels_of(profile));
  std::printf("\nPresets: which part of the profile is run (--preset)\n");
  for (const auto& [id, preset] : library.presets) print_selection(library, preset, "");
  std::printf(
      "\nassay check alone: --profile %s --preset %s. A profile alone: all of it.\n"
      "One in full: assay profiles NAME. What runs, what not and why: assay list.\n",
      kDefaultProfile, kDefaultPreset);
}

void print_members(const std::vector<std::string>& rules) {
  std::printf("\nRules\n");
  for (std::size_t i = 0; i < rules.size();) {
    std::string line = "  " + rules[i++];
    while (i < rules.size() && line.size() + 1 + rules[i].size() <= kWidth) line += " " + rules[i++];
    std::printf("%s\n", line.c_str());
  }
}

}  // namespace

int profiles(const Options& options) {
  auto library = load_rules(options);
  if (!library) return report_stop(library.error());
  if (options.format == "json") {
    std::printf("%s\n", profiles_json(*library).c_str());
    return kPassed;
  }
  if (options.id.empty()) {
    print_all(*library);
    return kPassed;
  }
  const auto profile = library->profiles.find(options.id);
  const auto preset = library->presets.find(options.id);
  if (profile == library->profiles.end() && preset == library->presets.end()) {
    std::vector<std::string> names;
    for (const auto& [id, value] : library->profiles) names.push_back(id);
    for (const auto& [id, value] : library->presets) names.push_back(id);
    return report_stop(
        {kUsage, "there is no profile or preset \"" + options.id + "\"; " + rules::suggestion(options.id, names)});
  }
  if (preset != library->presets.end()) {
    print_selection(*library, preset->second, "");
    print_members(members(*library, preset->second));
    return kPassed;
  }
  print_selection(*library, profile->second, levels_of(profile->second));
  print_members(members(*library, profile->second));
  if (!profile->second.levels.empty()) std::printf("\nLevels of its own\n");
  for (const auto& [glob, keyword] : profile->second.levels)
    std::printf("  %-45s %s\n", glob.c_str(), keyword == rules::kNotInProfile ? "not part of it" : keyword.c_str());
  return kPassed;
}

}  // namespace assay::cli

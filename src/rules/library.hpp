// Everything under scenarios/ except targets: clauses, rules, profiles, presets and load plans, loaded and checked against each other.
#pragma once
#include <expected>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "rules/load_plan.hpp"
#include "rules/product.hpp"
#include "rules/reader.hpp"
#include "rules/rule.hpp"

namespace assay::rules {

struct Clause {
  std::string id;              // "rfc6749/4.1.2/reuse-denied"
  std::string keyword;         // "MUST NOT"
  std::string section;         // "4.1.2"
  std::string text;            // our paraphrase
  bool derived = false;        // follows from the document without being a sentence of it
  std::string document_title;  // "RFC 6749"
  std::string url;             // of the document

  std::string reference() const;  // "RFC 6749 section 4.1.2"
};

// The keyword of `levels` that takes a check out of a profile.
inline constexpr std::string_view kNotInProfile = "NONE";
// The three levels of RFC 2119 that its ten keywords stand for: "MUST", "SHOULD" or "MAY"; "NONE" stays.
std::string_view level_of_keyword(std::string_view keyword);
// The profile that is built in: every rule as its clause says, no overrides.
inline constexpr std::string_view kEveryRule = "all";

// Which rules, as globs over their ids.
struct Selection {
  std::string id, title, summary, frozen;     // frozen: a date
  std::vector<std::string> include, exclude;  // globs over rule ids

  bool includes(std::string_view rule_id) const;
};

// What one document asks for, and how much each of it matters.
struct Profile : Selection {
  std::vector<std::pair<std::string, std::string>> levels;  // glob over "rule" or "rule#check" -> keyword or "NONE"

  // The keyword for a check, after this profile's overrides; later entries win.
  std::string keyword(std::string_view rule_id, std::string_view check, const std::string& of_clause) const;
  // Whether the check is judged in this profile at all.
  bool judges(std::string_view rule_id, std::string_view check) const;
};

// How much of a profile runs; has no say in levels.
struct Preset : Selection {};

struct Library {
  std::map<std::string, Clause> clauses;
  std::vector<Rule> rules;                  // ordered by id, then by case as in the file
  std::map<std::string, Profile> profiles;  // with the built-in one
  std::map<std::string, Preset> presets;
  std::map<std::string, LoadPlan> plans;
  std::map<std::string, Product> products;  // no part of the rules: `hash` leaves them out
  std::string hash;                         // of all files, hexadecimal, 16 characters

  std::vector<std::string> rule_ids() const;  // without cases, unique, in order
};

// Loads `files` (paths under scenarios/clauses, rules, profiles, presets, load and products; others are ignored). All problems at once.
std::expected<Library, base::Diagnostics> load_library(std::span<const SourceFile> files);

// Compiles one rule file into one Rule per case (or one). Problems are appended; the result is then incomplete.
std::vector<Rule> compile_rule(const SourceFile& file, base::Diagnostics& problems);
void load_clauses(const SourceFile& file, std::map<std::string, Clause>& clauses, base::Diagnostics& problems);
void load_profile(const SourceFile& file, std::map<std::string, Profile>& profiles, base::Diagnostics& problems);
void load_preset(const SourceFile& file, std::map<std::string, Preset>& presets, base::Diagnostics& problems);

// Capabilities that rules may need, without the "observed." ones.
std::span<const std::string> known_capabilities();

// The text of `assay explain`: story, clauses, steps in prose, checks, advice, defects.
std::string explain(const Library& library, std::span<const Rule* const> cases);

}  // namespace assay::rules

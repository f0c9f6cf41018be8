// What the loaders of clause, profile and preset files share with each other, and with nobody else.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "rules/library.hpp"

namespace assay::rules {

inline constexpr std::string_view kKeywords[] = {"MUST",   "MUST NOT",   "REQUIRED",    "SHALL", "SHALL NOT",
                                                 "SHOULD", "SHOULD NOT", "RECOMMENDED", "MAY",   "OPTIONAL"};

bool parse(const SourceFile& file, Document& document, Json& tree, base::Diagnostics& problems);
std::string text_of(const Node& node, std::string_view name);

// Profiles and presets whose globs match no rule and no check.
void check_selections(const Library& library, const std::map<std::string, SourceFile>& sources,
                      base::Diagnostics& problems);
Profile every_rule();

}  // namespace assay::rules

// What `assay list` and `assay profiles` say to programs: JSON, for those who choose rules or compare versions.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "cli/setup.hpp"
#include "engine/forecast.hpp"

namespace assay::cli {

// `grouped`: one element a rule, its cases. Counts are of rules, not of cases.
std::string list_json(const rules::Library& library, const std::vector<std::span<const engine::Prospect>>& grouped,
                      const Options& options, const Scope& scope);
std::string profiles_json(const rules::Library& library);

// The rules that a profile or preset includes.
std::vector<std::string> members(const rules::Library& library, const rules::Selection& selection);

}  // namespace assay::cli

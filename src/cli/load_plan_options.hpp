// From the options of `assay load` to a load plan: a named plan or a file, and what the command line puts in its place.
#pragma once
#include <expected>

#include "cli/setup.hpp"
#include "rules/load_plan.hpp"

namespace assay::cli {

// All problems at once. The plan is checked against the rules.
std::expected<rules::LoadPlan, Stop> plan_of(const Options& options, const rules::Library& library);
// assay load --list
std::string list_of_plans(const rules::Library& library);

}  // namespace assay::cli

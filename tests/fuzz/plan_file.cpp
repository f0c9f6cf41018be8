// Load plans, and the one-line objectives in them.
#include "rules/load_plan.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace assay::fuzz {
namespace {

void plan_file(std::string_view input) {
  if (const auto objective = rules::parse_objective(input.substr(0, 200)); !objective)
    require(!objective.error().empty(), "a refusal says why");
  if (const auto share = rules::parse_share(input.substr(0, 40))) require(*share > 0 && *share <= 1, "a share is one");
  const auto plan = rules::load_plan({"scenarios/load/a.jsonc", std::string(input)});
  if (!plan) require(!plan.error().empty(), "a refusal says why");
}

const Target plan_file_target("plan_file", plan_file);

}  // namespace
}  // namespace assay::fuzz

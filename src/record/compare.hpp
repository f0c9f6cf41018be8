// What changed from one run to another, check by check. Knows nothing of how it is shown.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "record/run.hpp"

namespace assay::record {

// new-failure, lost-proof, fixed, still-failing, changed-evidence, new-rule, retired-rule: in this order they are told.
std::span<const std::string_view> change_kinds();
// A change that should stop a merge: something is worse, or proven no longer.
bool is_regression(const Change& change);

// Verdicts are compared per check; of rules without checks, per rule. What the old rule set did not know is a new rule and no
// regression. Equal runs have no changes but the failures that are still there.
Since compare_runs(const Run& before, const Run& now);

// Why the two cannot be compared fairly: another target, another kind of run. Empty: they can.
std::string incomparable(const Run& before, const Run& now);

}  // namespace assay::record

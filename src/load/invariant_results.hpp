// Turns what the workers watched into the record: one entry for each check of each rule with an invariant.
#pragma once
#include <span>
#include <vector>

#include "load/invariants.hpp"
#include "record/run.hpp"
#include "rules/library.hpp"

namespace assay::load {

// `rules`: those with an invariant. Clause, reference and level are for complete_invariants. `load`: what ran beside the journeys.
std::vector<record::Invariant> invariant_results(std::span<const rules::Rule* const> rules, const Invariants& watched,
                                                 const record::Load& load);

// The same while the run goes on, by what the workers have counted so far.
std::vector<record::Invariant> invariants_so_far(std::span<const rules::Rule* const> rules,
                                                 const InvariantCounts& counts, const record::Load& load);

// What the library and the profile say about them.
void complete_invariants(std::vector<record::Invariant>& out, const rules::Library& library,
                         const rules::Profile& profile);

// The checks of these rules ("rule#check") whose breaking is a failure in this profile.
std::vector<std::string> failing_invariants(const rules::Library& library, const rules::Profile& profile);

// The rules with an invariant that a profile has.
std::vector<const rules::Rule*> invariant_rules(const rules::Library& library, const rules::Profile& profile);

}  // namespace assay::load

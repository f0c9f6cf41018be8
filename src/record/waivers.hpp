// What waivers do to a run. Knows no file of them.
#pragma once
#include "record/run.hpp"

namespace assay::record {

inline constexpr int kEndingSoon = 14;  // days
// In place of a rule: an objective of a load plan, whose text is the "check".
inline constexpr std::string_view kObjectiveRule = "load/objective";

// Applies run.waivers, of which rule, check, reason, owner, link and until are given, as of the day on which the run began:
// failing and warned checks become waived, rules are judged anew, and each waiver gets its state. What could not be judged
// cannot be waived. A race that found nothing this time, or a rule that passed at the second attempt, makes no waiver stale; nor does
// load, of which the next run may show what this one did not: there, invariants and missed objectives are waived.
void apply_waivers(Run& run);

// A waiver whose check passes now: it has to go.
bool has_stale_waiver(const Run& run);

}  // namespace assay::record

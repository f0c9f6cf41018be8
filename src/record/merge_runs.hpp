// Adds up load runs of the same plan against the same target, as if they had run side by side: histograms exactly, seconds one
// by one, counts, violations, errors and evidence.
#pragma once
#include <expected>
#include <string>

#include "record/run.hpp"

namespace assay::record {

// Adds what the waves of `from` came to; how many there were to be, and why there were no more, is for the caller to say. A median of
// medians is no median: the largest is the honest one of what is left.
void add_outcomes(Race& into, const Race& from);

// Why the two cannot be added up, in words; empty: they can.
std::string merge_obstacle(const Run& a, const Run& b);

// Both read from run.json; `b` gets new exchange ids and new numbers for its secrets, because equal labels mean equal values only
// within one run. Percentiles of a second are the larger ones of both. Objectives are met when both met them: whoever
// can evaluate them does that again. Result and exits are those of `a`.
std::expected<Run, std::string> merge_runs(const Run& a, const Run& b);

// Exposed for its test: adds to the number in each label (‹access#2 43 chars›) of `b` the largest of that kind in `a`.
std::string with_labels_after(const std::string& a, const std::string& b);

}  // namespace assay::record

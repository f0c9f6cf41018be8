// A waivers file: which failures a team knows of and lives with, until when and why. What they do to a run is in
// record/waivers.hpp.
#pragma once
#include <chrono>
#include <expected>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "rules/library.hpp"

namespace assay::rules {

struct WaiverEntry {
  std::string rule, check;  // rule: with "#case" if only that one is meant
  std::string reason, owner, link;
  std::string until;  // "2027-01-31", the last day
  int line = 0;
};

inline constexpr int kLongestWaiver = 180;  // days from today

// An objective of a load plan is waived under the name of this rule, its text being the check.
inline constexpr std::string_view kWaivedObjective = "load/objective";
// Whether it is for `load` to look at, and not for `check`: an objective, or a rule that is an invariant.
bool is_of_load(const WaiverEntry& entry, const Library& library);

// Reads and checks `file` against the rules. All problems at once: an unknown rule or check, a wildcard, no reason, no owner, a
// date that is none or too far away, the same entry twice. A date in the past is no problem of the file.
std::expected<std::vector<WaiverEntry>, base::Diagnostics> load_waivers(const SourceFile& file, const Library& library,
                                                                        std::chrono::sys_days today);

// `content` (a waivers file, or nothing) with one more entry at its end; comments stay where they are. nullopt if the place for
// it is not found.
std::optional<std::string> with_waiver(const std::string& content, const WaiverEntry& entry);

}  // namespace assay::rules

// What `load` can say of every answer of a run, whichever rules it runs: the words that a rule file may use in place of steps
// of its own. Only names and sentences; src/load/invariants judges.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "rules/rule.hpp"

namespace assay::rules {

struct InvariantCheck {
  std::string_view name;   // "codes-differ"
  std::string_view holds;  // "no code came twice, in any flow"
};

struct InvariantKind {
  std::string_view word;                   // "token-unique"
  std::span<const InvariantCheck> checks;  // what it can judge; none of "beside", whose checks gather those of rules
};

// "beside": its checks add up what checks of rules found that ran among the journeys.
inline constexpr std::string_view kBeside = "beside";

std::span<const InvariantKind> invariant_kinds();
// nullptr: there is no such word.
const InvariantKind* find_invariant(std::string_view word);

// When a check of such a rule holds, in words.
std::string describe_invariant(const Rule& rule, const Check& check);

}  // namespace assay::rules

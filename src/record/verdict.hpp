// The verdicts of checks and rules, and how strongly a clause obliges.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace assay::record {

enum class Level : std::uint8_t { must, should, may, observe };
std::string_view to_string(Level level);  // "MUST", "SHOULD", "MAY", "observe"
std::optional<Level> parse_level(std::string_view text);

enum class Verdict : std::uint8_t {
  pass,
  note,            // an observation or a broken MAY: never a fault
  not_applicable,  // the server does not claim it
  not_judged,      // follows from another check, or was left out (the reason says which)
  waived,
  warn,          // a broken SHOULD
  inconclusive,  // no oracle, control failed, 429/502/503/504, no answer
  blocked,       // the set-up failed
  interrupted,
  harness_error,  // our fault
  fail,           // a broken MUST
};
std::string_view to_string(Verdict verdict);  // "pass", "not-applicable", ...
std::optional<Verdict> parse_verdict(std::string_view text);

// The one that a rule with checks a and b shows. Severity is the order of the enumerators, except that not_applicable and
// not_judged yield to pass and note.
Verdict worse(Verdict a, Verdict b);

}  // namespace assay::record

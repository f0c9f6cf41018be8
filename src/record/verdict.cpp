// The words for verdicts and levels, and which of two verdicts a rule shows. Knows nothing of runs.
#include "record/verdict.hpp"

#include <array>

namespace assay::record {
namespace {

constexpr std::array<std::string_view, 4> kLevels = {"MUST", "SHOULD", "MAY", "observe"};
constexpr std::array<std::string_view, 11> kVerdicts = {
    "pass",         "note",    "not-applicable", "not-judged",    "waived", "warn",
    "inconclusive", "blocked", "interrupted",    "harness-error", "fail"};

// A rule that has anything to say says it: not_applicable and not_judged lie below pass.
int severity(Verdict verdict) {
  if (verdict == Verdict::not_applicable) return -2;
  if (verdict == Verdict::not_judged) return -1;
  return static_cast<int>(verdict);
}

}  // namespace

std::string_view to_string(Level level) { return kLevels[static_cast<std::size_t>(level)]; }

std::optional<Level> parse_level(std::string_view text) {
  for (std::size_t i = 0; i < kLevels.size(); ++i)
    if (kLevels[i] == text) return static_cast<Level>(i);
  return std::nullopt;
}

std::string_view to_string(Verdict verdict) { return kVerdicts[static_cast<std::size_t>(verdict)]; }

std::optional<Verdict> parse_verdict(std::string_view text) {
  for (std::size_t i = 0; i < kVerdicts.size(); ++i)
    if (kVerdicts[i] == text) return static_cast<Verdict>(i);
  return std::nullopt;
}

Verdict worse(Verdict a, Verdict b) { return severity(a) < severity(b) ? b : a; }

}  // namespace assay::record

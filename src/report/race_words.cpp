// Trials of races in words and numbers. That nothing happened in n trials proves only so much: that much is said.
#include <fmt/format.h>

#include <cmath>

#include "base/text.hpp"
#include "report/view.hpp"

namespace assay::report {

std::string race_words(const record::Race& race, bool utf8) {
  if (race.trials == 0) return "no trial counts: fewer than two copies got an answer that says something";
  std::string out = fmt::format("{} of {}", race.violations, base::plural(race.trials, "trial"));
  if (race.violations == 0) {
    // The rate at which no violation in n trials would be seen once in twenty times: (1 - p)^n = 0.05.
    const double most = 100 * (1 - std::pow(0.05, 1.0 / race.trials));
    out += fmt::format(", at most {:.{}f} % with 95 % confidence", most, most < 10 ? 1 : 0);
  }
  if (!race.copies.empty()) {
    out += fmt::format(", {}", race.copies.front());
    if (race.copies.size() > 1) out += fmt::format(" to {}", race.copies.back());
    out += " copies";
  }
  out += ", median release spread " + short_time(static_cast<std::uint64_t>(race.median_spread.count()), utf8);
  if (race.violations == 0 && race.trials < race.planned && race.ended != "all trials")
    out += fmt::format(", ended early ({})", race.ended);
  return out;
}

std::string race_outcomes(const record::Race& race) {
  std::vector<std::string> parts;
  const auto trials = [&](unsigned count, std::string_view what) {
    if (count > 0) parts.push_back(fmt::format("{} in {}", what, base::plural(count, "trial")));
  };
  const auto answers = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) parts.push_back(fmt::format("{} of {} requests {}", count, race.requests, what));
  };
  trials(race.double_mints, "different tokens handed out");
  trials(race.identical, "the same tokens handed out twice");
  trials(race.denials, "nobody left with a working token");
  answers(race.server_errors, "met a server error");
  answers(race.overloads, "were turned away for overload");
  answers(race.timeouts, "timed out");
  answers(race.failures, "got no whole answer");
  if (race.inconclusive > 0) parts.push_back(base::plural(race.inconclusive, "trial") + " did not count");
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace assay::report

// Waivers and differences between runs, in words. Knows no output format.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "record/compare.hpp"
#include "report/view.hpp"

namespace assay::report {

std::string waiver_words(const record::Waiver& waiver) {
  const auto name = waiver.rule + "#" + waiver.check;
  const auto why = fmt::format("{} ({})", waiver.reason, waiver.owner);
  const auto days = [](int count) { return base::plural(static_cast<std::size_t>(std::max(count, 0)), "day"); };
  if (waiver.state == "stale") return fmt::format("{} passes now: remove its waiver ({})", name, waiver.owner);
  if (waiver.state == "expired")
    return fmt::format("{}: the waiver ended on {}, {} ago: {}", name, waiver.until, days(-waiver.days_left), why);
  const auto left = waiver.days_left == 0 ? "ends today" : days(waiver.days_left) + " left";
  const auto unused = waiver.state != "unused"           ? ""
                      : waiver.rule.starts_with("load/") ? ", nothing to hide in this run"
                                                         : ", not judged in this run";
  return fmt::format("{}: waived until {}, {}{}: {}", name, waiver.until, left, unused, why);
}

std::string change_word(std::string_view kind) {
  std::string out(kind);
  std::ranges::replace(out, '-', ' ');
  return out;
}

std::string change_counts(const record::Since& since) {
  std::string out;
  for (const auto kind : record::change_kinds()) {
    const auto count = static_cast<std::size_t>(std::ranges::count(since.changes, kind, &record::Change::kind));
    if (count == 0) continue;
    const bool counted = kind == "new-failure" || kind == "new-rule" || kind == "retired-rule";
    out +=
        fmt::format("{}{}", out.empty() ? "" : ", ",
                    counted ? base::plural(count, change_word(kind)) : fmt::format("{} {}", count, change_word(kind)));
  }
  return out.empty() ? "nothing changed" : out;
}

}  // namespace assay::report

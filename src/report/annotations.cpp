// Workflow commands for GitHub Actions (::error …), and the badge. GitHub shows at most ten errors and ten warnings per step, so
// the worst come first and the last says where the others are.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "record/json_text.hpp"
#include "report/findings.hpp"
#include "report/reports.hpp"

namespace assay::report {
namespace {

using record::Verdict;

constexpr std::size_t kShown = 10;

std::string encoded(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    if (c == '%') out += "%25";
    else if (c == '\n') out += "%0A";
    else if (c == '\r') out += "%0D";
    else if (property && c == ':') out += "%3A";
    else if (property && c == ',') out += "%2C";
    else out += c;
  }
  return out;
}

class Commands {
 public:
  explicit Commands(const record::Redactor& redactor) : redactor_(redactor) {}

  void add(std::string_view kind, const Place& place, std::string_view title, std::string_view message) {
    auto& count = kind == "error" ? errors_ : warnings_;
    if (++count > kShown) return;
    out_ += fmt::format("::{} file={},line={},title={}::{}\n", kind, encoded(shown(redactor_, place.file), true),
                        place.line, encoded(shown(redactor_, title, 200), true),
                        encoded(shown(redactor_, message, 1500), false));
  }

  std::string take() {
    const auto left = (errors_ > kShown ? errors_ - kShown : 0) + (warnings_ > kShown ? warnings_ - kShown : 0);
    if (left > 0)
      out_ += fmt::format("::notice title=Assay::{} not shown here: see the job summary or the HTML report\n",
                          base::plural(left, "finding"));
    return std::move(out_);
  }

 private:
  const record::Redactor& redactor_;
  std::string out_;
  std::size_t errors_ = 0, warnings_ = 0;
};

std::string colour(const record::Run& run) {
  const auto counts = record::count_rules(run);
  if (run.result == "FAIL") return "red";
  if (run.result != "PASS") return "lightgrey";
  return counts.contains(Verdict::warn) ? "yellow" : "brightgreen";
}

}  // namespace

std::string github_annotations(const record::Run& run, const record::Redactor& redactor) {
  Commands commands(redactor);
  if (const auto broken_off = interruption(run); !broken_off.empty())
    commands.add("error", place_of(run, {}), "interrupted", broken_off);
  for (const auto& check : run.preflight)
    if (check.verdict == Verdict::blocked)
      commands.add("error", place_of(run, {}), "blocked: " + check.name,
                   check.seen + (check.hint.empty() ? "" : "; " + check.hint));
  for (const auto& waiver : run.waivers) {
    const Place place{waiver.file, std::max(waiver.line, 1)};
    if (waiver.state == "stale") commands.add("error", place, "stale waiver", waiver_words(waiver));
    if (waiver.state == "expired" || waiver.state == "ending")
      commands.add("warning", place, "waiver", waiver_words(waiver));
  }
  for (const auto& one : findings(run)) {
    if (one.verdict == Verdict::waived) continue;
    auto said = fmt::format("{} Expected: {}. Actual: {}.", one.requirement.empty() ? one.title : one.requirement,
                            one.expected, one.actual);
    if (!one.reason.empty()) said += " " + one.reason + ".";
    if (!one.advice.empty()) said += " " + one.advice;
    commands.add(
        one.verdict == Verdict::fail ? "error" : "warning", one.place,
        fmt::format("{} ({}{}{})", one.name(), to_string(one.level), one.reference.empty() ? "" : ", ", one.reference),
        said);
  }
  if (run.since)
    for (const auto& change : run.since->changes)
      if (change.kind == "lost-proof")
        commands.add("warning", place_of(run, {}), "lost proof: " + change.name(), change.is + ": " + change.now);
  return commands.take();
}

std::string badge(const record::Run& run, const record::Redactor& redactor) {
  std::vector<std::string> parts;
  const auto counts = record::count_rules(run);
  for (const auto verdict : told_order()) {
    const bool worth_it = verdict == Verdict::pass || verdict == Verdict::fail || verdict == Verdict::warn ||
                          verdict == Verdict::waived || unproven(verdict);
    if (const auto found = counts.find(verdict); worth_it && found != counts.end())
      parts.push_back(counted(verdict, found->second));
  }
  std::string message = fmt::format("{}", fmt::join(parts, ", "));
  // Redacted before it is lowered: a secret in lower case would not be known.
  const auto result = base::lower(shown(redactor, run.result, 60));
  if (run.load) message = run.result == "PASS" ? "load passed" : "load: " + result;
  return record::json::written({{"schemaVersion", 1},
                                {"label", shown(redactor, run.profile.empty() ? "assay" : run.profile, 60)},
                                {"message", message.empty() ? result : message},
                                {"color", colour(run)},
                                {"isError", run.result != "PASS"}});
}

}  // namespace assay::report

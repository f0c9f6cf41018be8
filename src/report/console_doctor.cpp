// The result of `assay doctor` on a terminal: what is ready, and what to change before anything can be proven.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "report/console.hpp"

namespace assay::report {

using record::Verdict;

std::string terminal_doctor(const record::Run& run, const record::Redactor& redactor, const TerminalStyle& style) {
  Console console(redactor, style);
  std::vector<std::string> parts = {"assay " + console.text(run.tool_version),
                                    run.command == "init" ? "init" : "doctor", console.text(target_words(run))};
  if (!run.issuer.empty() && run.issuer != run.target_name) parts.push_back(console.text(run.issuer));
  console.wrapped("", 0, console.joined(parts));
  if (!run.product.empty())
    console.wrapped("", 0,
                    "This looks like " + console.text(run.product) + " (" + console.text(run.product_because) + ").");
  console.line();

  std::size_t name_width = 0;
  for (const auto& check : run.preflight)
    name_width = std::max(name_width, std::min<std::size_t>(display_width(console.text(check.name)), 34));
  std::map<Verdict, std::size_t> counts;
  for (const auto& check : run.preflight) {
    ++counts[check.verdict];
    const bool fine = check.verdict == Verdict::pass || check.verdict == Verdict::not_applicable;
    if (fine && style.verbosity < 0) continue;
    const auto name = console.text(check.name);
    const auto padding = std::string(name_width - std::min(name_width, display_width(name)) + 2, ' ');
    console.wrapped(fmt::format("{} {}{}", console.glyph(check.verdict), name, padding),
                    display_width(name) + padding.size() + 2, console.text(check.seen));
    if (fine) continue;
    console.field("try", console.text(check.hint));
    console.field("product", console.text(check.product_hint));
    if (style.verbosity < 1) continue;
    for (const int id : check.evidence)
      if (const auto* exchange = find_exchange(run, id)) console.exchange(*exchange);
  }
  console.line();
  std::vector<std::string> summary;
  for (const auto verdict : told_order())
    if (counts[verdict] > 0) summary.push_back(counted(verdict, counts[verdict]));
  if (summary.empty()) summary.push_back("nothing was checked");
  console.wrapped("Summary  ", 9, console.joined(summary));
  const bool stopped = std::any_of(run.preflight.begin(), run.preflight.end(), [](const auto& check) {
    return unproven(check.verdict) || check.verdict == Verdict::fail;
  });
  console.wrapped("Result   ", 9, stopped ? "not ready: see what to try above" : "ready for assay check");
  return console.take();
}

}  // namespace assay::report

// Shows whether load runs differ, with the range of each side, so that a reader sees why a difference is called one or not.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "record/json_text.hpp"
#include "report/compare_view.hpp"
#include "report/console.hpp"
#include "report/markdown_text.hpp"

namespace assay::report {
namespace {

using record::LoadComparison;
using record::LoadRow;

std::string range(std::uint64_t all, std::uint64_t low, std::uint64_t high, bool utf8) {
  if (low == high) return short_time(all, utf8);
  return fmt::format("{} ({} to {})", short_time(all, utf8), short_time(low, utf8), short_time(high, utf8));
}

std::string load_conclusion(const LoadComparison& load) {
  if (load.anything()) return load.regression() ? "something is worse" : "nothing is worse";
  return "no difference that these runs can show";
}

std::string caveat(const LoadComparison& load) {
  if (load.enough)
    return "a difference is one of more than 10 % and 1 ms in which the runs of the two sides do not overlap";
  return fmt::format("times need {} runs per side to be compared, and there are {} and {} (--old F, --new F)",
                     record::kRunsPerSide, load.runs_before, load.runs_now);
}

}  // namespace

std::string terminal_compare(const LoadComparison& load, const TerminalStyle& style) {
  const record::Redactor none;
  Console console(none, style);
  console.line(fmt::format("Load: {} before, {} now", base::plural(load.runs_before, "run"),
                           base::plural(load.runs_now, "run")));
  console.line();
  for (const auto& row : load.rows) {
    const auto mark = console.glyph(row.change == "slower"   ? record::Verdict::fail
                                    : row.change == "faster" ? record::Verdict::pass
                                                             : record::Verdict::note);
    const auto name = console.text(fmt::format("{} p{:g}", row.step, row.percentile), 28);
    console.wrapped(fmt::format("{} {:<24} ", mark, name), 27,
                    fmt::format("{}, was {}{}", range(row.now, row.now_low, row.now_high, style.utf8),
                                range(row.before, row.before_low, row.before_high, style.utf8),
                                row.change.empty() ? "" : ": " + row.change));
  }
  for (const auto& one : load.broken)
    console.wrapped(console.glyph(record::Verdict::fail) + " new: ", 7, console.text(one));
  for (const auto& one : load.mended)
    console.wrapped(console.glyph(record::Verdict::pass) + " gone: ", 8, console.text(one));
  console.wrapped("Failed   ", 9,
                  fmt::format("{} of {} flows, was {} of {}", grouped(load.failed_now), grouped(load.done_now),
                              grouped(load.failed_before), grouped(load.done_before)));
  console.wrapped("Compared ", 9, fmt::format("{}; {}", load_conclusion(load), caveat(load)));
  return console.take();
}

std::string markdown_compare(const LoadComparison& load) {
  const record::Redactor none;
  const MarkdownText md(none);
  std::string out = fmt::format(
      "### Load compared: {}\n\n{}\n\n| Step | | Before | Now | Change |\n| --- | --- | --- | --- | --- |\n",
      load_conclusion(load), caveat(load));
  for (const auto& row : load.rows)
    out += fmt::format("| {} | p{:g} | {} | {} | {} |\n", md.code(row.step, 80), row.percentile,
                       range(row.before, row.before_low, row.before_high, true),
                       range(row.now, row.now_low, row.now_high, true), row.change);
  out += "\n";
  for (const auto& one : load.broken) out += fmt::format("- ❌ new: {}\n", md.code(one));
  for (const auto& one : load.mended) out += fmt::format("- ✅ gone: {}\n", md.code(one));
  return out;
}

std::string json_compare(const LoadComparison& load) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const auto& row : load.rows)
    rows.push_back({{"step", row.step},
                    {"percentile", row.percentile},
                    {"beforeNs", row.before},
                    {"beforeRangeNs", {row.before_low, row.before_high}},
                    {"nowNs", row.now},
                    {"nowRangeNs", {row.now_low, row.now_high}},
                    {"change", row.change}});
  return record::json::written({{"kind", "load"},
                                {"runsBefore", load.runs_before},
                                {"runsNow", load.runs_now},
                                {"enoughRuns", load.enough},
                                {"regression", load.regression()},
                                {"difference", load.anything()},
                                {"new", load.broken},
                                {"gone", load.mended},
                                {"rows", std::move(rows)}});
}

}  // namespace assay::report

// The result of `assay load` on a terminal: what was asked and what came of it, a table of times, and above all whether the
// numbers can be believed.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "report/console.hpp"

namespace assay::report {
namespace {

using record::Histogram;
using record::Load;
using record::Verdict;

std::string span(std::chrono::nanoseconds duration) { return base::format_duration(duration); }

void head(Console& console, const record::Run& run, const Load& load) {
  const bool open = load.model == "open";
  std::vector<std::string> parts = {console.text(load.plan.empty() ? load.journey : load.plan),
                                    open ? "open model" : "closed model"};
  if (load.arrivals == "poisson") parts.back() += ", Poisson";
  parts.push_back(open ? fmt::format("{:g}/s for {}", load.rate, span(load.planned_duration))
                       : fmt::format("{} for {}", base::plural(load.users, "user"), span(load.planned_duration)));
  if (load.warm_up.count() > 0) parts.back() += " after " + span(load.warm_up) + " warm-up";
  if (load.parts > 1) parts.push_back(fmt::format("{} runs side by side", load.parts));
  console.wrapped("Load  ", 6, console.joined(parts));
  if (!load.title.empty()) console.wrapped("      ", 6, console.text(load.title));
  std::vector<std::string> counts = {grouped(load.planned) + " planned", grouped(load.started) + " started",
                                     grouped(load.done) + " done", grouped(load.dropped) + " dropped",
                                     grouped(load.failed) + " failed"};
  if (load.cut_off > 0) counts.push_back(grouped(load.cut_off) + " cut off");
  if (!open) counts.erase(counts.begin());
  console.wrapped("      ", 6, console.joined(counts));
  const double seconds = std::chrono::duration<double>(load.measured_duration).count();
  std::vector<std::string> more = {console.text(target_words(run)), grouped(load.requests) + " requests"};
  if (seconds > 0) {
    more.push_back(per_second(load.requests, load.measured_duration) + " requests/s");
    more.push_back(fmt::format("{:.2f} cores used here", load.cpu_seconds / seconds));
  }
  console.wrapped("      ", 6, console.joined(more));
}

// Is the generator to be believed? Said before the times, because it decides whether to read them.
void trust(Console& console, const Load& load) {
  const auto verdict = load.trust == "valid" ? Verdict::pass : load.trust == "suspect" ? Verdict::warn : Verdict::fail;
  std::vector<std::string> parts;
  if (load.lateness.count() > 0) parts.push_back("lateness p99 " + console.time(load.lateness.percentile(99)));
  parts.push_back(load.trust == "valid"     ? "trustworthy"
                  : load.trust == "suspect" ? "to be read with care"
                                            : "not to be believed");
  console.wrapped(fmt::format("Trust {} ", console.glyph(verdict)), 8, console.joined(parts));
  for (const auto& reason : load.trust_reasons) console.wrapped("        ", 8, console.text(reason));
  console.line();
}

void row(Console& console, std::size_t name_width, const std::string& name, const std::vector<std::string>& cells) {
  std::string out = name + std::string(name_width - std::min(name_width, display_width(name)), ' ');
  static constexpr std::size_t widths[] = {9, 9, 9, 9, 9, 9, 9};
  for (std::size_t i = 0; i < cells.size(); ++i)
    out += std::string(widths[i] - std::min(widths[i], display_width(cells[i])), ' ') + cells[i];
  console.line(out);
}

void times(Console& console, const Load& load) {
  constexpr std::size_t kCells = 63;
  const auto room = std::clamp<std::size_t>(console.width() - kCells, 12, 30);
  const auto name_of = [&](std::string_view raw) {
    auto name = console.text(raw);
    if (display_width(name) <= room) return name;
    // A long name stands on a line of its own, so that the columns stay where they are.
    console.line(name);
    return std::string();
  };
  const auto cells = [&](std::uint64_t done, std::uint64_t failed, const Histogram& times_of) {
    const auto share =
        done + failed == 0 ? 0 : 100 * static_cast<double>(failed) / static_cast<double>(std::max(done, failed));
    std::vector<std::string> out = {per_second(done, load.measured_duration), fmt::format("{:.2f} %", share)};
    for (const double percent : {50.0, 90.0, 99.0, 99.9})
      out.push_back(times_of.count() == 0 ? "-" : console.time(times_of.percentile(percent)));
    out.push_back(times_of.count() == 0 ? "-" : console.time(times_of.max()));
    return out;
  };
  row(console, room, "", {"per s", "errors", "p50", "p90", "p99", "p99.9", "max"});
  row(console, room, "whole flow", cells(load.done, load.failed, load.flow_response));
  const auto steps = [&](const std::vector<record::StepTimes>& all, std::string_view indent) {
    for (const auto& step : all)
      row(console, room, name_of(std::string(indent) + step.name), cells(step.done, step.failed, step.service));
  };
  // A mix has a row for each rule, and the steps under it.
  if (load.journeys.size() > 1) {
    for (const auto& one : load.journeys) {
      if (one.beside && one.response.count() == 0) continue;  // it has a line of its own below
      row(console, room, name_of(one.rule), cells(one.done, one.failed, one.response));
      steps(one.steps, "  ");
    }
  } else {
    steps(load.steps, "");
  }

  if (load.model == "open") {
    console.wrapped(
        "", 0,
        fmt::format("Times of the whole flow count from its planned start, so waiting in a queue shows; from its own "
                    "start its p99 was {}. Times of a step count from its own request.",
                    console.time(load.flow_service.percentile(99))));
  } else {
    console.wrapped(
        "", 0,
        "Closed model: a user waits for an answer before asking again, so a slow server was asked less often. These "
        "percentiles tell what the users saw, not what arrivals at a fixed rate would have met.");
  }
  console.line();
}

void totals(Console& console, std::string_view title, Paint paint, const std::map<std::string, std::uint64_t>& all) {
  if (all.empty()) return;
  console.line(console.paint(title, paint));
  for (const auto& [name, count] : all)
    console.wrapped(fmt::format("  {:>8}  ", grouped(count)), 12, console.text(name));
  console.line();
}

}  // namespace

std::string terminal_load(const record::Run& run, const record::Redactor& redactor, const TerminalStyle& style) {
  Console console(redactor, style);
  if (run.load) {
    const auto& load = *run.load;
    head(console, run, load);
    trust(console, load);
    times(console, load);
    load_limit(console, load);
    load_beside(console, load);
    load_invariants(console, load);
    load_objectives(console, load);
    waiver_lines(console, run);
    totals(console, "Rules broken under load", Paint::red, load.violations);
    totals(console, "Errors", Paint::yellow, load.errors);
    if (!load.doubts.empty()) {
      console.line(console.paint("Doubts", Paint::bold));
      for (const auto& doubt : load.doubts) {
        console.wrapped("  ! ", 4, console.text(doubt.what));
        console.field("try", console.text(doubt.remedy));
      }
      console.line();
    }
  }
  if (const auto broken_off = interruption(run); !broken_off.empty()) console.wrapped("", 0, broken_off);
  std::string result = "Result   " + console.text(run.result);
  if (!run.exits.empty()) result += fmt::format(", exit {}", run.exits.front());
  console.spread(result, fmt::format("{:.1f} s", std::chrono::duration<double>(run.took).count()));
  return console.take();
}

}  // namespace assay::report

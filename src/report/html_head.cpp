// The top of the HTML report: the bar that stays in sight, the verdict in a sentence, what was tested, and the counts.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "record/compare.hpp"
#include "report/html.hpp"

namespace assay::report {
namespace {

using record::Verdict;

void fact(Page& page, Markup name, const std::string& value) {
  if (!value.empty())
    page.put("<div{}><dt>{}</dt><dd>{}</dd></div>\n", value.size() > 60 ? Markup(" class=wide") : Markup(""), name,
             page.text(value));
}

// The counts as one bar of proportional segments, and in words below it; each word leads to its rules.
void counts_bar(Page& page) {
  const auto counts = record::count_rules(page.run());
  std::size_t all = 0;
  for (const auto& [verdict, count] : counts) all += count;
  if (all == 0) return;
  page << "<svg class=bar viewBox=\"0 0 1000 10\" preserveAspectRatio=none aria-hidden=true>";
  double x = 0;
  Html legend;
  for (const auto verdict : told_order()) {
    const auto found = counts.find(verdict);
    if (found == counts.end()) continue;
    const double width = 1000.0 * static_cast<double>(found->second) / static_cast<double>(all);
    page.put("<rect class={} x=\"{:.1f}\" y=0 width=\"{:.1f}\" height=10></rect>", verdict_class(verdict), x,
             std::max(width - 2, 1.5));
    x += width;
    legend += markup("<li>{}</li>", badge(verdict, counted(verdict, found->second)));
  }
  page.put("</svg>\n<ul class=legend aria-label=\"Rules by verdict\">{}</ul>\n", legend);
}

// The result counts what a load run found, too; the verdict is that of the rules alone.
Markup result_class(const record::Run& run) {
  if (run.result == "PASS") return "pass";
  return run.result == "FAIL" ? Markup("fail") : Markup("open");
}

constexpr std::size_t kNamedInHead = 4;

// "Since 2026-11-20: 1 new failure, 1 fixed. New: code/single-use#second-use-denied"
void since_line(Page& page) {
  const auto& run = page.run();
  if (!run.since) return;
  page.put("<p class=since>Since <a href=\"#since\">{}</a>: {}.",
           escaped(day_and_time(run.since->started).substr(0, 10)), escaped(change_counts(*run.since)));
  std::size_t told = 0;
  for (const auto& change : run.since->changes) {
    if (!record::is_regression(change) || ++told > kNamedInHead) continue;
    page.put("{}<b class=fail>{}</b>", told == 1 ? Markup(" New: ") : Markup(", "), page.text(change.name(), 200));
  }
  if (told > kNamedInHead) page.put(" and {} more", told - kNamedInHead);
  page << "</p>\n";
}

// "2 waivers: code/single-use#second-use-denied (identity-team, 12 days left), ...": who answers for what is not shown as broken.
void waiver_line(Page& page) {
  const auto& waivers = page.run().waivers;
  if (waivers.empty()) return;
  page.put("<p class=since><a href=\"#waivers\">{}</a>: ", escaped(base::plural(waivers.size(), "waiver")));
  std::size_t told = 0;
  for (const auto& one : waivers) {
    if (++told > kNamedInHead) continue;
    const auto left = one.state == "stale"    ? "passes now: to be removed"
                      : one.days_left < 0     ? "ended " + one.until
                      : one.state == "unused" ? "nothing to hide"
                                              : base::plural(static_cast<std::size_t>(one.days_left), "day") + " left";
    page.put("{}{} ({}, {})", told == 1 ? Markup("") : Markup(", "), page.text(one.rule + "#" + one.check, 200),
             page.text(one.owner, 80), page.text(left, 80));
  }
  if (told > kNamedInHead) page.put(" and {} more", told - kNamedInHead);
  page << "</p>\n";
}

bool any_rule(const record::Run& run, bool (*matches)(Verdict)) {
  return std::ranges::any_of(run.rules, [&](const auto& rule) { return matches(rule.verdict); });
}

void contents(Page& page) {
  const auto& run = page.run();
  page << "<nav aria-label=Contents><ul>";
  if (any_rule(run, [](Verdict verdict) { return verdict == Verdict::fail || verdict == Verdict::warn; }) ||
      (run.load && record::breaks_rules(*run.load)))
    page << "<li><a href=\"#first\">Fix first</a></li>";
  if (run.load) page << "<li><a href=\"#load\">Load</a></li>";
  if (!run.rules.empty()) page << "<li><a href=\"#rules\">Rules</a></li>";
  if (any_rule(run, [](Verdict verdict) {
        return unproven(verdict) || verdict == Verdict::waived || verdict == Verdict::not_judged ||
               verdict == Verdict::not_applicable;
      }))
    page << "<li><a href=\"#left-over\">Not shown</a></li>";
  if (run.since) page << "<li><a href=\"#since\">Changes</a></li>";
  if (!run.waivers.empty()) page << "<li><a href=\"#waivers\">Waivers</a></li>";
  const bool clauses = std::ranges::any_of(run.rules, [](const auto& rule) {
    return std::ranges::any_of(rule.checks, [](const auto& check) { return !check.clause.empty(); });
  });
  if (clauses) page << "<li><a href=\"#coverage\">Coverage</a></li>";
  page << "<li><a href=\"#setting\">Setting</a></li><li><a href=\"#data\">Data</a></li></ul></nav>\n";
}

}  // namespace

void html_top(Page& page) {
  const auto& run = page.run();
  page.put(
      "<header class=top><div class=bound><p class=brand><b>assay</b> <span>{}</span></p><span class=\"result {}\">{}"
      "</span>\n",
      page.text(target_words(run), 120), result_class(run), page.text(run.result));
  contents(page);
  // Useful with a script only, and shown by it.
  page << "<button type=button id=theme hidden>Theme</button></div></header>\n";
}

void html_head(Page& page) {
  const auto& run = page.run();
  page.put("<div class=hero>\n<h1>{}</h1>\n", page.text(verdict_sentence(run)));
  if (run.command != "load") counts_bar(page);
  since_line(page);
  waiver_line(page);
  page << "<dl class=facts>\n";
  fact(page, "Target", target_words(run));
  fact(page, "Issuer", run.issuer);
  fact(page, "Profile",
       run.profile + (run.profile_frozen.empty() ? "" : ", frozen " + run.profile_frozen) +
           (run.preset.empty() ? "" : ", preset " + run.preset));
  fact(page, "Started", day_and_time(run.started));
  fact(page, "Took", took_words(run.took));
  fact(page, "Clients", fmt::format("{}", fmt::join(run.clients, ", ")));
  fact(page, "Login", run.login_driver);
  if (run.slow_downs > 0)
    fact(page, "Slowed down",
         fmt::format("asked by the server {} times, {}", run.slow_downs, base::format_duration(run.slowed_down)));
  fact(page, "Tool",
       "assay " + run.tool_version + (run.ruleset_hash.empty() ? "" : ", rules " + run.ruleset_hash.substr(0, 19)));
  fact(page, "Exit", run.exits.empty() ? "" : fmt::format("{}", fmt::join(run.exits, ", ")));
  page << "</dl>\n</div>\n";
}

}  // namespace assay::report

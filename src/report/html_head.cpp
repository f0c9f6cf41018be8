// The top of the HTML report: the verdict in a sentence, what was tested, the counts, and what to fix first.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "report/html.hpp"

namespace assay::report {
namespace {

using record::Verdict;

void fact(Page& page, std::string_view name, const std::string& value) {
  if (!value.empty())
    page << (value.size() > 50 ? "<div class=\"wide\"><dt>" : "<div><dt>") << name << "</dt><dd>" << page.text(value)
         << "</dd></div>\n";
}

// The counts as one bar of proportional segments, and in words below it.
void counts_bar(Page& page) {
  const auto counts = record::count_rules(page.run());
  std::size_t all = 0;
  for (const auto& [verdict, count] : counts) all += count;
  if (all == 0) return;
  page << "<svg class=\"bar\" viewBox=\"0 0 1000 14\" preserveAspectRatio=\"none\" aria-hidden=\"true\">";
  double x = 0;
  std::string legend;
  for (const auto verdict : told_order()) {
    const auto found = counts.find(verdict);
    if (found == counts.end()) continue;
    const double width = 1000.0 * static_cast<double>(found->second) / static_cast<double>(all);
    page << fmt::format("<rect class=\"{}\" x=\"{:.1f}\" y=\"0\" width=\"{:.1f}\" height=\"14\"/>",
                        verdict_class(verdict), x, std::max(width - 2, 1.0));
    x += width;
    legend += fmt::format("<li>{}</li>", badge(verdict, counted(verdict, found->second)));
  }
  page << "</svg>\n<ul class=\"legend\" aria-label=\"Rules by verdict\">" << legend << "</ul>\n";
}

void contents(Page& page) {
  const auto& run = page.run();
  page << "<nav aria-label=\"Contents\"><ul>";
  const auto has = [&](Verdict verdict) {
    return std::any_of(run.rules.begin(), run.rules.end(), [&](const auto& rule) { return rule.verdict == verdict; });
  };
  if (has(Verdict::fail) || has(Verdict::warn)) page << "<li><a href=\"#first\">What to fix first</a></li>";
  if (run.load) page << "<li><a href=\"#load\">Load</a></li>";
  if (!run.rules.empty()) page << "<li><a href=\"#rules\">Rules</a></li>";
  const bool left = std::any_of(run.rules.begin(), run.rules.end(), [](const auto& rule) {
    return unproven(rule.verdict) || rule.verdict == Verdict::waived || rule.verdict == Verdict::not_judged ||
           rule.verdict == Verdict::not_applicable;
  });
  if (left) page << "<li><a href=\"#left-over\">Not judged</a></li>";
  const bool clauses = std::any_of(run.rules.begin(), run.rules.end(), [](const auto& rule) {
    return std::any_of(rule.checks.begin(), rule.checks.end(), [](const auto& check) { return !check.clause.empty(); });
  });
  if (clauses) page << "<li><a href=\"#coverage\">Coverage</a></li>";
  page << "<li><a href=\"#setting\">Setting</a></li><li><a href=\"#data\">Data</a></li></ul></nav>\n";
}

void fix_card(Page& page, const RuleGroup& group) {
  const auto& rule = **std::find_if(group.cases.begin(), group.cases.end(),
                                    [&](const auto* one) { return one->verdict == group.verdict; });
  page << "<li class=\"card" << (group.verdict == Verdict::warn ? " w" : "") << "\"><h3>" << badge(group.verdict)
       << " <a href=\"" << page.reference(group.id) << "\">" << page.text(rule.title) << "</a></h3>\n";
  if (!rule.story.empty()) page << "<p>" << page.text(rule.story) << "</p>\n";
  for (const auto& check : rule.checks) {
    if (check.verdict != group.verdict) continue;
    page << "<p class=\"muted\">" << to_string(check.level) << (check.reference.empty() ? "" : ", ")
         << clause_link(page, check);
    if (!check.actual.empty()) page << ", actual: " << page.marked(check.actual, 200);
    page << "</p>\n";
    if (!check.advice.empty()) page << "<p class=\"advice\">" << page.text(check.advice) << "</p>\n";
  }
  const auto broken = std::count_if(group.cases.begin(), group.cases.end(),
                                    [&](const auto* one) { return one->verdict == group.verdict; });
  if (broken > 1) page << fmt::format("<p class=\"muted\">{} of {} cases</p>\n", broken, group.cases.size());
  page << "</li>\n";
}

}  // namespace

void html_head(Page& page) {
  const auto& run = page.run();
  page << "<header>\n<p class=\"brand\">assay · what an OAuth 2 server does, measured from outside</p>\n<h1>"
       << page.text(verdict_sentence(run)) << "</h1>\n<p><span class=\"result " << verdict_class(run.verdict) << "\">"
       << page.text(run.result) << "</span> <span class=\"muted\">"
       << (run.exits.empty() ? "" : fmt::format("exit {}", fmt::join(run.exits, ", "))) << "</span></p>\n";
  if (run.command != "load") counts_bar(page);
  page << "<dl class=\"facts\">\n";
  fact(page, "Target", target_words(run));
  fact(page, "Issuer", run.issuer);
  fact(page, "Profile",
       run.profile + (run.profile_frozen.empty() ? "" : ", frozen " + run.profile_frozen) +
           (run.preset.empty() ? "" : ", preset " + run.preset));
  fact(page, "Started", day_and_time(run.started));
  fact(page, "Took", short_time(static_cast<std::uint64_t>(std::max<std::int64_t>(run.took.count(), 0))));
  fact(page, "Clients", fmt::format("{}", fmt::join(run.clients, ", ")));
  fact(page, "Login", run.login_driver);
  if (run.slow_downs > 0)
    fact(page, "Slowed down",
         fmt::format("asked by the server {} times, {}", run.slow_downs, base::format_duration(run.slowed_down)));
  fact(page, "Tool",
       "assay " + run.tool_version + (run.ruleset_hash.empty() ? "" : ", rules " + run.ruleset_hash.substr(0, 19)));
  page << "</dl>\n";
  contents(page);
  page << "</header>\n";
}

void html_fix_first(Page& page) {
  const auto all = topics(page.run());
  bool any = false;
  for (const auto wanted : {Verdict::fail, Verdict::warn})
    for (const auto& topic : all)
      for (const auto& group : topic.rules) {
        if (group.verdict != wanted) continue;
        if (!any) page << "<h2 id=\"first\">What to fix first</h2>\n<ol class=\"first\">\n";
        any = true;
        fix_card(page, group);
      }
  if (any) page << "</ol>\n";
}

}  // namespace assay::report

// The reference part of the HTML report: what this run does not show and why, and the setting of the run.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "report/html.hpp"

namespace assay::report {
namespace {

using record::Verdict;

// Rules of one verdict, those with the same reason together.
void reasons(Page& page, Verdict verdict, Markup id, Markup title, Markup meaning) {
  std::vector<std::pair<std::string, std::vector<const record::Rule*>>> by_reason;
  for (const auto& rule : page.run().rules) {
    if (rule.verdict != verdict) continue;
    const auto reason = reason_of(rule);
    auto at = std::find_if(by_reason.begin(), by_reason.end(), [&](const auto& one) { return one.first == reason; });
    if (at == by_reason.end()) at = by_reason.insert(at, {reason, {}});
    at->second.push_back(&rule);
  }
  if (by_reason.empty()) return;
  page.put(
      "<h3 id={}>{} <small>{}</small></h3>\n<div class=\"box scroll\" tabindex=0 role=group "
      "aria-label=\"{}\"><table><thead><tr><th scope=col>Why</th><th "
      "scope=col>Rules</th></tr></thead><tbody>\n",
      id, badge(verdict, title.view()), meaning, title);
  for (const auto& [reason, rules] : by_reason) {
    page.put("<tr><td>{}</td><td>", reason.empty() ? markup("no reason was recorded") : page.marked(reason));
    for (std::size_t i = 0; i < rules.size(); ++i)
      page.put("{}<a href=\"#{}\">{}</a>", i ? Markup(", ") : Markup(""), page.place_of(*rules[i]),
               page.text(rules[i]->full_id()));
    page << "</td></tr>\n";
  }
  page << "</tbody></table></div>\n";
}

}  // namespace

void html_left_over(Page& page) {
  const bool any = std::any_of(page.run().rules.begin(), page.run().rules.end(), [](const auto& rule) {
    return unproven(rule.verdict) || rule.verdict == Verdict::waived || rule.verdict == Verdict::not_judged ||
           rule.verdict == Verdict::not_applicable;
  });
  if (!any) return;
  page << "<section aria-labelledby=left-over><h2 id=left-over>What this run does not show</h2>\n";
  reasons(page, Verdict::blocked, "blocked", "blocked", "the set-up failed, so nothing was asked");
  reasons(page, Verdict::inconclusive, "inconclusive", "inconclusive", "asked, but the answer decides nothing");
  reasons(page, Verdict::harness_error, "errors-of-assay", "error of assay", "our fault, not the server's");
  reasons(page, Verdict::interrupted, "interrupted", "interrupted", "the run was stopped before");
  reasons(page, Verdict::waived, "waived", "waived", "known to be lacking, accepted for a time");
  reasons(page, Verdict::not_judged, "not-judged", "not judged", "follows from another check, or was left out");
  reasons(page, Verdict::not_applicable, "not-applicable", "not applicable", "the server does not claim to do this");
  page << "</section>\n";
}

void html_setting(Page& page) {
  const auto& run = page.run();
  page << "<section aria-labelledby=setting><h2 id=setting>Setting</h2>\n";
  if (!run.preflight.empty()) {
    page << "<h3>Preflight</h3>\n<div class=\"box scroll\" tabindex=0 role=group "
            "aria-label=Preflight><table><thead><tr><th scope=col>Check</th><th "
            "scope=col>Verdict</th><th scope=col>Seen</th><th scope=col>To change</th></tr></thead><tbody>\n";
    for (const auto& check : run.preflight)
      page.put("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", page.text(check.name), badge(check.verdict),
               page.marked(check.seen), page.marked(check.hint));
    page << "</tbody></table></div>\n";
    Story story;
    for (const auto& exchange : run.exchanges)
      if (exchange.rule.empty() && story.exchanges.size() < 40) story.exchanges.push_back(exchange.id);
    story.shown = story.exchanges;
    if (!story.exchanges.empty()) {
      page.put(
          "<details class=fold><summary><span class=title>Exchanges of the preflight</span> <span "
          "class=small>{}</span></summary><div class=inside>\n",
          story.exchanges.size());
      html_exchanges(page, story);
      page << "</div></details>\n";
    }
  }
  if (!run.capabilities.empty()) {
    page << "<details class=fold><summary><span class=title>Capabilities</span> <span class=small>claimed or "
            "observed</span></summary><div class=inside>\n";
    for (const bool wanted : {true, false}) {
      std::string names;
      for (const auto& [name, held] : run.capabilities)
        if (held == wanted) names += (names.empty() ? "" : ", ") + name;
      if (!names.empty()) page.put("<p>{}: {}</p>\n", wanted ? Markup("Yes") : Markup("No"), page.text(names, 8000));
    }
    page << "</div></details>\n";
  }
  page << "<details class=fold><summary><span class=title>Environment</span></summary><div "
          "class=inside><table><tbody>\n";
  for (const auto& [name, value] : run.environment)
    page.put("<tr><th scope=row>{}</th><td>{}</td></tr>\n", page.text(name), page.text(value));
  page.put(
      "<tr><th scope=row>seed</th><td>{}</td></tr>\n<tr><th scope=row>rule "
      "set</th><td>{}</td></tr>\n</tbody></table></div>"
      "</details>\n</section>\n",
      run.seed, page.text(run.ruleset_hash));
}

}  // namespace assay::report

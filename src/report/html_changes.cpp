// What the HTML report says beyond one run: what changed since the baseline, and the waivers with their state.
#include <algorithm>

#include "report/html.hpp"

namespace assay::report {
namespace {

using record::Verdict;

constexpr std::size_t kChangesOnPage = 200;

Html change_badge(const record::Change& change) {
  const bool worse = change.kind == "new-failure" || change.kind == "lost-proof";
  return badge(worse                    ? Verdict::fail
               : change.kind == "fixed" ? Verdict::pass
                                        : Verdict::note,
               change_word(change.kind));
}

Html waiver_badge(const record::Waiver& waiver) {
  if (waiver.state == "stale" || waiver.state == "expired") return badge(Verdict::fail, waiver.state);
  if (waiver.state == "ending") return badge(Verdict::warn, waiver.state);
  // A record may come from anywhere: only words of ours are shown as such.
  return badge(Verdict::waived, waiver.state == "unused" ? "unused" : "active");
}

void changes(Page& page, const record::Since& since) {
  page.put("<section aria-labelledby=since><h2 id=since>Since {}</h2>\n<p>{}</p>\n",
           escaped(day_and_time(since.started)), escaped(change_counts(since)));
  if (since.changes.empty()) {
    page << "</section>\n";
    return;
  }
  page << "<div class=\"box scroll\" tabindex=0 role=group aria-label=Changes><table><thead><tr><th "
          "scope=col>Change</th><th scope=col>Check</th><th scope=col>Before</th><th "
          "scope=col>Now</th></tr></thead><tbody>\n";
  std::size_t shown = 0;
  for (const auto& change : since.changes) {
    if (++shown > kChangesOnPage) break;
    // What is gone has no place on this page to lead to.
    const auto name = page.text(change.name(), 200);
    const auto rule = change.rule + (change.case_name.empty() ? "" : "#" + change.case_name);
    const auto here = std::ranges::find(page.run().rules, rule, &record::Rule::full_id);
    page.put("<tr><td>{}</td><td>{}</td><td>{} {}</td><td>{} {}</td></tr>\n", change_badge(change),
             here != page.run().rules.end() ? markup("<a href=\"#{}\">{}</a>", page.place_of(*here), name) : name,
             page.text(change.was), page.marked(change.before, 300), page.text(change.is),
             page.marked(change.now, 300));
  }
  page << "</tbody></table></div>\n</section>\n";
}

void waivers_table(Page& page) {
  page
      << "<section aria-labelledby=waivers><h2 id=waivers>Waivers</h2>\n<div class=\"box scroll\" tabindex=0 "
         "role=group "
         "aria-label=Waivers><table><thead><tr><th scope=col>State</th><th scope=col>Check</th><th scope=col>Until</th>"
         "<th scope=col>Why</th><th scope=col>Owner</th></tr></thead><tbody>\n";
  for (const auto& waiver : page.run().waivers) {
    const auto why = page.text(waiver.reason);
    page.put("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", waiver_badge(waiver),
             page.text(waiver.rule + "#" + waiver.check, 200), page.text(waiver.until),
             waiver.link.starts_with("https://") ? markup("<a href=\"{}\">{}</a>", page.text(waiver.link), why) : why,
             page.text(waiver.owner));
  }
  page << "</tbody></table></div>\n</section>\n";
}

}  // namespace

void html_changes(Page& page) {
  if (page.run().since) changes(page, *page.run().since);
  if (!page.run().waivers.empty()) waivers_table(page);
}

}  // namespace assay::report

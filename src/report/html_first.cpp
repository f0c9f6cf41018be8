// What to fix first: everything that is broken, in one list, what obliges most on top; each with why it matters and what to do.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "report/html.hpp"

namespace assay::report {
namespace {

using record::Verdict;

// The strongest keyword that a rule breaks: MUST before SHOULD.
record::Level broken_level(const RuleGroup& group) {
  auto strongest = record::Level::observe;
  for (const auto* rule : group.cases)
    for (const auto& check : rule->checks)
      if (check.verdict == Verdict::fail || check.verdict == Verdict::warn)
        strongest = std::min(strongest, check.level);
  return strongest;
}

// What an attacker gains, if a check is broken that the threat is about; else nullptr.
const record::Threat* threat_of(const RuleGroup& group) {
  for (const auto* rule : group.cases)
    if (rule->threat)
      for (const auto& check : rule->checks)
        if ((check.verdict == Verdict::fail || check.verdict == Verdict::warn) &&
            std::ranges::find(rule->threat->checks, check.name) != rule->threat->checks.end())
          return &*rule->threat;
  return nullptr;
}

// The worst first; then what nobody gains anything by.
std::size_t rank(const RuleGroup& group) {
  const auto* threat = threat_of(group);
  return threat ? gain_rank(threat->gain) : gain_rank("");
}

void fix_card(Page& page, const RuleGroup& group) {
  const auto& rule = **std::find_if(group.cases.begin(), group.cases.end(),
                                    [&](const auto* one) { return one->verdict == group.verdict; });
  page.put("<li class=\"card is-{}\"><h3>{} <a href=\"#{}\">{}</a></h3>\n", verdict_class(group.verdict),
           badge(group.verdict), page.anchor(group.id), page.text(rule.title));
  if (!rule.story.empty()) page.put("<p>{}</p>\n", page.text(rule.story));
  if (const auto* threat = threat_of(group))
    page.put("<p class=threat><b>{}.</b> {}</p>\n", page.text(gain_words(threat->gain)), page.text(threat->how));
  for (const auto& check : rule.checks) {
    if (check.verdict != group.verdict) continue;
    page.put("<p class=small>{}{}{}", escaped(to_string(check.level)),
             check.reference.empty() ? Markup("") : Markup(", "), clause_link(page, check));
    if (!check.actual.empty()) page.put(". The server: {}", page.marked(check.actual, 200));
    page << "</p>\n";
    if (!check.advice.empty()) page.put("<p class=advice>{}</p>\n", page.text(check.advice));
  }
  const auto broken = std::count_if(group.cases.begin(), group.cases.end(),
                                    [&](const auto* one) { return one->verdict == group.verdict; });
  if (broken > 1) page.put("<p class=small>{} of {} cases</p>\n", broken, group.cases.size());
  page << "</li>\n";
}

void invariant_card(Page& page, const record::Invariant& one) {
  const auto verdict = verdict_of(one);
  page.put(
      "<li class=\"card is-{}\"><h3>{} <a href=\"#invariants\">{}</a></h3>\n<p class=small>{}{}{}. Under load: "
      "{}</p>\n",
      verdict_class(verdict), badge(verdict), page.text(one.title), escaped(to_string(one.level)),
      one.reference.empty() ? Markup("") : Markup(", "), page.text(one.reference), page.marked(invariant_words(one)));
  if (!one.advice.empty()) page.put("<p class=advice>{}</p>\n", page.text(one.advice));
  page << "</li>\n";
}

}  // namespace

void html_fix_first(Page& page) {
  const auto& run = page.run();
  const auto all = topics(run);
  std::vector<const RuleGroup*> broken;
  using enum record::Level;
  // By verdict, then by what obliges most, then by what an attacker gains.
  for (const auto verdict : {Verdict::fail, Verdict::warn})
    for (const auto level : {must, should, may, observe})
      for (std::size_t gain = 0; gain <= gain_rank(""); ++gain)
        for (const auto& topic : all)
          for (const auto& group : topic.rules)
            if (group.verdict == verdict && broken_level(group) == level && rank(group) == gain)
              broken.push_back(&group);
  std::vector<const record::Invariant*> invariants;
  if (run.load)
    for (const auto& one : run.load->invariants)
      if (verdict_of(one) == Verdict::fail || verdict_of(one) == Verdict::warn) invariants.push_back(&one);
  // What flows broke is often what a rule of the run or an invariant tells already, with more words.
  const bool violations = run.load && !run.load->violations.empty();
  std::set<std::string> told;
  for (const auto* group : broken) told.insert(group->id);
  for (const auto* one : invariants) told.insert(one->id);
  if (broken.empty() && invariants.empty() && !violations) return;
  page << "<section aria-labelledby=first><h2 id=first>What to fix first</h2>\n<ol class=first>\n";
  for (const auto* group : broken) fix_card(page, *group);
  for (const auto* one : invariants) invariant_card(page, *one);
  if (violations) {
    for (const auto& [check, times] : run.load->violations) {
      if (told.contains(check.substr(0, check.find('#')))) continue;
      page.put(
          "<li class=\"card is-fail\"><h3>{} <a href=\"#violations\">{}</a></h3>\n<p class=small>Broken {} {} under "
          "load.</p></li>\n",
          badge(Verdict::fail), page.text(check, 200), escaped(grouped(times)),
          times == 1 ? Markup("time") : Markup("times"));
    }
  }
  page << "</ol></section>\n";
}

}  // namespace assay::report

// A rule that holds, in a few lines: its story, what the server did for each check, its cases by what came of them, and the
// exchanges. Most rules of most runs are of this kind, so every byte here counts: what a check asks for is the text of its clause,
// which stands once, in the coverage table.
#include <fmt/format.h>

#include <algorithm>

#include "report/html.hpp"

namespace assay::report {
namespace {

using record::Check;
using record::Rule;
using record::Verdict;

// The level, leading to the clause; or the question of an observation.
Html obligation(Page& page, const Check& check) {
  if (check.clause.empty()) return page.text(check.requirement);
  return markup("<a href=\"#k{}\">{}</a>", page.clause_number(check.clause), escaped(to_string(check.level)));
}

bool has_exchange(const Page& page, int id) { return find_exchange(page.run(), id) != nullptr; }

// What the server did, and where that can be read. A check of another verdict says so, and why.
Html outcome(const Page& page, const Check& check, bool with_evidence) {
  Html out;
  if (check.verdict != Verdict::pass && check.level != record::Level::observe)
    out += badge(check.verdict) + markup(" ");
  out += page.marked(check.actual.empty() ? check.reason : check.actual);
  std::size_t told = 0;
  for (const int id : check.evidence)
    if (with_evidence && has_exchange(page, id) && ++told <= kExchangesOfARule)
      out += markup(" <a href=\"#x{}\">#{}</a>", id, id);
  return out;
}

// What came of all checks of a case, in words; equal cases have equal words.
Html outcomes(const Page& page, const Rule& one) {
  Html out;
  if (one.verdict != Verdict::pass && one.verdict != Verdict::note) out += badge(one.verdict) + markup(" ");
  out += page.marked(one.reason);
  for (const auto& check : one.checks) {
    if (!out.empty()) out += markup("; ");
    if (one.checks.size() > 1) out += markup("<code>{}</code> ", page.text(check.name));
    out += outcome(page, check, false);
  }
  return out;
}

void held_cases(Page& page, const RuleGroup& group) {
  for (const auto& check : group.cases.front()->checks)
    page.put("<li><code>{}</code> {}</li>\n", page.text(check.name), obligation(page, check));
  std::vector<std::pair<Html, Html>> by_outcome;
  for (const auto* one : group.cases) {
    auto words = outcomes(page, *one);
    auto at = std::ranges::find_if(by_outcome, [&](const auto& other) { return other.first.str() == words.str(); });
    if (at == by_outcome.end()) at = by_outcome.insert(at, {std::move(words), Html()});
    at->second += markup("{}{}", at->second.empty() ? Markup("") : Markup(", "), page.text(one->case_name));
  }
  for (const auto& [words, cases] : by_outcome) page.put("<li>{}: {}</li>\n", cases, words);
}

// Every exchange of the rule; what the checks point to with its content.
void held_exchanges(Page& page, const Rule& rule) {
  Story story{.checks = &rule.checks};
  const auto add = [&](std::vector<int>& ids, int id) {
    if (has_exchange(page, id) && std::ranges::find(ids, id) == ids.end()) ids.push_back(id);
  };
  for (const auto& check : rule.checks)
    for (std::size_t i = 0; i < std::min(check.evidence.size(), kExchangesOfARule); ++i)
      add(story.shown, check.evidence[i]);
  story.exchanges = story.shown;
  for (const int id : rule.exchanges)
    if (story.exchanges.size() < std::max(kExchangesOfARule, story.shown.size())) add(story.exchanges, id);
  if (story.exchanges.empty()) return;
  std::ranges::sort(story.exchanges);
  if (!rule.case_name.empty()) page.put("<p class=small>{}</p>\n", page.text(rule.case_name));
  html_exchanges(page, story);
  if (rule.exchanges.size() > story.exchanges.size())
    page.put("<p class=small>{} more exchanges are in run.json.</p>\n", rule.exchanges.size() - story.exchanges.size());
}

}  // namespace

bool holds(Verdict verdict) { return verdict == Verdict::pass || verdict == Verdict::note; }

void html_held(Page& page, const RuleGroup& group) {
  const auto& first = *group.cases.front();
  const bool single = group.cases.size() == 1 && first.case_name.empty();
  if (single && !first.reason.empty()) page.put("<p>{}</p>\n", page.marked(first.reason));
  if (single && first.race) page.put("<p class=trials>{}</p>\n", race_line(page, *first.race));
  page << "<ul class=c>\n";
  if (!single) held_cases(page, group);
  for (const auto& check : first.checks)
    if (single)
      page.put("<li><code>{}</code> {}{} {}</li>\n", page.text(check.name), obligation(page, check),
               check.clause.empty() ? Markup("") : Markup(":"), outcome(page, check, true));
  page << "</ul>\n";
  for (const auto* rule : group.cases) held_exchanges(page, *rule);
}

}  // namespace assay::report

// The rules of the HTML report, by topic: failures open, everything else folded; each check with what the rule expected and
// what the server did, and the exchanges that prove it.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "report/html.hpp"

namespace assay::report {
namespace {

using record::Verdict;

constexpr std::size_t kCasesOpen = 3;  // failing cases of one rule

// The exchanges of a check that are on the page.
std::vector<int> shown_evidence(const Page& page, const record::Check& check) {
  std::vector<int> out;
  for (const int id : check.evidence)
    if (out.size() < kExchangesOfARule && find_exchange(page.run(), id)) out.push_back(id);
  return out;
}

// "#3 first 200 → #4 second 200, 12 ms later"
void evidence_line(Page& page, const record::Check& check) {
  const auto ids = shown_evidence(page, check);
  if (ids.empty()) return;
  page << "<p class=small>Evidence: ";
  const record::Exchange* before = nullptr;
  for (const int id : ids) {
    const auto& exchange = *find_exchange(page.run(), id);
    page.put("{}<a href=\"#x{}\">#{}</a>", before ? Markup(" → ") : Markup(""), id, id);
    if (!holds(check.verdict)) page.put(" {}", page.text(exchange_words(exchange), 80));
    if (before && !holds(check.verdict) && exchange.started >= before->started)
      page.put(", {} later", escaped(took_words(exchange.started - before->started)));
    before = &exchange;
  }
  if (check.evidence.size() > ids.size()) page.put(" and {} more in run.json", check.evidence.size() - ids.size());
  page << "</p>\n";
}

// What the first case of a rule has said already, where nothing is wrong.
bool is_said(const record::Rule* first, const record::Check& check) {
  return first && holds(check.verdict) && std::ranges::any_of(first->checks, [&](const record::Check& one) {
           return one.name == check.name && one.requirement == check.requirement;
         });
}

void check_article(Page& page, const record::Rule& rule, const record::Check& check, const record::Rule* first) {
  const auto id = page.anchor(rule.full_id() + "." + check.name);
  page.put("<div class=check id=\"{}\"><p>{} <a class=here href=\"#{}\"><code>{}</code></a> <span class=small>{}", id,
           badge(check.verdict), id, page.text(check.name), escaped(to_string(check.level)));
  if (!check.clause.empty() || !check.reference.empty()) page.put(", {}", clause_link(page, check));
  page << "</span></p>\n";
  if (!check.requirement.empty() && !is_said(first, check)) page.put("<p>{}</p>\n", page.text(check.requirement));
  if (!check.expected.empty() || !check.actual.empty())
    page.put(
        "<dl class=\"pair is-{}\"><div><dt>Expected (by the rule)</dt><dd>{}</dd></div><div><dt>Actual (the "
        "server)</dt>"
        "<dd>{}</dd></div></dl>\n",
        verdict_class(check.verdict), page.marked(check.expected.empty() ? "–" : check.expected),
        page.marked(check.actual.empty() ? "–" : check.actual));
  if (!check.reason.empty()) page.put("<p class=small>{}</p>\n", page.marked(check.reason));
  const bool wants_advice = check.verdict == Verdict::fail || check.verdict == Verdict::warn;
  if (wants_advice && !check.advice.empty()) page.put("<p class=advice>{}</p>\n", page.text(check.advice));
  evidence_line(page, check);
  page << "</div>\n";
}

// `first`: the first case of the rule, for the others.
void inside(Page& page, const record::Rule& rule, const record::Rule* first = nullptr) {
  if (!rule.reason.empty()) page.put("<p>{}</p>\n", page.marked(rule.reason));
  if (rule.race) page.put("<p class=trials>{}</p>\n", race_line(page, *rule.race));
  // The worst first; among equals in the order of the rule.
  const auto rank = [](const record::Check& check) {
    return check.verdict == Verdict::fail ? 0 : check.verdict == Verdict::warn ? 1 : 2;
  };
  for (int wanted = 0; wanted < 3; ++wanted)
    for (const auto& check : rule.checks)
      if (rank(check) == wanted) check_article(page, rule, check, first);
  // What the checks point to is always shown; the content of the rest where somebody has to find out what went wrong.
  Story story{.checks = &rule.checks, .failure = !holds(rule.verdict)};
  const auto add = [](std::vector<int>& ids, int id) {
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  };
  for (const auto& check : rule.checks)
    for (const int id : shown_evidence(page, check)) add(story.shown, id);
  if (story.failure)
    for (const int id : rule.exchanges)
      if (story.shown.size() < kExchangesOfARule) add(story.shown, id);
  story.exchanges = story.shown;
  for (const int id : rule.exchanges)
    if (story.exchanges.size() < std::max(kExchangesOfARule, story.shown.size())) add(story.exchanges, id);
  std::sort(story.exchanges.begin(), story.exchanges.end());
  html_exchanges(page, story);
  if (rule.exchanges.size() > story.exchanges.size())
    page.put("<p class=small>{} more exchanges are in run.json.</p>\n", rule.exchanges.size() - story.exchanges.size());
}

// What the filter of the page asks for: levels of the checks and clients of the requests, as words.
Html filter_words(const Page& page, const RuleGroup& group) {
  std::set<std::string> levels, clients;
  for (const auto* rule : group.cases) {
    for (const auto& check : rule->checks) levels.insert(base::lower(to_string(check.level)));
    for (const int id : rule->exchanges)
      if (const auto* exchange = find_exchange(page.run(), id); exchange && clients.size() < 8)
        if (const auto client = client_of(page.redactor(), *exchange); !client.empty()) clients.insert(client);
  }
  Html out = markup(" data-l=\"{}\"", escaped(fmt::format("{}", fmt::join(levels, " "))));
  if (!clients.empty()) out += markup(" data-c=\"{}\"", page.text(fmt::format("{}", fmt::join(clients, " ")), 300));
  return out;
}

// Where a rule has cases, each is a fold of its own and the rule around them only says what they have in common.
void rule_fold(Page& page, const std::string& id, const std::string& title, Verdict verdict, const std::string& aside,
               const Html& more, bool open) {
  page.put(
      "<details class=\"rule is-{}\" id=\"{}\"{}{}><summary>{} <span class=title>{}</span> <span class=id>{}</span> "
      "<span class=took>{}</span></summary>\n<div class=inside>\n",
      verdict_class(verdict), page.anchor(id), more, open ? Markup(" open") : Markup(""), badge(verdict),
      page.text(title), page.text(id), escaped(aside));
}

// The summary without the names that a style sheet wants where something is wrong; no box around the rest.
void held_fold(Page& page, const RuleGroup& group, const std::string& aside, const Html& more) {
  const auto& first = *group.cases.front();
  page.put("<details class=\"rule is-{}\" id=\"{}\"{}><summary>{} {} <code>{}</code> <small>{}</small></summary>\n",
           verdict_class(group.verdict), page.anchor(group.id), more, badge(group.verdict), page.text(first.title),
           page.text(group.id), escaped(aside));
  if (!first.story.empty()) page.put("<p class=story>{}</p>\n", page.text(first.story));
  html_held(page, group);
  page << "</details>\n";
}

void group_fold(Page& page, const RuleGroup& group) {
  const auto& first = *group.cases.front();
  const bool single = group.cases.size() == 1 && first.case_name.empty();
  const bool flaky = std::ranges::any_of(group.cases, [](const auto* rule) { return rule->flaky; });
  std::chrono::nanoseconds took{};
  for (const auto* rule : group.cases) took += rule->took;
  const auto aside =
      (single ? took_words(first.took) : base::plural(group.cases.size(), "case")) + (flaky ? ", flaky" : "");
  const auto more = filter_words(page, group) + markup(" data-t={}", took.count() / 1000);
  if (holds(group.verdict)) return held_fold(page, group, aside, more);
  rule_fold(page, group.id, first.title, group.verdict, aside, more, group.verdict == Verdict::fail);
  if (!first.story.empty()) page.put("<p class=story>{}</p>\n", page.text(first.story));
  if (single) inside(page, first);
  std::size_t open = 0;
  for (const auto* rule : group.cases) {
    if (single) break;
    const bool fails = rule->verdict == Verdict::fail;
    rule_fold(page, rule->full_id(), rule->case_name, rule->verdict, took_words(rule->took), {},
              fails && open < kCasesOpen);
    open += fails;
    inside(page, *rule, rule == &first ? nullptr : &first);
    page << "</div></details>\n";
  }
  page.put("<p class=again>Again: <code>{}</code></p>\n</div></details>\n",
           page.text(again_command(page.run(), first)));
}

// Of no use without a script, therefore hidden until there is one.
void filter_bar(Page& page, std::size_t rules) {
  page.put(
      "<form class=filter id=filter role=search hidden><label class=find><span class=gone>Filter the "
      "rules</span><input "
      "type=search id=find autocomplete=off spellcheck=false placeholder=\"is:fail level:must topic:refresh client:spa "
      "words\"></label><label class=sort>Sort <select id=sort><option value=topic>by topic</option><option "
      "value=verdict>worst first</option><option value=slow>slowest first</option><option value=id>by name</option>"
      "</select></label><output id=count>{} of {}</output><div class=chips id=chips></div><p class=keys><kbd>/</kbd> "
      "filter, <kbd>j</kbd> <kbd>k</kbd> next and previous, <kbd>Enter</kbd> open and close, <kbd>Esc</kbd> "
      "clear</p></form>\n"
      "<p class=nothing id=nothing hidden>No rule matches.</p>\n",
      rules, rules);
}

record::Rule rule_named(std::string id) {
  record::Rule out;
  out.id = std::move(id);
  return out;
}

}  // namespace

Html race_line(const Page& page, const record::Race& race) {
  const auto outcomes = race_outcomes(race);
  return page.text(race_words(race) + (outcomes.empty() ? "" : "; " + outcomes));
}

void html_rules(Page& page) {
  const auto all = topics(page.run());
  if (all.empty()) return;
  std::size_t rules = 0;
  for (const auto& topic : all) rules += topic.rules.size();
  page.put(
      "<section id=all-rules aria-labelledby=rules><h2 id=rules>Rules</h2>\n<p>A rule that holds is told in short: "
      "what "
      "the server did for each check; what the check asks for stands behind its level. <span class=again>Again: "
      "<code>{}</code></span></p>\n",
      page.text(again_command(page.run(), rule_named("RULE"))));
  filter_bar(page, rules);
  page << "<div id=list>\n";
  for (const auto& topic : all) {
    std::map<Verdict, std::size_t> counts;
    for (const auto& group : topic.rules) ++counts[group.verdict];
    page.put("<div class=topic><h3 id=\"topic-{}\">{} <small>{}</small></h3>\n", page.anchor(topic.name),
             page.text(topic.name), told_counts(counts));
    for (const auto& group : topic.rules) group_fold(page, group);
    page << "</div>\n";
  }
  page << "</div></section>\n";
}

}  // namespace assay::report

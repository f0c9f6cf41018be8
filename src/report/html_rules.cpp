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

constexpr std::size_t kMessageLimit = 8192;    // bytes of a request or response on the page
constexpr std::size_t kExchangesOfARule = 24;  // a race has hundreds
constexpr std::size_t kCasesOpen = 3;          // failing cases of one rule

std::string took_words(std::chrono::nanoseconds took) {
  return short_time(static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0)));
}

// The exchanges of a check that are on the page.
std::vector<int> shown_evidence(const Page& page, const record::Check& check) {
  std::vector<int> out;
  for (const int id : check.evidence)
    if (out.size() < kExchangesOfARule && find_exchange(page.run(), id)) out.push_back(id);
  return out;
}

void check_article(Page& page, const record::Rule& rule, const record::Check& check) {
  page << "<div class=\"check\" id=\"" << page.anchor(rule.full_id() + "." + check.name) << "\">"
       << badge(check.verdict) << " <code>" << page.text(check.name) << "</code> <span class=\"muted\">"
       << to_string(check.level);
  if (!check.clause.empty() || !check.reference.empty()) page << ", " << clause_link(page, check);
  page << "</span>\n";
  if (!check.requirement.empty()) page << "<p>" << page.text(check.requirement) << "</p>\n";
  if (!check.expected.empty() || !check.actual.empty()) {
    page << "<dl class=\"pair\"><div><dt>Expected (by the rule)</dt><dd>" << page.marked(check.expected)
         << "</dd></div><div class=\"actual is-" << verdict_class(check.verdict)
         << "\"><dt>Actual (the server)</dt><dd>" << page.marked(check.actual) << "</dd></div></dl>\n";
  }
  if (!check.reason.empty()) page << "<p class=\"muted\">" << page.marked(check.reason) << "</p>\n";
  const bool wants_advice = check.verdict == Verdict::fail || check.verdict == Verdict::warn;
  if (wants_advice && !check.advice.empty()) page << "<p class=\"advice\">" << page.text(check.advice) << "</p>\n";
  if (const auto ids = shown_evidence(page, check); !ids.empty()) {
    page << "<p class=\"muted\">Evidence:";
    for (const int id : ids) page << fmt::format(" <a href=\"#x{0}\">#{0}</a>", id);
    if (check.evidence.size() > ids.size())
      page << fmt::format(" and {} more in run.json", check.evidence.size() - ids.size());
    page << "</p>\n";
  }
  page << "</div>\n";
}

void story(Page& page, const record::Rule& rule) {
  if (!rule.story.empty()) page << "<p>" << page.text(rule.story) << "</p>\n";
}

void again(Page& page, const record::Rule& rule) {
  page << "<p class=\"muted\">Again:</p><code class=\"again\">" << page.text(again_command(page.run(), rule))
       << "</code>\n";
}

void inside(Page& page, const record::Rule& rule) {
  if (!rule.reason.empty()) page << "<p>" << page.marked(rule.reason) << "</p>\n";
  if (rule.race) {
    const auto outcomes = race_outcomes(*rule.race);
    page << "<p class=\"trials\">" << page.text(race_words(*rule.race))
         << (outcomes.empty() ? "" : "; " + page.text(outcomes)) << "</p>\n";
  }
  // The worst first; among equals in the order of the rule.
  std::vector<const record::Check*> checks;
  const auto rank = [](const record::Check& check) {
    return check.verdict == Verdict::fail ? 0 : check.verdict == Verdict::warn ? 1 : 2;
  };
  for (int wanted = 0; wanted < 3; ++wanted)
    for (const auto& check : rule.checks)
      if (rank(check) == wanted) checks.push_back(&check);
  for (const auto* check : checks) check_article(page, rule, *check);
  // What the checks point to is always shown; the rest only where somebody has to find out what went wrong, and to a limit.
  std::vector<int> ids;
  const auto add = [&](int id) {
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  };
  for (const auto* check : checks)
    for (const int id : shown_evidence(page, *check)) add(id);
  const bool settled = rule.verdict == Verdict::pass || rule.verdict == Verdict::note;
  for (const int id : rule.exchanges)
    if (!settled && ids.size() < kExchangesOfARule) add(id);
  std::sort(ids.begin(), ids.end());
  html_exchanges(page, ids);
  if (rule.exchanges.size() > ids.size())
    page << fmt::format("<p class=\"muted\">{} more exchanges are in run.json.</p>\n",
                        rule.exchanges.size() - ids.size());
}

// Where a rule has cases, each is a fold of its own and the rule around them only says what they have in common.
void rule_fold(Page& page, const std::string& id, const std::string& title, Verdict verdict, std::string_view aside,
               bool open) {
  page << fmt::format(
      "<details class=\"rule is-{}\" id=\"{}\"{}><summary>{} <span class=\"title\">{}</span> <span "
      "class=\"id\">{}</span> <span class=\"took\">{}</span></summary>\n",
      verdict_class(verdict), page.anchor(id), open ? " open" : "", badge(verdict), page.text(title), page.text(id),
      aside);
}

std::string flaky_words(const RuleGroup& group) {
  const bool flaky = std::ranges::any_of(group.cases, [](const auto* rule) { return rule->flaky; });
  return flaky ? ", flaky" : "";
}

void group_fold(Page& page, const RuleGroup& group) {
  const auto& first = *group.cases.front();
  const bool single = group.cases.size() == 1 && first.case_name.empty();
  rule_fold(page, group.id, first.title, group.verdict,
            (single ? took_words(first.took) : base::plural(group.cases.size(), "case")) + flaky_words(group),
            group.verdict == Verdict::fail);
  page << "<div class=\"inside\">\n";
  story(page, first);
  if (single) inside(page, first);
  std::size_t open = 0;
  for (const auto* rule : group.cases) {
    if (single) break;
    const bool fails = rule->verdict == Verdict::fail;
    rule_fold(page, rule->full_id(), rule->case_name, rule->verdict, took_words(rule->took),
              fails && open < kCasesOpen);
    open += fails;
    page << "<div class=\"inside\">\n";
    inside(page, *rule);
    page << "</div></details>\n";
  }
  again(page, first);
  page << "</div></details>\n";
}

}  // namespace

void html_exchanges(Page& page, const std::vector<int>& ids) {
  for (const int id : ids) {
    const auto* found = find_exchange(page.run(), id);
    if (!found) continue;
    if (!page.first_time(id)) {
      page << fmt::format("<p class=\"muted\"><a href=\"#x{0}\">#{0}</a> is shown elsewhere on this page.</p>\n", id);
      continue;
    }
    const auto& exchange = *found;
    page << fmt::format(
        "<details class=\"exchange\" id=\"x{0}\"><summary><b>#{0}</b> {1}, {2} <span class=\"muted\">in "
        "{3}{4}</span></summary>\n<div class=\"wire\"><div><h5>Request</h5><pre>",
        id, page.text(exchange_words(exchange)), page.text(exchange.purpose), took_words(exchange.took),
        exchange.reused_connection ? ", on a connection that was open" : "");
    page << page.message(exchange.request, kMessageLimit) << "</pre></div><div><h5>Response, "
         << grouped(exchange.response_size) << " bytes</h5><pre>" << page.message(exchange.response, kMessageLimit)
         << "</pre>";
    if (!exchange.detail.empty()) page << "<p class=\"muted\">" << page.marked(exchange.detail) << "</p>";
    page << "</div></div></details>\n";
  }
}

void html_rules(Page& page) {
  const auto all = topics(page.run());
  if (all.empty()) return;
  page << "<h2 id=\"rules\">Rules</h2>\n";
  for (const auto& topic : all) {
    std::map<Verdict, std::size_t> counts;
    for (const auto& group : topic.rules) ++counts[group.verdict];
    std::vector<std::string> words;
    for (const auto verdict : told_order())
      if (counts[verdict] > 0) words.push_back(counted(verdict, counts[verdict]));
    page << "<h3 id=\"topic-" << page.anchor(topic.name) << "\">" << page.text(topic.name) << " <small>"
         << fmt::format("{}", fmt::join(words, ", ")) << "</small></h3>\n";
    for (const auto& group : topic.rules) group_fold(page, group);
  }
}

}  // namespace assay::report

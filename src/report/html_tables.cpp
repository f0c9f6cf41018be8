// The reference part of the HTML report: what was not judged and why, which clauses are covered, the setting of the run, and
// the data itself.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/text.hpp"
#include "record/run_json.hpp"
#include "report/html.hpp"

namespace assay::report {
namespace {

using record::Verdict;

constexpr std::size_t kDataLimit = 5u << 20;  // bytes of run.json on the page
constexpr std::size_t kMessageInData = 2048;  // of each message, when that is too much

struct Clause {
  std::string document, section;
  const record::Check* check = nullptr;
  Verdict verdict = Verdict::not_applicable;
  std::vector<std::string> rules;
};

// "4.1.2" before "4.10": numbers compare as numbers.
std::vector<int> numbers_of(std::string_view section) {
  std::vector<int> out;
  for (const auto part : base::split(section, '.')) out.push_back(std::atoi(std::string(part).c_str()));
  return out;
}

std::vector<Clause> clauses_of(const record::Run& run) {
  std::vector<Clause> out;
  std::map<std::string, std::size_t> index;
  for (const auto& rule : run.rules)
    for (const auto& check : rule.checks) {
      if (check.clause.empty()) continue;
      const auto [at, inserted] = index.emplace(check.clause, out.size());
      if (inserted) {
        constexpr std::string_view kSection = " section ";
        const auto split = check.reference.find(kSection);
        out.push_back({check.reference.substr(0, split),
                       split == std::string::npos ? "" : check.reference.substr(split + kSection.size()),
                       &check,
                       check.verdict,
                       {}});
        if (out.back().document.empty()) out.back().document = check.clause.substr(0, check.clause.find('/'));
      }
      auto& clause = out[at->second];
      clause.verdict = record::worse(clause.verdict, check.verdict);
      if (std::find(clause.rules.begin(), clause.rules.end(), rule.id) == clause.rules.end())
        clause.rules.push_back(rule.id);
    }
  std::sort(out.begin(), out.end(), [](const Clause& a, const Clause& b) {
    return std::tuple(std::string_view(a.document), numbers_of(a.section), std::string_view(a.check->clause)) <
           std::tuple(std::string_view(b.document), numbers_of(b.section), std::string_view(b.check->clause));
  });
  return out;
}

void clause_row(Page& page, const Clause& clause) {
  page << "<tr><td>" << clause_link(page, *clause.check, clause.section.empty() ? clause.check->clause : clause.section)
       << "</td><td>" << to_string(clause.check->level) << "</td><td>" << page.text(clause.check->requirement)
       << "</td><td>" << badge(clause.verdict) << "</td><td>";
  for (std::size_t i = 0; i < clause.rules.size(); ++i)
    page << (i ? ", " : "") << "<a href=\"" << page.reference(clause.rules[i]) << "\">" << page.text(clause.rules[i])
         << "</a>";
  page << "</td></tr>\n";
}

// Rules of one verdict, those with the same reason together.
void reasons(Page& page, Verdict verdict, std::string_view title, std::string_view meaning) {
  std::vector<std::pair<std::string, std::vector<const record::Rule*>>> by_reason;
  for (const auto& rule : page.run().rules) {
    if (rule.verdict != verdict) continue;
    const auto reason = reason_of(rule);
    auto at = std::find_if(by_reason.begin(), by_reason.end(), [&](const auto& one) { return one.first == reason; });
    if (at == by_reason.end()) at = by_reason.insert(at, {reason, {}});
    at->second.push_back(&rule);
  }
  if (by_reason.empty()) return;
  page << "<h3>" << badge(verdict, title) << " <small>" << meaning
       << "</small></h3>\n<div class=\"box scroll\"><table><thead><tr><th scope=\"col\">Why</th><th "
          "scope=\"col\">Rules</th></tr></thead><tbody>\n";
  for (const auto& [reason, rules] : by_reason) {
    page << "<tr><td>" << (reason.empty() ? "no reason was recorded" : page.marked(reason)) << "</td><td>";
    for (std::size_t i = 0; i < rules.size(); ++i)
      page << (i ? ", " : "") << "<a href=\"" << page.reference(rules[i]->full_id()) << "\">"
           << page.text(rules[i]->full_id()) << "</a>";
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
  page << "<h2 id=\"left-over\">What this run does not show</h2>\n";
  reasons(page, Verdict::blocked, "blocked", "the set-up failed, so nothing was asked");
  reasons(page, Verdict::inconclusive, "inconclusive", "asked, but the answer decides nothing");
  reasons(page, Verdict::harness_error, "error of assay", "our fault, not the server's");
  reasons(page, Verdict::interrupted, "interrupted", "the run was stopped before");
  reasons(page, Verdict::waived, "waived", "known to be lacking, accepted for a time");
  reasons(page, Verdict::not_judged, "not judged", "follows from another check, or was left out");
  reasons(page, Verdict::not_applicable, "not applicable", "the server does not claim to do this");
}

void html_coverage(Page& page) {
  const auto all = clauses_of(page.run());
  if (all.empty()) return;
  page << "<h2 id=\"coverage\">Coverage by clause</h2>\n<p>Every clause that a rule of this run looks at, with the "
          "worst that was seen.</p>\n";
  for (auto at = all.begin(); at != all.end();) {
    const auto end = std::find_if(at, all.end(), [&](const Clause& one) { return one.document != at->document; });
    std::map<Verdict, std::size_t> counts;
    for (auto one = at; one != end; ++one) ++counts[one->verdict];
    std::vector<std::string> words;
    for (const auto verdict : told_order())
      if (counts[verdict] > 0) words.push_back(counted(verdict, counts[verdict]));
    page << "<details class=\"rule\"><summary><span class=\"title\">" << page.text(at->document)
         << "</span> <span class=\"muted\">" << base::plural(static_cast<std::size_t>(end - at), "clause") << ": "
         << fmt::format("{}", fmt::join(words, ", "))
         << "</span></summary>\n<div class=\"inside scroll\"><table><thead><tr><th scope=\"col\">Section</th><th "
            "scope=\"col\">Level</th><th scope=\"col\">Requirement, "
            "in our words</th><th scope=\"col\">Seen</th><th scope=\"col\">Rules</th></tr></thead><tbody>\n";
    for (; at != end; ++at) clause_row(page, *at);
    page << "</tbody></table></div></details>\n";
  }
}

void html_setting(Page& page) {
  const auto& run = page.run();
  page << "<h2 id=\"setting\">Setting</h2>\n";
  if (!run.preflight.empty()) {
    page << "<h3>Preflight</h3>\n<div class=\"box scroll\"><table><thead><tr><th scope=\"col\">Check</th><th "
            "scope=\"col\">Verdict</th><th scope=\"col\">Seen</th><th scope=\"col\">To "
            "change</th></tr></thead><tbody>\n";
    for (const auto& check : run.preflight)
      page << "<tr><td>" << page.text(check.name) << "</td><td>" << badge(check.verdict) << "</td><td>"
           << page.marked(check.seen) << "</td><td>" << page.marked(check.hint) << "</td></tr>\n";
    page << "</tbody></table></div>\n";
    std::vector<int> ids;
    for (const auto& exchange : run.exchanges)
      if (exchange.rule.empty() && ids.size() < 40) ids.push_back(exchange.id);
    html_exchanges(page, ids);
  }
  if (!run.capabilities.empty()) {
    page << "<details class=\"rule\"><summary><span class=\"title\">Capabilities</span> <span class=\"muted\">claimed "
            "or observed</span></summary><div class=\"inside\"><table><tbody>\n";
    for (const auto& [name, held] : run.capabilities)
      page << "<tr><th scope=\"row\"><code>" << page.text(name) << "</code></th><td>" << (held ? "yes" : "no")
           << "</td></tr>\n";
    page << "</tbody></table></div></details>\n";
  }
  page << "<details class=\"rule\"><summary><span class=\"title\">Environment</span></summary><div "
          "class=\"inside\"><table><tbody>\n";
  for (const auto& [name, value] : run.environment)
    page << "<tr><th scope=\"row\">" << page.text(name) << "</th><td>" << page.text(value) << "</td></tr>\n";
  page << "<tr><th scope=\"row\">rule set</th><td>" << page.text(run.ruleset_hash)
       << "</td></tr>\n</tbody></table></div></details>\n";
}

void html_data(Page& page) {
  auto json = record::write_run_json(page.run(), page.redactor());
  std::string_view said = "the same as run.json";
  if (json.size() > kDataLimit) {
    auto shorter = page.run();
    for (auto& exchange : shorter.exchanges) {
      // Redacted before the cut, because half a secret is not recognised.
      exchange.request = page.redactor().redact(exchange.request).substr(0, kMessageInData);
      exchange.response = page.redactor().redact(exchange.response).substr(0, kMessageInData);
    }
    json = record::write_run_json(shorter, page.redactor());
    said = "run.json with shortened messages";
  }
  page << "<h2 id=\"data\">Data</h2>\n<p>This page carries its own data: the element with the id <code>run-json</code> "
          "holds "
       << said
       << ", for programs and for re-rendering with <code>assay report</code>.</p>\n<script type=\"application/json\" "
          "id=\"run-json\">\n";
  // In JSON, "<" stands in strings only; escaped, it can neither end the element nor open a comment.
  std::string safe;
  safe.reserve(json.size());
  for (const char c : json) {
    if (c == '<') safe += "\\u003c";
    else safe += c;
  }
  page << safe << "</script>\n";
}

}  // namespace assay::report

// Coverage by clause: document, section and keyword with the rules that look at it, and what no rule of this run looked at.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/embedded.hpp"
#include "base/text.hpp"
#include "report/html.hpp"
#include "rules/library.hpp"

namespace assay::report {
namespace {

using record::Verdict;

struct CoveredClause {
  std::string id, document, section, level, requirement;
  const record::Check* check = nullptr;  // none: a gap
  Verdict verdict = Verdict::not_judged;
  std::vector<std::string> rules;
};

// "4.1.2" before "4.10" before "A.1": numbers compare as numbers.
std::vector<int> numbers_of(std::string_view section) {
  std::vector<int> out;
  for (const auto part : base::split(section, '.')) {
    const bool appendix = part[0] >= 'A' && part[0] <= 'Z';
    out.push_back(appendix ? 1000 + part[0] : std::atoi(std::string(part).c_str()));
  }
  return out;
}

std::map<std::string, CoveredClause> looked_at(const record::Run& run) {
  std::map<std::string, CoveredClause> out;
  for (const auto& rule : run.rules)
    for (const auto& check : rule.checks) {
      if (check.clause.empty()) continue;
      const auto [at, inserted] = out.try_emplace(check.clause);
      auto& clause = at->second;
      if (inserted) {
        clause.id = check.clause;
        constexpr std::string_view kSection = " section ";
        const auto split = check.reference.find(kSection);
        clause.document = check.reference.substr(0, split);
        if (split != std::string::npos) clause.section = check.reference.substr(split + kSection.size());
        if (clause.document.empty()) clause.document = check.clause.substr(0, check.clause.find('/'));
        clause.level = to_string(check.level);
        clause.requirement = check.requirement;
        clause.check = &check;
        clause.verdict = check.verdict;
      }
      clause.verdict = record::worse(clause.verdict, check.verdict);
      if (std::find(clause.rules.begin(), clause.rules.end(), rule.id) == clause.rules.end())
        clause.rules.push_back(rule.id);
    }
  return out;
}

// The clauses that this program knows, of the documents that the run is about; and those of `all` are no gaps.
void add_gaps(std::map<std::string, CoveredClause>& all) {
  std::set<std::string> documents;
  for (const auto& [id, clause] : all) documents.insert(id.substr(0, id.find('/')));
  std::map<std::string, rules::Clause> known;
  base::Diagnostics ignored;  // the program's own files, which its tests check
  for (const auto& file : base::embedded_files())
    if (file.path.starts_with("scenarios/clauses/"))
      rules::load_clauses({std::string(file.path), std::string(file.content)}, known, ignored);
  for (const auto& [id, clause] : known) {
    if (!documents.contains(id.substr(0, id.find('/')))) continue;
    all.try_emplace(id, CoveredClause{id,
                                      clause.document_title,
                                      clause.section,
                                      std::string(rules::level_of_keyword(clause.keyword)),
                                      clause.text,
                                      nullptr,
                                      Verdict::not_judged,
                                      {}});
  }
}

// The text of every clause stands here and nowhere else on the page, but for the rules that are broken.
void clause_row(Page& page, const CoveredClause& clause, bool new_section) {
  const auto words = clause.section.empty() ? clause.check->clause : clause.section;
  page.put("<tr id=k{}><td>{}</td><td>{}</td><td>{}</td><td>", page.clause_number(clause.id),
           new_section ? clause_link(page, *clause.check, words) : page.text(words), page.text(clause.level),
           page.text(clause.requirement));
  if (clause.verdict == Verdict::pass) page.put("held");
  else page << badge(clause.verdict);
  page << "</td><td>";
  for (std::size_t i = 0; i < clause.rules.size(); ++i)
    page.put("{}<a href=\"#{}\">{}</a>", i ? Markup(", ") : Markup(""), page.anchor(clause.rules[i]),
             page.text(clause.rules[i]));
  page << "</td></tr>\n";
}

struct Cell {
  std::size_t held = 0, broken = 0, open = 0, gaps = 0;

  void add(const CoveredClause& clause) {
    if (!clause.check) ++gaps;
    else if (clause.verdict == Verdict::fail || clause.verdict == Verdict::warn) ++broken;
    else if (clause.verdict == Verdict::pass || clause.verdict == Verdict::note) ++held;
    else ++open;
  }
  Html words() const {
    Html out;
    const auto add = [&](std::size_t count, Verdict verdict, Markup what) {
      if (count > 0)
        out += markup("{}{}", out.empty() ? Markup("") : Markup(" "),
                      badge(verdict, fmt::format("{} {}", count, what.view())));
    };
    add(broken, Verdict::fail, "broken");
    add(held, Verdict::pass, "held");
    add(open, Verdict::inconclusive, "open");
    if (gaps > 0)
      out += markup("{}<b class=\"v gap\">{} {}</b>", out.empty() ? Markup("") : Markup(" "), gaps,
                    gaps == 1 ? Markup("gap") : Markup("gaps"));
    return out.empty() ? markup("–") : out;
  }
};

using Sorted = std::vector<const CoveredClause*>;

// "3.1 MUST, 4.1.2 MUST (2)": where gaps are. What they say is told by a run that looks at them.
Html gaps_of(const Page& page, const Sorted& clauses) {
  std::vector<std::pair<std::string, std::size_t>> places;
  for (const auto* clause : clauses) {
    if (clause->check) continue;
    const auto place = clause->section + (clause->section.empty() ? "" : " ") + clause->level;
    const auto same = std::ranges::find(places, place, [](const auto& one) { return one.first; });
    if (same == places.end()) places.emplace_back(place, 1);
    else ++same->second;
  }
  Html out;
  for (const auto& [place, count] : places)
    out += markup("{}{}{}", out.empty() ? Markup("") : Markup(", "), page.text(place),
                  count > 1 ? markup(" ({})", count) : Html());
  return out;
}

void document_rows(Page& page, const Sorted& clauses) {
  Cell counts;
  for (const auto* one : clauses) counts.add(*one);
  page.put("<tbody><tr><th colspan=5 scope=rowgroup>{} <span class=small>{}</span> {}</th></tr>\n",
           page.text(clauses.front()->document), escaped(base::plural(clauses.size(), "clause")), counts.words());
  const std::string* section = nullptr;
  for (const auto* one : clauses) {
    if (!one->check) continue;
    clause_row(page, *one, !section || *section != one->section);
    section = &one->section;
  }
  if (const auto gaps = gaps_of(page, clauses); !gaps.empty())
    page.put("<tr class=gap><td colspan=5><b class=\"v gap\">gaps</b> {}</td></tr>\n", gaps);
  page << "</tbody>\n";
}

void matrix(Page& page, const Sorted& all) {
  page << "<div class=\"box scroll\" tabindex=0 role=group aria-label=\"Clauses by document and "
          "keyword\"><table><thead><tr><th scope=col>Document</th><th "
          "scope=col>MUST</th><th scope=col>SHOULD</th><th scope=col>MAY</th></tr></thead><tbody>\n";
  std::map<std::string, std::map<std::string, Cell>> cells;
  for (const auto* clause : all) cells[clause->document][clause->level].add(*clause);
  for (const auto& [document, levels] : cells) {
    page.put("<tr><th scope=row>{}</th>", page.text(document));
    for (const char* level : {"MUST", "SHOULD", "MAY"}) {
      const auto found = levels.find(level);
      page.put("<td>{}</td>", found == levels.end() ? markup("–") : found->second.words());
    }
    page << "</tr>\n";
  }
  page << "</tbody></table></div>\n";
}

}  // namespace

void html_coverage(Page& page) {
  auto all = looked_at(page.run());
  if (all.empty()) return;
  add_gaps(all);
  Sorted sorted;
  for (const auto& [id, clause] : all) sorted.push_back(&clause);
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) {
    return std::tuple(std::string_view(a->document), numbers_of(a->section), std::string_view(a->requirement)) <
           std::tuple(std::string_view(b->document), numbers_of(b->section), std::string_view(b->requirement));
  });
  page << "<section aria-labelledby=coverage><h2 id=coverage>Coverage by clause</h2>\n<p>Every clause that a rule of "
          "this run "
          "looks at, with the worst that was seen. A gap is a clause of the same documents that no rule of this run "
          "looks "
          "at: it may need another profile, a wider selection, or a feature that the server does not claim.</p>\n";
  matrix(page, sorted);
  page << "<details class=fold><summary><span class=title>Clause by clause</span></summary>\n<div class=\"inside "
          "scroll\" "
          "tabindex=0 role=group aria-label=Clauses><table><thead><tr><th scope=col>Section</th><th "
          "scope=col>Level</th><th scope=col>Requirement, in our words</th><th scope=col>Seen</th><th "
          "scope=col>Rules</th></tr></thead>\n";
  for (auto at = sorted.begin(); at != sorted.end();) {
    const auto end = std::find_if(at, sorted.end(), [&](const auto* one) { return one->document != (*at)->document; });
    document_rows(page, {at, end});
    at = end;
  }
  page << "</table></div></details>\n";
  page << "</section>\n";
}

}  // namespace assay::report

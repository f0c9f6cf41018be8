// The load part of the HTML report: counts, whether to believe them, the course of the run as a chart, times, errors, doubts.
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "report/html.hpp"

namespace assay::report {
namespace {

using record::Load;
using record::Verdict;

constexpr std::size_t kRowsOfSeconds = 60;

void tile(Page& page, const std::string& number, std::string_view what) {
  page << "<div><b>" << number << "</b><span>" << what << "</span></div>\n";
}

double seconds_of(const Load& load) {
  return std::max(std::chrono::duration<double>(load.measured_duration).count(), 1e-9);
}

void counts(Page& page, const Load& load) {
  page << "<div class=\"tiles\">\n";
  if (load.model == "open") tile(page, grouped(load.planned), "flows planned");
  tile(page, grouped(load.started), "started");
  tile(page, grouped(load.done), "done");
  tile(page, grouped(load.failed), "failed");
  tile(page, grouped(load.dropped), "dropped");
  if (load.cut_off > 0) tile(page, grouped(load.cut_off), "cut off");
  tile(page, per_second(load.requests, load.measured_duration), "requests per second");
  page << "</div>\n";
}

void trust(Page& page, const Load& load) {
  const auto verdict = load.trust == "valid" ? Verdict::pass : load.trust == "suspect" ? Verdict::warn : Verdict::fail;
  const auto words = load.trust == "valid"     ? "trustworthy"
                     : load.trust == "suspect" ? "to be read with care"
                                               : "not to be believed";
  page << "<div class=\"box\"><p>" << badge(verdict, words) << ": ";
  if (load.lateness.count() > 0)
    page << "99 % of the flows started less than " << short_time(load.lateness.percentile(99))
         << " after their planned time; ";
  page << fmt::format("the generator used {:.2f} cores.</p>\n", load.cpu_seconds / seconds_of(load));
  for (const auto& reason : load.trust_reasons) page << "<p>" << page.marked(reason) << "</p>\n";
  for (const auto& doubt : load.doubts)
    page << "<p>" << badge(Verdict::warn, "doubt") << ": " << page.marked(doubt.what)
         << (doubt.remedy.empty() ? "" : ". Remedy: ") << page.marked(doubt.remedy) << "</p>\n";
  page << "</div>\n";
}

void list(Page& page, std::string_view title, const std::vector<std::pair<std::string, std::string>>& rows) {
  if (rows.empty()) return;
  page << "<h3>" << title << "</h3>\n<div class=\"box scroll\"><table><tbody>\n";
  for (const auto& [badge, words] : rows) page << "<tr><td>" << badge << "</td><td>" << words << "</td></tr>\n";
  page << "</tbody></table></div>\n";
}

void objectives(Page& page, const Load& load) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& one : load.objectives)
    rows.emplace_back(badge(one.met ? Verdict::pass : Verdict::fail, one.met ? "met" : "missed"),
                      page.marked(objective_words(one)));
  list(page, "Objectives", rows);
}

void invariants(Page& page, const Load& load) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& one : load.invariants) {
    std::string words = fmt::format("<b>{}</b> ({}#{}): {}", page.marked(one.title), page.text(one.id),
                                    page.text(one.check), page.marked(invariant_words(one)));
    if (one.broken > 0 && !one.reference.empty()) words += fmt::format(". {}", page.text(one.reference));
    if (one.broken > 0 && !one.advice.empty()) words += fmt::format(". {}", page.marked(one.advice));
    for (const auto id : one.evidence) words += fmt::format(" <a href=\"#x{}\">#{}</a>", id, id);
    rows.emplace_back(badge(verdict_of(one)), words);
  }
  list(page, "Invariants", rows);
  std::vector<int> evidence;
  for (const auto& one : load.invariants) evidence.insert(evidence.end(), one.evidence.begin(), one.evidence.end());
  if (!evidence.empty()) html_exchanges(page, evidence);
}

void beside(Page& page, const Load& load) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& one : load.journeys) {
    if (!one.beside) continue;
    const bool broken = one.failed > 0 || (one.race && one.race->violations > 0);
    std::string words =
        one.race ? race_words(*one.race) : fmt::format("{} done, {} failed", grouped(one.done), grouped(one.failed));
    if (one.race)
      if (const auto outcomes = race_outcomes(*one.race); !outcomes.empty()) words += "; " + outcomes;
    rows.emplace_back(badge(broken         ? Verdict::fail
                            : one.done > 0 ? Verdict::pass
                                           : Verdict::inconclusive),
                      fmt::format("<b>{}</b>: {}", page.text(one.rule), page.marked(words)));
  }
  list(page, "Beside the journeys", rows);
}

void limit(Page& page, const Load& load) {
  if (!load.limit) return;
  page << "<h3>The limit</h3>\n<p>" << page.marked(limit_sentence(*load.limit)) << ".</p>\n"
       << "<div class=\"box scroll\"><table class=\"numbers\"><thead><tr><th scope=\"col\">asked per s</th><th "
          "scope=\"col\">done per s</th><th scope=\"col\">p50</th><th scope=\"col\">p99</th><th "
          "scope=\"col\">failed</th><th "
          "scope=\"col\">objectives</th></tr></thead><tbody>\n";
  auto curve = load.limit->curve;
  std::ranges::sort(curve, {}, &record::LimitPoint::rate);
  for (const auto& point : curve)
    page << fmt::format(
        "<tr><th scope=\"row\">{:.6g}</th><td>{:.6g}</td><td>{}</td><td>{}</td><td>{}</td><td>{} {}</td></tr>\n",
        point.rate, point.achieved, short_time(point.p50_ns), short_time(point.p99_ns), grouped(point.failed),
        badge(point.met ? Verdict::pass : Verdict::fail, point.met ? "met" : "missed"), page.marked(point.why));
  page << "</tbody></table></div>\n";
}

void times_row(Page& page, const std::string& name, std::uint64_t done, std::uint64_t failed,
               const record::Histogram& times, std::chrono::nanoseconds span) {
  const auto of = std::max(done, failed);
  page << "<tr><th scope=\"row\">" << name
       << fmt::format("</th><td>{}</td><td>{:.2f} %</td>", per_second(done, span),
                      of == 0 ? 0.0 : 100 * static_cast<double>(failed) / static_cast<double>(of));
  for (const double percent : {50.0, 90.0, 99.0, 99.9})
    page << "<td>" << (times.count() ? short_time(times.percentile(percent)) : "–") << "</td>";
  page << "<td>" << (times.count() ? short_time(times.max()) : "–") << "</td></tr>\n";
}

void times(Page& page, const Load& load) {
  page
      << "<h3>Times</h3>\n<p class=\"muted\">"
      << (load.model == "open" ? "Times of whole flows count from their planned start, so waiting in a queue shows; "
                                 "those of steps from their own request."
                               : "Closed model: a slow server was asked less often. These percentiles tell what the "
                                 "users saw, not what arrivals at a fixed "
                                 "rate would have met.")
      << "</p>\n<div class=\"box scroll\"><table class=\"numbers\"><thead><tr><th scope=\"col\">Step</th><th "
         "scope=\"col\">per s</th><th scope=\"col\">errors</th><th scope=\"col\">p50</th><th scope=\"col\">p90</th><th "
         "scope=\"col\">p99</th><th scope=\"col\">p99.9</th><th scope=\"col\">max</th></tr></thead><tbody>\n";
  times_row(page, "whole flow", load.done, load.failed, load.flow_response, load.measured_duration);
  if (load.model == "open")
    times_row(page, "whole flow, from its own start", load.done, load.failed, load.flow_service,
              load.measured_duration);
  const auto steps = [&](const std::vector<record::StepTimes>& all, std::string_view before) {
    for (const auto& step : all)
      times_row(page, std::string(before) + page.text(step.name, 120), step.done, step.failed, step.service,
                load.measured_duration);
  };
  if (load.journeys.size() > 1) {
    for (const auto& one : load.journeys) {
      times_row(page, "<b>" + page.text(one.rule, 120) + "</b>", one.done, one.failed, one.response,
                load.measured_duration);
      steps(one.steps, "&#160;&#160;");
    }
  } else {
    steps(load.steps, "");
  }
  page << "</tbody></table></div>\n";
}

void totals(Page& page, Verdict verdict, std::string_view title, const std::map<std::string, std::uint64_t>& all) {
  if (all.empty()) return;
  page << "<h3>" << badge(verdict, title) << "</h3>\n<div class=\"box scroll\"><table><tbody>\n";
  for (const auto& [name, count] : all)
    page << "<tr><td>" << grouped(count) << "</td><td>" << page.marked(name) << "</td></tr>\n";
  page << "</tbody></table></div>\n";
}

// The chart in words, for whoever cannot see it.
void seconds_table(Page& page, const Load& load) {
  const auto step = (load.seconds.size() + kRowsOfSeconds - 1) / kRowsOfSeconds;
  page << "<details class=\"rule\"><summary>The same as a table"
       << (step > 1 ? fmt::format(", one second out of {}", step) : "")
       << "</summary><div class=\"inside scroll\"><table class=\"numbers\"><thead><tr><th scope=\"col\">second</th><th "
          "scope=\"col\">planned</th><th scope=\"col\">started</th><th "
          "scope=\"col\">done</th><th scope=\"col\">failed</th><th scope=\"col\">broken</th><th scope=\"col\">in "
          "flight</th><th "
          "scope=\"col\">p50</th><th scope=\"col\">p90</th><th scope=\"col\">p99</th><th scope=\"col\">lateness "
          "p99</th></tr></thead><tbody>\n";
  for (std::size_t i = 0; i < load.seconds.size(); i += step) {
    const auto& one = load.seconds[i];
    page << fmt::format("<tr><th scope=\"row\">{}</th>", i + 1);
    for (const auto count :
         {one.planned, one.started, one.done, one.failed, one.violations, std::uint64_t{one.in_flight}})
      page << fmt::format("<td>{}</td>", count);
    for (const auto time : {one.p50_ns, one.p90_ns, one.p99_ns, one.late_p99_ns})
      page << "<td>" << short_time(time) << "</td>";
    page << "</tr>\n";
  }
  page << "</tbody></table></div></details>\n";
}

}  // namespace

void html_load(Page& page) {
  if (!page.run().load) return;
  const auto& load = *page.run().load;
  page << "<h2 id=\"load\">Load: " << page.text(load.plan.empty() ? load.journey : load.plan) << "</h2>\n<p>";
  if (!load.title.empty()) page << page.text(load.title) << ". ";
  if (load.parts > 1) page << base::plural(load.parts, "run") << " side by side. ";
  if (load.model == "open")
    page << fmt::format("Open model, {:g} flows per second for {}", load.rate,
                        base::format_duration(load.planned_duration));
  else
    page << fmt::format("Closed model, {} for {}", base::plural(load.users, "user"),
                        base::format_duration(load.planned_duration));
  if (load.warm_up.count() > 0) page << ", after " << base::format_duration(load.warm_up) << " of warm-up";
  page << ", with " << base::plural(load.workers, "thread") << ".</p>\n";
  counts(page, load);
  trust(page, load);
  if (const auto chart = load_chart(load); !chart.empty()) {
    page << "<figure class=\"box\"><div class=\"scroll\">" << chart
         << "</div><figcaption>Flows that ended in each second, and how long they had taken. A generator that keeps up "
            "and a server that keeps up give flat lines.</figcaption></figure>\n";
    seconds_table(page, load);
  }
  if (const auto chart = percentile_chart(load); !chart.empty())
    page << "<figure class=\"box\"><div class=\"scroll\">" << chart
         << "</div><figcaption>How slow the slowest are: each step to the right leaves a tenth of the flows. Where the "
            "lines part, "
            "flows waited before they were started. The next table has the numbers.</figcaption></figure>\n";
  times(page, load);
  limit(page, load);
  objectives(page, load);
  invariants(page, load);
  beside(page, load);
  totals(page, Verdict::fail, "Rules broken under load", load.violations);
  totals(page, Verdict::warn, "Errors", load.errors);
}

}  // namespace assay::report

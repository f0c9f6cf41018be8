// The tables of the load part: what the charts show, times by step, the limit, objectives, invariants, races, errors.
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

void open_table(Page& page, Markup name, Markup classes, std::initializer_list<Markup> heads) {
  page.put("<div class=\"{}\" tabindex=0 role=group aria-label=\"{}\"><table class=numbers><thead><tr>", classes, name);
  for (const auto& head : heads) page.put("<th scope=col>{}</th>", head);
  page << "</tr></thead><tbody>\n";
}

constexpr Markup kClose = "</tbody></table></div>";

void two_columns(Page& page, Markup id, Markup title, const std::vector<std::pair<Html, Html>>& rows) {
  if (rows.empty()) return;
  page.put("<h3 id={}>{}</h3>\n<div class=\"box scroll\" tabindex=0 role=group aria-label=\"{}\"><table><tbody>\n", id,
           title, title);
  for (const auto& [badge, words] : rows) page.put("<tr><td>{}</td><td>{}</td></tr>\n", badge, words);
  page << "</tbody></table></div>\n";
}

void objectives(Page& page, const Load& load) {
  std::vector<std::pair<Html, Html>> rows;
  for (const auto& one : load.objectives)
    rows.emplace_back(badge(verdict_of(one), one.met              ? "met"
                                             : one.waived.empty() ? "missed"
                                                                  : "waived"),
                      page.marked(objective_words(one)));
  two_columns(page, "objectives", "Objectives", rows);
}

void invariants(Page& page, const Load& load) {
  std::vector<std::pair<Html, Html>> rows;
  Story story{.failure = true};
  for (const auto& one : load.invariants) {
    Html words = markup("<b>{}</b> ({}#{}): {}", page.marked(one.title), page.text(one.id), page.text(one.check),
                        page.marked(invariant_words(one)));
    if (one.broken > 0 && !one.reference.empty()) words += markup(". {}", page.text(one.reference));
    if (one.broken > 0 && !one.advice.empty()) words += markup(". {}", page.marked(one.advice));
    for (const auto id : one.evidence) {
      if (!find_exchange(page.run(), id)) continue;
      words += markup(" <a href=\"#x{}\">#{}</a>", id, id);
      if (std::ranges::find(story.shown, id) == story.shown.end()) story.shown.push_back(id);
    }
    rows.emplace_back(badge(verdict_of(one)), words);
  }
  two_columns(page, "invariants", "Invariants", rows);
  for (const auto& one : load.examples)
    for (const auto id : one.evidence)
      if (std::ranges::find(story.shown, id) == story.shown.end()) story.shown.push_back(id);
  std::ranges::sort(story.shown);
  story.exchanges = story.shown;
  if (!story.shown.empty()) html_exchanges(page, story);
}

void beside(Page& page, const Load& load) {
  std::vector<std::pair<Html, Html>> rows;
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
                      markup("<b>{}</b>: {}", page.text(one.rule), page.marked(words)));
  }
  two_columns(page, "beside", "Beside the journeys", rows);
}

void limit(Page& page, const Load& load) {
  if (!load.limit) return;
  page.put("<h3 id=limit>The limit</h3>\n<p>{}.</p>\n", page.marked(limit_sentence(*load.limit)));
  open_table(page, "The limit", "box scroll", {"asked per s", "done per s", "p50", "p99", "failed", "objectives"});
  auto curve = load.limit->curve;
  std::ranges::sort(curve, {}, &record::LimitPoint::rate);
  for (const auto& point : curve)
    page.put("<tr><th scope=row>{:.6g}</th><td>{:.6g}</td><td>{}</td><td>{}</td><td>{}</td><td>{} {}</td></tr>\n",
             point.rate, point.achieved, escaped(short_time(point.p50_ns)), escaped(short_time(point.p99_ns)),
             escaped(grouped(point.failed)),
             badge(point.met ? Verdict::pass : Verdict::fail, point.met ? "met" : "missed"), page.marked(point.why));
  page << kClose << "\n";
}

void times_row(Page& page, const Html& name, std::uint64_t done, std::uint64_t failed, const record::Histogram& times,
               std::chrono::nanoseconds span) {
  const auto of = std::max(done, failed);
  page.put("<tr><th scope=row>{}</th><td>{}</td><td>{:.2f} %</td>", name, escaped(per_second(done, span)),
           of == 0 ? 0.0 : 100 * static_cast<double>(failed) / static_cast<double>(of));
  for (const double percent : {50.0, 90.0, 99.0, 99.9})
    page.put("<td>{}</td>", escaped(times.count() ? short_time(times.percentile(percent)) : "–"));
  page.put("<td>{}</td></tr>\n", escaped(times.count() ? short_time(times.max()) : "–"));
}

void times(Page& page, const Load& load) {
  page.put("<h3 id=times>Times by step</h3>\n<p class=small>{}</p>\n",
           load.model == "open"
               ? Markup("Times of whole flows count from their planned start, so waiting in a queue shows; "
                        "those of steps from their own request.")
               : Markup("Closed model: a slow server was asked less often. These percentiles tell what the "
                        "users saw, not what arrivals at a fixed rate would have met."));
  open_table(page, "Times by step", "box scroll", {"Step", "per s", "errors", "p50", "p90", "p99", "p99.9", "max"});
  times_row(page, escaped("whole flow"), load.done, load.failed, load.flow_response, load.measured_duration);
  if (load.model == "open")
    times_row(page, escaped("whole flow, from its own start"), load.done, load.failed, load.flow_service,
              load.measured_duration);
  const auto steps = [&](const std::vector<record::StepTimes>& all, Markup before) {
    for (const auto& step : all)
      times_row(page, markup("{}{}", before, page.text(step.name, 120)), step.done, step.failed, step.service,
                load.measured_duration);
  };
  if (load.journeys.size() > 1) {
    for (const auto& one : load.journeys) {
      times_row(page, markup("<b>{}</b>", page.text(one.rule, 120)), one.done, one.failed, one.response,
                load.measured_duration);
      steps(one.steps, "&#160;&#160;");
    }
  } else {
    steps(load.steps, "");
  }
  page << kClose << "\n";
}

void totals(Page& page, Markup id, Verdict verdict, std::string_view title,
            const std::map<std::string, std::uint64_t>& all) {
  if (all.empty()) return;
  page.put("<h3 id={}>{}</h3>\n<div class=\"box scroll\" tabindex=0 role=group aria-label={}><table><tbody>\n", id,
           badge(verdict, title), id);
  for (const auto& [name, count] : all)
    page.put("<tr><td>{}</td><td>{}</td></tr>\n", escaped(grouped(count)), page.marked(name));
  page << "</tbody></table></div>\n";
}

}  // namespace

void seconds_table(Page& page, const Load& load, bool times) {
  const auto count = charted_seconds(load), step = (count + kRowsOfSeconds - 1) / kRowsOfSeconds;
  page.put("<details class=fold><summary>The same as a table{}</summary>",
           step > 1 ? markup(", one second out of {}", step) : Html());
  if (times)
    open_table(page, "Times over the run", "inside scroll",
               {"second", "p50", "p90", "p99", "lateness p99", "in flight"});
  else
    open_table(page, "Flows per second", "inside scroll", {"second", "planned", "started", "done", "failed", "broken"});
  for (std::size_t i = 0; i < count; i += step) {
    const auto& one = load.seconds[i];
    page.put("<tr><th scope=row>{}</th>", i + 1);
    if (times) {
      for (const auto time : {one.p50_ns, one.p90_ns, one.p99_ns, one.late_p99_ns})
        page.put("<td>{}</td>", escaped(short_time(time)));
      page.put("<td>{}</td>", one.in_flight);
    } else {
      for (const auto number : {one.planned, one.started, one.done, one.failed, one.violations})
        page.put("<td>{}</td>", number);
    }
    page << "</tr>\n";
  }
  page << kClose << "</details>\n";
}

void percentile_table(Page& page, const Load& load) {
  const bool both = load.model == "open" && load.flow_service.count() > 0;
  page << "<details class=fold><summary>The same as a table</summary>";
  if (both) open_table(page, "Times by percentile", "inside scroll", {"percentile", "from plan", "from start"});
  else open_table(page, "Times by percentile", "inside scroll", {"percentile", "flow"});
  const auto row = [&](Markup name, std::uint64_t plan, std::uint64_t start) {
    page.put("<tr><th scope=row>{}</th><td>{}</td>", name, escaped(short_time(plan)));
    if (both) page.put("<td>{}</td>", escaped(short_time(start)));
    page << "</tr>\n";
  };
  const auto& plan = load.flow_response;
  const auto& start = load.flow_service;
  row("50 %", plan.percentile(50), start.percentile(50));
  row("75 %", plan.percentile(75), start.percentile(75));
  row("90 %", plan.percentile(90), start.percentile(90));
  row("95 %", plan.percentile(95), start.percentile(95));
  row("99 %", plan.percentile(99), start.percentile(99));
  row("99.9 %", plan.percentile(99.9), start.percentile(99.9));
  row("99.99 %", plan.percentile(99.99), start.percentile(99.99));
  row("largest", plan.max(), start.max());
  page << kClose << "</details>\n";
}

void html_load_tables(Page& page, const Load& load) {
  times(page, load);
  limit(page, load);
  objectives(page, load);
  invariants(page, load);
  beside(page, load);
  totals(page, "violations", Verdict::fail, "Rules broken under load", load.violations);
  totals(page, "load-errors", Verdict::warn, "Errors", load.errors);
}

}  // namespace assay::report

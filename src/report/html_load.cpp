// The load part of the HTML report: counts, whether to believe them, the course of the run as three charts, each with what it
// says in a sentence and its numbers in a table.
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/text.hpp"
#include "report/html.hpp"

namespace assay::report {
namespace {

using record::Load;
using record::Verdict;

void tile(Page& page, const std::string& number, Markup what) {
  page.put("<div><b>{}</b><span>{}</span></div>\n", escaped(number), what);
}

double seconds_of(const Load& load) {
  return std::max(std::chrono::duration<double>(load.measured_duration).count(), 1e-9);
}

void load_counts(Page& page, const Load& load) {
  page << "<div class=tiles>\n";
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
  page.put("<div class=box id=doubts><p>{}: ", badge(verdict, words));
  if (load.lateness.count() > 0)
    page.put("99 % of the flows started less than {} after their planned time; ",
             escaped(short_time(load.lateness.percentile(99))));
  page.put("the generator used {:.2f} cores.</p>\n", load.cpu_seconds / seconds_of(load));
  for (const auto& reason : load.trust_reasons) page.put("<p>{}</p>\n", page.marked(reason));
  for (const auto& doubt : load.doubts)
    page.put("<p>{}: {}{}{}</p>\n", badge(Verdict::warn, "doubt"), page.marked(doubt.what),
             doubt.remedy.empty() ? Markup("") : Markup(". Remedy: "), page.marked(doubt.remedy));
  page << "</div>\n";
}

// "200.0 flows per second were due and 199.9 ended; the slowest second ended 195 of them."
Html rate_sentence(const Load& load, std::span<const record::LoadSecond> seconds) {
  std::uint64_t due = 0, done = 0, least = seconds.front().done;
  for (const auto& one : seconds) {
    due += load.model == "open" ? one.planned : one.started;
    done += one.done;
    least = std::min(least, one.done);
  }
  const auto span = std::chrono::seconds(seconds.size());
  return markup(
      "{} flows per second were {} and {} ended; in the poorest second {} ended. Flat lines on one another mean that "
      "both sides kept up.",
      escaped(per_second(due, span)), load.model == "open" ? Markup("due") : Markup("started"),
      escaped(per_second(done, span)), escaped(grouped(least)));
}

Html time_sentence(std::span<const record::LoadSecond> seconds) {
  const auto by = [](const auto& a, const auto& b) { return a.p99_ns < b.p99_ns; };
  const auto worst = std::max_element(seconds.begin(), seconds.end(), by);
  const auto best = std::min_element(seconds.begin(), seconds.end(), by);
  return markup(
      "The p99 of a second was between {} and {}, the worst in second {}. A rise that follows the lateness of the "
      "generator is ours, not the server's.",
      escaped(short_time(best->p99_ns)), escaped(short_time(worst->p99_ns)), worst - seconds.begin() + 1);
}

Html percentile_sentence(const Load& load) {
  const auto& times = load.flow_response;
  if (load.model != "open" || load.flow_service.count() == 0)
    return markup(
        "Half of the flows took at most {}, one in a hundred more than {}. Each step to the right leaves a tenth of "
        "the flows.",
        escaped(short_time(times.percentile(50))), escaped(short_time(times.percentile(99))));
  return markup(
      "One flow in a hundred took more than {} from its planned start, and more than {} from its own. Where the lines "
      "part, flows waited before they were started.",
      escaped(short_time(times.percentile(99))), escaped(short_time(load.flow_service.percentile(99))));
}

void figure(Page& page, Markup title, const Html& chart, const Html& sentence) {
  page.put(
      "<h3>{}</h3>\n<figure class=box><div class=scroll tabindex=0 role=group "
      "aria-label=\"{}\">{}</div><figcaption>{}</figcaption>\n",
      title, title, chart, sentence);
}

// What broke a rule, in the order of time, with its evidence: what the markers of the chart stand for.
void broken_when(Page& page, const Load& load) {
  if (load.examples.empty()) return;
  page << "<ul class=marks>\n";
  for (const auto& one : load.examples) {
    page.put("<li>{} at {}: <code>{}</code>", badge(Verdict::fail, "broken"), escaped(base::format_duration(one.at)),
             page.text(one.rule + "#" + one.check, 200));
    for (const int id : one.evidence)
      if (find_exchange(page.run(), id)) page.put(" <a href=\"#x{}\">#{}</a>", id, id);
    page << "</li>\n";
  }
  page << "</ul>\n";
}

}  // namespace

void html_load(Page& page) {
  if (!page.run().load) return;
  const auto& load = *page.run().load;
  page.put("<section aria-labelledby=load><h2 id=load>Load: {}</h2>\n<p>",
           page.text(load.plan.empty() ? load.journey : load.plan));
  if (!load.title.empty()) page.put("{}. ", page.text(load.title));
  if (load.parts > 1) page.put("{} side by side. ", escaped(base::plural(load.parts, "run")));
  if (load.model == "open")
    page.put("Open model, {:g} flows per second for {}", load.rate,
             escaped(base::format_duration(load.planned_duration)));
  else
    page.put("Closed model, {} for {}", escaped(base::plural(load.users, "user")),
             escaped(base::format_duration(load.planned_duration)));
  if (load.warm_up.count() > 0) page.put(", after {} of warm-up", escaped(base::format_duration(load.warm_up)));
  page.put(", with {}.</p>\n", escaped(base::plural(load.workers, "thread")));
  load_counts(page, load);
  trust(page, load);
  if (const auto count = charted_seconds(load); count > 0) {
    const auto seconds = std::span(load.seconds).first(count);
    figure(page, "Arrivals and completions per second", rate_chart(load), rate_sentence(load, seconds));
    broken_when(page, load);
    seconds_table(page, load, false);
    page << "</figure>\n";
    figure(page, "Times over the run", time_chart(load), time_sentence(seconds));
    seconds_table(page, load, true);
    page << "</figure>\n";
  }
  if (const auto chart = percentile_chart(load); !chart.empty()) {
    figure(page, "How slow the slowest are", chart, percentile_sentence(load));
    percentile_table(page, load);
    page << "</figure>\n";
  }
  html_load_tables(page, load);
  page << "</section>\n";
}

}  // namespace assay::report

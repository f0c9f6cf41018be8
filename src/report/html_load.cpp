// The load part of the HTML report: counts, whether to believe them, the course of the run as a chart, times, errors, doubts.
#include <fmt/format.h>

#include <algorithm>

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
  for (const auto& step : load.steps)
    times_row(page, page.text(step.name, 120), step.done, step.failed, step.service, load.measured_duration);
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
          "scope=\"col\">done</th><th scope=\"col\">failed</th><th scope=\"col\">p50</th><th "
          "scope=\"col\">p99</th></tr></thead><tbody>\n";
  for (std::size_t i = 0; i < load.seconds.size(); i += step) {
    const auto& one = load.seconds[i];
    page << fmt::format(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", i + 1,
        one.planned, one.started, one.done, one.failed, short_time(one.p50_ns), short_time(one.p99_ns));
  }
  page << "</tbody></table></div></details>\n";
}

}  // namespace

void html_load(Page& page) {
  if (!page.run().load) return;
  const auto& load = *page.run().load;
  page << "<h2 id=\"load\">Load: " << page.text(load.journey) << "</h2>\n<p>";
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
  times(page, load);
  totals(page, Verdict::fail, "Rules broken under load", load.violations);
  totals(page, Verdict::warn, "Errors", load.errors);
}

}  // namespace assay::report

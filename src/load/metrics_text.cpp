#include "load/metrics_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/text.hpp"

namespace assay::load {
namespace {

using Labels = std::map<std::string, std::string>;

constexpr std::array<double, 16> kBounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                            0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};

class Text {
 public:
  explicit Text(const Cleaner& clean) : clean_(clean) {}

  void family(std::string_view name, std::string_view kind, std::string_view help) {
    fmt::format_to(std::back_inserter(out_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, kind);
  }
  void sample(std::string_view name, const Labels& labels, double value) {
    fmt::format_to(std::back_inserter(out_), "{}{} {}\n", name, written(labels), value);
  }
  void sample(std::string_view name, const Labels& labels, std::uint64_t value) {
    fmt::format_to(std::back_inserter(out_), "{}{} {}\n", name, written(labels), value);
  }
  void counter(std::string_view name, std::uint64_t value, std::string_view help) {
    family(name, "counter", help);
    sample(name, {}, value);
  }
  void gauge(std::string_view name, double value, std::string_view help) {
    family(name, "gauge", help);
    sample(name, {}, value);
  }
  // A bucket of ours belongs to the bounds that are not below its lowest value: off by less than 1 %.
  void histogram(std::string_view name, const Labels& labels, const record::Histogram& histogram) {
    const auto buckets = histogram.buckets();
    std::uint64_t count = 0;
    std::size_t next = 0;
    auto with = labels;
    for (const double bound : kBounds) {
      while (next < buckets.size() && static_cast<double>(buckets[next].lowest) <= bound * 1e9)
        count += buckets[next++].count;
      with["le"] = fmt::format("{}", bound);
      sample(fmt::format("{}_bucket", name), with, count);
    }
    with["le"] = "+Inf";
    sample(fmt::format("{}_bucket", name), with, histogram.count());
    sample(fmt::format("{}_sum", name), labels, static_cast<double>(histogram.sum()) * 1e-9);
    sample(fmt::format("{}_count", name), labels, histogram.count());
  }

  std::string take() { return std::move(out_); }

 private:
  std::string written(const Labels& labels) const {
    if (labels.empty()) return "";
    std::string out;
    for (const auto& [name, value] : labels)
      out += fmt::format("{}{}=\"{}\"", out.empty() ? "{" : ",", name, label_value(clean_(value)));
    return out + "}";
  }

  const Cleaner& clean_;
  std::string out_;
};

}  // namespace

std::string label_value(std::string_view text) {
  // Lines that are ended in a server's words become blanks here, so that only two signs are left to escape.
  std::string out;
  for (const char c : base::printable(text, 200)) {
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  return out;
}

void Metrics::add(const Snapshot& snapshot) {
  now_ = snapshot;
  sum_.merge(snapshot.last);
}

std::string Metrics::text() const {
  Text out(clean_);
  out.family("assay_run_info", "gauge", "What is running.");
  out.sample("assay_run_info", about_, std::uint64_t{1});
  out.gauge("assay_elapsed_seconds", std::chrono::duration<double>(now_.elapsed).count(),
            "Since the start, warm-up included.");
  out.gauge("assay_planned_seconds", std::chrono::duration<double>(now_.whole).count(),
            "How long the run is to take, warm-up included.");
  out.counter("assay_flows_planned_total", now_.planned, "Flows that were due.");
  out.counter("assay_flows_started_total", now_.started, "Flows that were started.");
  out.family("assay_flows_total", "counter", "Flows that ended.");
  out.sample("assay_flows_total", {{"result", "passed"}}, now_.done - std::min(now_.done, now_.failed));
  out.sample("assay_flows_total", {{"result", "failed"}}, now_.failed);
  out.counter("assay_flows_dropped_total", now_.dropped, "Flows that were due and never started.");
  out.counter("assay_flows_late_total", now_.late, "Flows that the generator itself started more than 10 ms late.");
  out.counter("assay_requests_total", now_.requests, "Exchanges that ended with an answer.");
  out.gauge("assay_in_flight", now_.in_flight, "Flows under way.");
  out.gauge("assay_waiting", static_cast<double>(now_.waiting), "Flows that are due and wait for a user.");
  out.gauge("assay_prepared", static_cast<double>(now_.sessions), "Prepared flows in store.");
  out.gauge("assay_worker_busy_ratio", now_.busy, "Processor time of the busiest worker, of one core.");
  out.family("assay_flow_duration_seconds", "histogram",
             "From the planned start of a flow to its end; without the warm-up.");
  out.histogram("assay_flow_duration_seconds", {}, sum_.response);
  out.family("assay_lateness_seconds", "histogram", "How late the generator itself started flows.");
  out.histogram("assay_lateness_seconds", {}, sum_.lateness);
  if (!sum_.journeys.empty()) {
    out.family("assay_journey_duration_seconds", "histogram",
               "The same as assay_flow_duration_seconds for each rule that runs.");
    for (const auto& one : sum_.journeys)
      out.histogram("assay_journey_duration_seconds", {{"rule", one.name}}, one.times);
  }
  if (!sum_.steps.empty()) {
    out.family("assay_step_duration_seconds", "histogram", "From the request of a step to its complete answer.");
    for (const auto& one : sum_.steps) out.histogram("assay_step_duration_seconds", {{"step", one.name}}, one.times);
  }
  // A family without samples is written nevertheless: zero errors and no such metric are different things to an alert.
  out.family("assay_errors_total", "counter", "What went wrong, by kind.");
  std::map<std::string, std::uint64_t> kinds;  // names that differ only in what is redacted are one
  for (const auto& [kind, count] : now_.errors) kinds[clean_(kind)] += count;
  for (const auto& [kind, count] : kinds) out.sample("assay_errors_total", {{"kind", kind}}, count);
  out.family("assay_violations_total", "counter", "Checks and invariants that did not hold.");
  for (const auto& [name, count] : now_.violations) {
    const auto hash = name.rfind('#');
    out.sample("assay_violations_total",
               {{"rule", name.substr(0, hash)}, {"check", hash == std::string::npos ? "" : name.substr(hash + 1)}},
               count);
  }
  return out.take();
}

}  // namespace assay::load

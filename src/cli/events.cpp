#include "cli/events.hpp"

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "record/json_text.hpp"
#include "report/view.hpp"

namespace assay::cli {

EventStream::~EventStream() {
  if (file_) std::fclose(file_);
}

std::optional<Stop> EventStream::open(const Options& options) {
  if (options.events.empty()) return std::nullopt;
  file_ = std::fopen(options.events.c_str(), "wbe");
  if (!file_) return Stop{kUsage, "cannot write " + options.events + ": " + std::strerror(errno)};
  path_ = options.events;
  return std::nullopt;
}

// A reader must never wait for a line that is already there.
void EventStream::write(const nlohmann::ordered_json& event) {
  if (!file_ || failed_) return;
  const auto line = record::json::written(event, -1);
  if (std::fwrite(line.data(), 1, line.size(), file_) == line.size() && std::fflush(file_) == 0) return;
  failed_ = true;
  std::fprintf(stderr, "assay: cannot write %s: %s; it ends here, and the run goes on\n", path_.c_str(),
               std::strerror(errno));
}

void EventStream::begin(const record::Run& run, std::size_t rules) {
  write({{"event", "started"},
         {"schemaVersion", 1},
         {"command", run.command},
         {"version", run.tool_version},
         {"profile", run.profile},
         {"target", report::shown(redactor_, run.target_name)},
         {"started", report::day_and_time(run.started)},
         {"rules", rules}});
}

void EventStream::show(const load::Snapshot& now) {
  const auto& last = now.last;
  const auto time = [&](double percent) { return last.response.count() ? last.response.percentile(percent) : 0; };
  write({{"event", "interval"},
         {"phase", now.warming_up ? "warm-up"
                   : now.draining ? "drain"
                                  : "measurement"},
         {"elapsedNs", now.elapsed.count()},
         {"fromNs", last.from.count()},
         {"toNs", last.to.count()},
         {"planned", last.planned},
         {"done", last.done},
         {"failed", last.failed},
         {"dropped", last.dropped},
         {"requests", last.requests},
         {"violations", last.violations},
         {"inFlight", now.in_flight},
         {"p50Ns", time(50)},
         {"p99Ns", time(99)}});
}

bool EventStream::end(const record::Run& run) {
  nlohmann::ordered_json counts = nlohmann::ordered_json::object();
  for (const auto& [verdict, count] : record::count_rules(run)) counts[std::string(to_string(verdict))] = count;
  nlohmann::ordered_json event = {{"event", "finished"},
                                  {"result", run.result},
                                  {"exits", run.exits},
                                  {"tookNs", run.took.count()},
                                  {"counts", counts}};
  if (const auto& load = run.load)
    event["load"] = {{"planned", load->planned},
                     {"done", load->done},
                     {"failed", load->failed},
                     {"dropped", load->dropped},
                     {"violations", record::count_violations(*load)},
                     {"trust", load->trust}};
  write(event);
  return !failed_;
}

void EventStream::rule_started(std::size_t done, std::size_t total, const rules::Rule& rule) {
  next_.rule_started(done, total, rule);
}

void EventStream::rule_finished(const record::Rule& rule, const std::vector<record::Exchange>& exchanges) {
  next_.rule_finished(rule, exchanges);
  nlohmann::ordered_json checks = nlohmann::ordered_json::array();
  for (const auto& check : rule.checks)
    checks.push_back({{"name", check.name},
                      {"level", to_string(check.level)},
                      {"verdict", to_string(check.verdict)},
                      {"actual", report::shown(redactor_, check.actual)}});
  write({{"event", "rule"},
         {"rule", rule.id},
         {"case", rule.case_name},
         {"verdict", to_string(rule.verdict)},
         {"reason", report::shown(redactor_, rule.reason)},
         {"tookNs", rule.took.count()},
         {"checks", std::move(checks)}});
}

}  // namespace assay::cli

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
         {"version", run.tool_version},
         {"profile", run.profile},
         {"target", report::shown(redactor_, run.target_name)},
         {"started", report::day_and_time(run.started)},
         {"rules", rules}});
}

bool EventStream::end(const record::Run& run) {
  nlohmann::ordered_json counts = nlohmann::ordered_json::object();
  for (const auto& [verdict, count] : record::count_rules(run)) counts[std::string(to_string(verdict))] = count;
  write({{"event", "finished"},
         {"result", run.result},
         {"exits", run.exits},
         {"tookNs", run.took.count()},
         {"counts", counts}});
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

#include "cli/load_measure.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>

#include "cli/client_options.hpp"
#include "load/load_run.hpp"

namespace assay::cli {
namespace {

std::atomic<bool> stop_requested{false}, cut_requested{false};
std::atomic<int> signals_seen{0};

extern "C" void on_load_signal(int) {
  const int seen = ++signals_seen;
  stop_requested = true;
  if (seen >= 2) cut_requested = true;
  if (seen >= 3) _exit(kInterrupted);
}

// The load ends early but in order at the first signal, without waiting for what is under way at the second, and at once at
// the third.
class SignalsEndLoad {
 public:
  SignalsEndLoad() {
    struct sigaction action{};
    action.sa_handler = on_load_signal;
    sigaction(SIGINT, &action, &old_int_);
    sigaction(SIGTERM, &action, &old_term_);
  }
  ~SignalsEndLoad() {
    sigaction(SIGINT, &old_int_, nullptr);
    sigaction(SIGTERM, &old_term_, nullptr);
  }
  SignalsEndLoad(const SignalsEndLoad&) = delete;
  SignalsEndLoad& operator=(const SignalsEndLoad&) = delete;

 private:
  struct sigaction old_int_{}, old_term_{};
};

// Exchanges of flows that broke something go where those of `check` go.
void keep_evidence(const std::vector<load::Evidence>& evidence, record::Load& load, engine::Recorder& recorder) {
  for (const auto& one : evidence) {
    auto& example = load.examples.emplace_back(record::LoadExample{one.rule, one.check, one.at, {}});
    for (const auto& exchange : one.exchanges) example.evidence.push_back(load::keep(recorder, one.rule, exchange));
  }
}

}  // namespace

bool measure(const rules::LoadPlan& plan, const LoadTrial& trial, const Options& options, const Subject& subject,
             engine::Recorder& recorder, TerminalProgress& progress) {
  std::vector<load::PlannedRule> rules;
  for (const auto& one : trial.rules) rules.push_back({one.rule, one.lacking});
  load::LoadOptions load_options;
  load_options.workers = options.workers;
  load_options.cut = &cut_requested;
  load_options.seed = recorder.run().seed;
  load_options.client = client_options(subject.target);
  const auto show = [&](const load::Snapshot& now) {
    char line[200];
    std::snprintf(line, sizeof line, "%3.0f s  %llu planned  %llu done  %llu failed",
                  std::chrono::duration<double>(now.elapsed).count(), static_cast<unsigned long long>(now.planned),
                  static_cast<unsigned long long>(now.done), static_cast<unsigned long long>(now.failed));
    progress.say(line);
  };
  const SignalsEndLoad signals;
  auto measured = load::run_load(plan, rules, *trial.bound, load_options, stop_requested, show);
  progress.clear();
  auto& load = recorder.run().load.emplace(std::move(measured.load));
  keep_evidence(measured.evidence, load, recorder);
  return stop_requested;
}

}  // namespace assay::cli

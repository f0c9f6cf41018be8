#include "cli/load_measure.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>

#include "base/text.hpp"
#include "cli/client_options.hpp"
#include "load/find_limit.hpp"
#include "load/invariant_results.hpp"
#include "load/load_run.hpp"
#include "load/machine.hpp"
#include "load/permission.hpp"

namespace assay::cli {
namespace {

constexpr auto kQuiet = std::chrono::milliseconds(200);  // how long others are looked at before the load begins
constexpr std::size_t kMostBody = 1u << 20;  // bytes: of thousands of flows at once, each may be sent so much

std::atomic<bool> stop_requested{false}, cut_requested{false};
std::atomic<int> signals_seen{0};

extern "C" void on_load_signal(int) {
  const int seen = ++signals_seen;
  stop_requested = true;
  if (seen >= 2) cut_requested = true;
  if (seen >= 3) _exit(kInterrupted);
}

// Exchanges of flows that broke something go where those of `check` go, once.
class KeptEvidence {
 public:
  explicit KeptEvidence(engine::Recorder& recorder) : recorder_(recorder) {}

  // `evidence`: all of one run so far.
  void add_to(record::Load& load, const std::vector<load::Evidence>& evidence) {
    for (auto i = examples_.size(); i < evidence.size(); ++i) {
      const auto& one = evidence[i];
      auto& example = examples_.emplace_back(record::LoadExample{one.rule, one.check, one.at, {}});
      for (const auto& exchange : one.exchanges) example.evidence.push_back(load::keep(recorder_, one.rule, exchange));
    }
    load.examples = examples_;
    for (const auto& example : examples_)
      for (auto& invariant : load.invariants)
        if (invariant.id == example.rule && invariant.check == example.check)
          invariant.evidence.insert(invariant.evidence.end(), example.evidence.begin(), example.evidence.end());
  }

 private:
  engine::Recorder& recorder_;
  std::vector<record::LoadExample> examples_;
};

}  // namespace

SignalsEndLoad::SignalsEndLoad() {
  struct sigaction action{};
  action.sa_handler = on_load_signal;
  action.sa_flags = SA_RESTART;
  for (const int number : {SIGINT, SIGTERM}) sigaction(number, &action, nullptr);
}

std::vector<load::Trial> trials_of(const LoadTrial& trial) {
  std::vector<load::Trial> out;
  for (const auto& one : trial.rules) out.push_back(one.trial);
  return out;
}

bool measure(const rules::Library& library, const rules::Profile& profile, const rules::LoadPlan& plan,
             const LoadTrial& trial, const Options& options, const Subject& subject, engine::Recorder& recorder,
             LoadWatch& watch, EventStream& events, const std::string& foreign, const SoFar& told) {
  std::vector<load::PlannedRule> rules;
  for (const auto& one : trial.rules) rules.push_back({one.rule, one.lacking, requests_of_arranging(one.trial)});
  load::LoadOptions load_options;
  load_options.workers = options.workers;
  load_options.cut = &cut_requested;
  load_options.seed = recorder.run().seed;
  load_options.client = client_options(subject.target);
  load_options.client.max_body = kMostBody;
  // Who needs a permission is a guest, on whatever machine.
  load_options.polite = !foreign.empty() || subject.target.permission.has_value();
  load_options.bundled = subject.mock != nullptr;
  // While it is under load, nobody can tell a server of this machine from what else works there.
  if (!subject.mock && load::is_on_this_machine(*trial.bound))
    load_options.others_before = load::others_busy_for(kQuiet);
  load_options.invariants = load::invariant_rules(library, profile);
  load_options.failures = load::failing_invariants(library, profile);
  const auto trials = trials_of(trial);
  const load::FoundLimit* limit = nullptr;  // of a search that goes on
  const auto run_once = [&](const rules::LoadPlan& once) {
    load_options.preparing = load::preparing_limit(once, subject.target, foreign, trials);
    KeptEvidence kept(recorder);
    const auto complete = [&](load::LoadResult& measured) {
      load::complete_invariants(measured.load.invariants, library, profile);
      kept.add_to(measured.load, measured.evidence);
    };
    load_options.journal = [&](const std::function<load::LoadResult()>& so_far) {
      told([&] {
        auto measured = so_far();
        complete(measured);
        if (!limit) return std::move(measured.load);
        auto out = limit->load;
        out.limit = limit->limit;
        return out;
      });
    };
    auto measured =
        load::run_load(once, rules, *trial.bound, load_options, stop_requested, [&](const load::Snapshot& now) {
          watch.show(now);
          events.show(now);
        });
    complete(measured);
    return std::move(measured.load);
  };
  auto& load = recorder.run().load;
  if (options.find_limit.empty()) {
    load = run_once(plan);
  } else {
    std::optional<record::Load> interrupted;
    std::string refusal;
    const auto step = [&](const rules::LoadPlan& now) -> std::optional<record::Load> {
      refusal = load::refuse_rate(now, subject.target, foreign, trials);
      if (!refusal.empty()) return std::nullopt;
      auto out = run_once(now);
      if (!stop_requested) {
        char line[120];
        std::snprintf(line, sizeof line, "asked %.6g/s  failed %llu  p99 %s", out.rate,
                      static_cast<unsigned long long>(out.failed),
                      base::format_duration(std::chrono::nanoseconds(out.flow_response.percentile(99))).c_str());
        watch.say(line);
        return out;
      }
      interrupted = std::move(out);
      return std::nullopt;
    };
    auto found =
        load::find_limit(plan, plan.objectives, step, [&](const load::FoundLimit& so_far) { limit = &so_far; });
    limit = nullptr;
    load = found.limit.curve.empty() && interrupted ? std::move(*interrupted) : std::move(found.load);
    if (load->model.empty()) load->model = "open";
    load->limit = std::move(found.limit);
    if (!refusal.empty())
      load->doubts.push_back({"the search ended early: " + refusal, "ask for a permission of a higher rate"});
  }
  watch.clear();
  return stop_requested;
}

}  // namespace assay::cli

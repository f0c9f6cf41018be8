#include "load/load_run.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <thread>

#include "base/text.hpp"
#include "load/worker.hpp"

namespace assay::load {
namespace {

std::string milliseconds(std::uint64_t ns) {
  return base::format_duration(std::chrono::nanoseconds(static_cast<std::int64_t>(ns)));
}

// Is the generator to be believed? Each doubt comes with what to do about it.
void judge_generator(record::Load& load, const LoadOptions& options, double cores) {
  const auto lower = [&](const char* to, std::string reason) {
    if (load.trust != "invalid") load.trust = to;
    load.trust_reasons.push_back(std::move(reason));
  };
  const double busy = load.measured_duration.count() > 0
                          ? load.cpu_seconds / (static_cast<double>(load.measured_duration.count()) * 1e-9) / cores
                          : 0;
  char text[160];
  if (options.rate > 0) {
    const auto p99 = load.lateness.percentile(99);
    if (p99 > 100'000'000) lower("invalid", "flows started late: p99 " + milliseconds(p99));
    else if (p99 > 10'000'000) lower("suspect", "flows started late: p99 " + milliseconds(p99));
    if (load.dropped > 0) {
      std::snprintf(text, sizeof text, "%llu of %llu planned flows never started",
                    static_cast<unsigned long long>(load.dropped), static_cast<unsigned long long>(load.planned));
      lower("suspect", text);
    }
    if (busy > 0.9) {
      std::snprintf(text, sizeof text, "the generator used %.0f %% of its cores", busy * 100);
      lower("suspect", text);
    }
  } else {
    load.doubts.push_back(
        {"a closed model: a slow answer delays the next request, so percentiles look better than users would see",
         "use --rate for latency; --users is for capacity"});
    if (busy > 0.9) {
      std::snprintf(text, sizeof text,
                    "the generator used %.0f %% of its cores: the rate may be its limit, not the server's", busy * 100);
      load.doubts.push_back({text, "use more --workers, or another machine for the generator"});
    }
  }
  const auto samples = load.flow_response.count();
  if (samples > 0 && samples < 1000)
    load.doubts.push_back(
        {"p99.9 rests on fewer than one sample (" + std::to_string(samples) + " flows)", "run longer"});
  if (load.done > 0 && load.failed * 2 > load.done)
    load.doubts.push_back({"most flows failed: the times are those of errors", "run assay check first"});
}

unsigned share(unsigned all, unsigned index, unsigned parts) { return all / parts + (index < all % parts ? 1 : 0); }

}  // namespace

record::Load run_load(const rules::Rule& rule, const engine::BoundTarget& target, const std::vector<bool>& lacking,
                      const LoadOptions& options, const std::atomic<bool>& stop,
                      const std::function<void(const Snapshot&)>& progress) {
  const engine::Program program(rule, target);
  const engine::Oracle oracle(target);
  const bool open = options.rate > 0;
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  unsigned workers = options.workers ? options.workers : cores;
  workers = std::clamp(workers, 1u, std::max(1u, open ? options.most_users : options.users));  // none without a user

  const auto start = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);  // all workers are up by then
  std::vector<Measurements> parts(workers);
  std::vector<std::unique_ptr<Counters>> counters;
  std::vector<std::string> troubles(workers);
  std::atomic<unsigned> running{workers};
  std::vector<std::thread> threads;
  std::vector<rules::Step> steps = program.rule().arrange;
  steps.insert(steps.end(), program.rule().act.begin(), program.rule().act.end());
  for (unsigned i = 0; i < workers; ++i) {
    counters.push_back(std::make_unique<Counters>());
    parts[i].steps.resize(static_cast<std::size_t>(rule.slots));
    for (const auto& step : steps) parts[i].steps[static_cast<std::size_t>(step.slot)].name = step.name;
  }
  for (unsigned i = 0; i < workers; ++i)
    threads.emplace_back([&, i] {
      const WorkerTask task{
          program, oracle, lacking, options, i, workers, share(open ? options.most_users : options.users, i, workers),
          start,   stop};
      if (const auto ended = run_worker(task, *counters[i], parts[i]); !ended) troubles[i] = ended.error().doing;
      running.fetch_sub(1);
    });
  auto next_report = start + std::chrono::seconds(1);
  while (running.load() > 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const auto now = std::chrono::steady_clock::now();
    if (now < next_report) continue;
    next_report += std::chrono::seconds(1);
    Snapshot snapshot;
    snapshot.elapsed = now - start;
    for (const auto& c : counters) {
      snapshot.planned += c->planned.load(std::memory_order_relaxed);
      snapshot.started += c->started.load(std::memory_order_relaxed);
      snapshot.done += c->done.load(std::memory_order_relaxed);
      snapshot.failed += c->failed.load(std::memory_order_relaxed);
    }
    progress(snapshot);
  }
  for (auto& thread : threads) thread.join();

  Measurements sum;
  sum.steps = parts[0].steps;
  for (auto& step : sum.steps) step = record::StepTimes{step.name, 0, 0, {}};
  for (const auto& part : parts) sum.merge(part);

  record::Load out;
  out.journey = rule.full_id();
  out.model = open ? "open" : "closed";
  out.rate = options.rate;
  out.users = open ? sum.most_busy : options.users;
  out.workers = workers;
  out.planned_duration = options.duration;
  const auto elapsed = std::chrono::steady_clock::now() - start - options.warm_up;
  out.measured_duration = std::clamp<std::chrono::nanoseconds>(elapsed, std::chrono::nanoseconds(0), options.duration);
  out.warm_up = options.warm_up;
  out.planned = sum.planned;
  out.started = sum.started;
  out.done = sum.done;
  out.failed = sum.failed;
  out.dropped = sum.dropped;
  out.requests = sum.requests;
  out.cpu_seconds = sum.cpu_seconds;
  out.flow_response = sum.flow_response;
  out.flow_service = sum.flow_service;
  out.lateness = sum.lateness;
  for (auto& step : sum.steps)
    if (step.done + step.failed > 0) out.steps.push_back(std::move(step));
  for (const auto& second : sum.seconds)
    out.seconds.push_back({second.planned, second.started, second.done, second.failed, second.times.percentile(50),
                           second.times.percentile(99)});
  out.errors = sum.errors;
  out.violations = sum.violations;
  judge_generator(out, options, static_cast<double>(std::min(workers, cores)));
  for (const auto& trouble : troubles)
    if (!trouble.empty()) {
      out.trust = "invalid";
      out.trust_reasons.push_back("a worker could not start: " + trouble);
    }
  return out;
}

}  // namespace assay::load

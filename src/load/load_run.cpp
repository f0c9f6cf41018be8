#include "load/load_run.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <thread>

#include "base/random.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "load/arrival_plan.hpp"
#include "load/generator.hpp"
#include "load/invariant_results.hpp"
#include "load/machine.hpp"
#include "load/objectives.hpp"
#include "load/worker.hpp"

namespace assay::load {
namespace {

using Clock = std::chrono::steady_clock;

unsigned share(unsigned all, unsigned index, unsigned parts) { return all / parts + (index < all % parts ? 1 : 0); }

// How many of the target's users a rule needs.
int users_of(const rules::Rule& rule) {
  int out = 1;
  for (const auto* block : {&rule.arrange, &rule.act})
    for (const auto& step : *block) out = std::max(out, step.user + 1);
  return out;
}

struct Place {
  std::vector<std::uint16_t> ports;  // of the endpoints
  bool loopback = true, tls = false;
};

Place place_of(const engine::BoundTarget& target) {
  Place out;
  for (std::size_t i = 0; i < engine::kEndpointCount; ++i) {
    const auto* endpoint = target.endpoint(static_cast<engine::EndpointKind>(i));
    if (!endpoint) continue;
    const auto url = base::parse_url(endpoint->text);
    if (!url) continue;
    out.ports.push_back(url->port);
    out.loopback = out.loopback && url->is_loopback();
    out.tls = out.tls || url->tls();
  }
  return out;
}

void add(std::map<std::string, std::uint64_t>& into, const std::map<std::string, std::uint64_t>& from) {
  for (const auto& [name, count] : from) into[name] += count;
}

// Puts together what the workers hand over: the series of the run, and the snapshots.
class Reporter {
 public:
  Reporter(const rules::LoadPlan& plan, std::span<const std::unique_ptr<Counters>> counters,
           std::deque<Measurements>& parts)
      : plan_(plan), counters_(counters), parts_(parts) {}

  // `now`: since the arrivals began, warm-up included.
  Snapshot snapshot(Nanoseconds now, bool last = false) {
    Snapshot out;
    out.elapsed = std::max(Nanoseconds{}, now);
    out.whole = plan_.warm_up + total_duration(plan_);
    out.warming_up = now < plan_.warm_up;
    out.draining = now >= out.whole;
    for (const auto& counters : counters_) {
      const auto read = [](const auto& counter) { return counter.load(std::memory_order_relaxed); };
      out.planned += read(counters->planned);
      out.started += read(counters->started);
      out.done += read(counters->done);
      out.failed += read(counters->failed);
      out.late += read(counters->late);
      out.waiting += read(counters->waiting);
      out.sessions += read(counters->sessions);
      out.in_flight += read(counters->in_flight);
      out.busy = std::max(out.busy, read(counters->busy));
    }
    for (auto& part : parts_)
      for (auto& one : part.mailbox.take()) take(one, out.last);
    out.last.from = measured_;
    measured_ = out.last.to = std::max(Nanoseconds{}, now - plan_.warm_up);
    out.requests = requests_ += out.last.requests;
    out.dropped = dropped_ += out.last.dropped;
    out.errors = errors;
    out.violations = violations;
    while (!open_.empty() && (last || open_.size() > kOpenSeconds)) finish();
    return out;
  }

  std::vector<record::LoadSecond> seconds;
  std::map<std::string, std::uint64_t> errors, violations;

 private:
  // A worker may hand over a second some time after it is over.
  static constexpr std::size_t kOpenSeconds = 4;
  struct Open {
    record::Histogram response, lateness;
  };

  void take(Part& part, Interval& interval) {
    if (seconds.size() <= part.second) {
      seconds.resize(part.second + 1);
      open_.resize(seconds.size() - finished_);
    }
    auto& second = seconds[part.second];
    second.planned += part.counts.planned;
    second.started += part.started;
    second.done += part.counts.done;
    second.failed += part.counts.failed;
    second.violations += part.counts.violations;
    second.in_flight += part.in_flight;
    if (part.second >= finished_) {
      auto& open = open_[part.second - finished_];
      open.response.merge(part.counts.response);
      open.lateness.merge(part.counts.lateness);
    }
    add(errors, part.errors);
    add(violations, part.violations);
    interval.merge(part.counts);
  }

  void finish() {
    auto& second = seconds[finished_++];
    const auto& open = open_.front();
    second.p50_ns = open.response.percentile(50);
    second.p90_ns = open.response.percentile(90);
    second.p99_ns = open.response.percentile(99);
    second.late_p99_ns = open.lateness.percentile(99);
    open_.pop_front();
  }

  const rules::LoadPlan& plan_;
  std::span<const std::unique_ptr<Counters>> counters_;
  std::deque<Measurements>& parts_;
  std::deque<Open> open_;  // of the seconds that are not finished
  std::size_t finished_ = 0;
  std::uint64_t requests_ = 0, dropped_ = 0;
  Nanoseconds measured_{};
};

// One row per rule, and what all journeys come to.
void describe_rules(record::Load& out, const rules::LoadPlan& plan, std::span<const PlannedRule> rules,
                    std::vector<RuleMeasurements>& measured) {
  double weights = 0;
  for (const auto& journey : plan.journeys) weights += journey.weight;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    auto& one = measured[i];
    auto& row = out.journeys.emplace_back();
    row.rule = rules[i].rule->full_id();
    row.beside = i >= plan.journeys.size();
    row.share = row.beside ? plan.beside[i - plan.journeys.size()].share : plan.journeys[i].weight / weights;
    row.planned = one.planned;
    row.started = one.started;
    row.done = one.done;
    row.failed = one.failed;
    row.dropped = one.dropped;
    row.inconclusive = one.inconclusive;
    row.response = one.response;
    row.service = one.service;
    row.checks = one.checks;
    row.race = one.race;
    for (auto& step : one.steps)
      if (step.done + step.failed > 0) row.steps.push_back(step);
    if (row.beside) continue;
    out.planned += row.planned;
    out.started += row.started;
    out.done += row.done;
    out.failed += row.failed;
    out.dropped += row.dropped;
    out.flow_response.merge(row.response);
    out.flow_service.merge(row.service);
    for (const auto& step : row.steps) {
      auto found = std::ranges::find(out.steps, step.name, &record::StepTimes::name);
      if (found == out.steps.end()) {
        out.steps.push_back(step);
        continue;
      }
      found->done += step.done;
      found->failed += step.failed;
      found->service.merge(step.service);
    }
  }
  out.cut_off = out.started - out.done;
}

void watch_invariants(Measurements& out, std::span<const PlannedRule> planned, const engine::BoundTarget& target,
                      const LoadOptions& options, std::uint64_t seed) {
  if (options.invariants.empty()) return;
  std::vector<const rules::Rule*> rules;
  for (const auto& one : planned) rules.push_back(one.rule);
  out.invariants.emplace(rules, target.issuer(), seed);
  for (const auto* rule : options.invariants)
    for (const auto& check : rule->checks)
      if (const auto watched = find_watched(check.name)) {
        out.invariant_rules[static_cast<std::size_t>(*watched)] = rule->id;
        out.counts_as_violation[static_cast<std::size_t>(*watched)] =
            std::ranges::find(options.failures, rule->id + "#" + check.name) != options.failures.end();
      }
}

}  // namespace

LoadResult run_load(const rules::LoadPlan& plan, std::span<const PlannedRule> rules, const engine::BoundTarget& target,
                    const LoadOptions& wanted, const std::atomic<bool>& stop,
                    const std::function<void(const Snapshot&)>& progress) {
  LoadOptions options = wanted;
  options.client.resume_tls &= plan.tls_resumption;
  std::vector<engine::Program> programs;
  std::vector<int> rules_users;
  for (const auto& planned : rules) {
    programs.emplace_back(*planned.rule, target);
    rules_users.push_back(users_of(*planned.rule));
  }
  const engine::Oracle oracle(target);
  const bool open = plan.model == rules::LoadModel::open;
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  unsigned workers = options.workers ? options.workers : cores;
  workers = std::clamp(workers, 1u, std::max(1u, open ? options.most_users : plan.users));  // none without a user

  const StepNames names(rules);
  const auto invariants_seed = base::random_number();
  std::vector<std::unique_ptr<Counters>> counters;
  std::deque<Measurements> parts;
  Politeness politeness;
  std::vector<std::string> troubles(workers);
  std::atomic<unsigned> running{workers};
  std::atomic<bool> over{false};  // told to stop, or an objective was missed that ends the run
  Start start;
  for (unsigned i = 0; i < workers; ++i) {
    counters.push_back(std::make_unique<Counters>());
    parts.emplace_back(rules, names);
    watch_invariants(parts.back(), rules, target, options, invariants_seed);
    if (options.polite) parts.back().politeness = &politeness;
  }
  const auto place = place_of(target);
  if (place.tls && !options.client.tls)  // once for all workers; if it fails, each of them says why
    if (auto tls = net::prepare_tls(options.client)) options.client.tls = std::move(*tls);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < workers; ++i)
    threads.emplace_back([&, i] {
      const WorkerTask task{.plan = plan,
                            .rules = rules,
                            .programs = programs,
                            .rules_users = rules_users,
                            .users_known = static_cast<int>(target.user_count()),
                            .oracle = oracle,
                            .options = options,
                            .index = i,
                            .workers = workers,
                            .users = share(open ? options.most_users : plan.users, i, workers),
                            .start = start,
                            .stop = over,
                            .politeness = parts[i].politeness};
      if (const auto ended = run_worker(task, *counters[i], parts[i]); !ended) troubles[i] = ended.error().doing;
      running.fetch_sub(1);
    });

  Reporter reporter(plan, counters, parts);
  WindowedObjectives objectives(plan.objectives);
  MachineWatch machine(place.ports);
  bool watching = false;
  std::optional<Clock::time_point> began, stopped;
  auto next_report = Clock::now() + std::chrono::seconds(1);
  while (running.load() > 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(began ? 20 : 1));
    const auto now = Clock::now();
    if (!began && std::ranges::all_of(counters, [](const auto& one) { return one->prepared.load(); })) {
      began = now + std::chrono::milliseconds(20);
      next_report = *began + std::chrono::seconds(1);
      start.set(*began);
    }
    if (stop.load(std::memory_order_relaxed)) over = true;
    if (!stopped && over) stopped = now;
    if (began && !watching && now >= *began + plan.warm_up) {
      machine.begin();
      watching = true;
    }
    if (began && now >= *began + plan.warm_up + total_duration(plan)) machine.end();
    if (now < next_report) continue;
    next_report += std::chrono::seconds(1);
    if (watching) machine.look();
    const auto snapshot = reporter.snapshot(began ? now - *began : Nanoseconds{});
    // What ends in the drain belongs to no window; the whole run counts it.
    if (snapshot.last.from < total_duration(plan) && objectives.add(snapshot.last)) over = true;
    progress(snapshot);
  }
  machine.end();
  for (auto& thread : threads) thread.join();
  const auto ended = Clock::now();
  const auto last = reporter.snapshot(began ? ended - *began : Nanoseconds{}, true);
  if (last.last.from < total_duration(plan)) objectives.add(last.last);

  Measurements sum(rules, names);
  LoadResult result;
  auto& out = result.load;
  out.generator = machine.facts();
  for (const auto& part : parts) {
    sum.merge(part);
    out.generator.worker_cpu.push_back(part.cpu_seconds);
  }
  out.plan = plan.id;
  out.title = plan.title;
  out.journey = rules.front().rule->full_id();
  out.model = open ? "open" : "closed";
  if (open) out.arrivals = plan.arrivals == rules::ArrivalProcess::poisson ? "poisson" : "constant";
  out.rate = open ? mean_rate(plan.stages) : 0;
  out.users = open ? sum.most_busy : plan.users;
  out.workers = workers;
  out.planned_duration = total_duration(plan);
  if (began)
    out.measured_duration =
        std::clamp<Nanoseconds>(stopped.value_or(ended) - *began - plan.warm_up, Nanoseconds{}, out.planned_duration);
  out.warm_up = plan.warm_up;
  out.requests = sum.requests;
  out.cpu_seconds = sum.cpu_seconds;
  out.lateness = sum.lateness;
  out.queue_wait = sum.queue_wait;
  describe_rules(out, plan, rules, sum.rules);
  out.seconds = std::move(reporter.seconds);
  out.errors = std::move(reporter.errors);
  out.violations = std::move(reporter.violations);
  out.generator.connections = sum.connections;
  if (const double seconds = std::chrono::duration<double>(out.measured_duration).count(); seconds > 0)
    for (auto& cpu : out.generator.worker_cpu) cpu /= seconds;
  judge_generator(out, {.loopback = place.loopback,
                        .bundled = options.bundled,
                        .tls = place.tls,
                        .clock_jump = machine.clock_jump(),
                        .keep_alive = plan.connections == rules::ConnectionPolicy::keep_alive,
                        .objectives = plan.objectives});
  if (const auto times = politeness.times(); times > 0)
    out.doubts.push_back({"the server asked to slow down " + (times == 1 ? "once" : std::to_string(times) + " times") +
                              ", and " + base::plural(politeness.held_back(), "flow") + " did not begin because of it",
                          "ask for a higher rate limit for this test, or take a lower --rate"});
  out.objectives = objectives.results(out);
  for (const auto& trouble : troubles)
    if (!trouble.empty()) {
      out.trust = "invalid";
      out.trust_reasons.push_back("a worker could not start: " + trouble);
    }
  if (parts.front().invariants) {
    auto& first = *parts.front().invariants;
    for (std::size_t i = 1; i < parts.size(); ++i) first.merge(*parts[i].invariants);
    out.invariants = invariant_results(options.invariants, first, out);
  }
  result.evidence = std::move(sum.evidence);
  return result;
}

}  // namespace assay::load

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
#include "load/reporter.hpp"

namespace assay::load {
namespace {

using Clock = std::chrono::steady_clock;

// Workers look at the clock 20 times a second: a moment after a second is over, all of them have handed it over.
constexpr auto kReportAfter = std::chrono::milliseconds(1100);

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

bool is_on_this_machine(const engine::BoundTarget& target) { return place_of(target).loopback; }

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
    parts.emplace_back(rules);
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

  Reporter reporter(plan, rules, names, counters, parts);
  WindowedObjectives objectives(plan.objectives);
  MachineWatch machine(place.ports);
  bool watching = false;
  std::optional<Clock::time_point> began, stopped;

  // What is known of the run. The parts of the record that need all workers to have ended are added at its end.
  const auto record_until = [&](Clock::time_point now) {
    LoadResult result;
    auto& out = result.load;
    out.generator = machine.facts();
    for (const auto& one : counters) {
      out.generator.worker_cpu.push_back(one->cpu_seconds);
      out.cpu_seconds += one->cpu_seconds;
      out.users += one->most_busy;
    }
    out.plan = plan.id;
    out.title = plan.title;
    out.journey = rules.front().rule->full_id();
    out.model = open ? "open" : "closed";
    if (open) out.arrivals = plan.arrivals == rules::ArrivalProcess::poisson ? "poisson" : "constant";
    out.rate = open ? mean_rate(plan.stages) : 0;
    if (!open) out.users = plan.users;
    out.workers = workers;
    out.planned_duration = total_duration(plan);
    if (began)
      out.measured_duration =
          std::clamp<Nanoseconds>(stopped.value_or(now) - *began - plan.warm_up, Nanoseconds{}, out.planned_duration);
    out.warm_up = plan.warm_up;
    reporter.describe(out);
    out.generator.connections = reporter.sum().connections;
    if (const double seconds = std::chrono::duration<double>(out.measured_duration).count(); seconds > 0)
      for (auto& cpu : out.generator.worker_cpu) cpu /= seconds;
    judge_generator(out, {.loopback = place.loopback,
                          .bundled = options.bundled,
                          .others_before = options.others_before,
                          .tls = place.tls,
                          .clock_jump = machine.clock_jump(),
                          .keep_alive = plan.connections == rules::ConnectionPolicy::keep_alive,
                          .objectives = plan.objectives});
    out.objectives = objectives.results(out);
    if (!options.invariants.empty()) out.invariants = invariants_so_far(options.invariants, reporter.invariants(), out);
    result.evidence = reporter.sum().evidence;
    return result;
  };

  auto next_report = Clock::now() + kReportAfter;
  while (running.load() > 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(began ? 20 : 1));
    const auto now = Clock::now();
    if (!began && std::ranges::all_of(counters, [](const auto& one) { return one->prepared.load(); })) {
      began = now + std::chrono::milliseconds(20);
      next_report = *began + kReportAfter;
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
    if (options.journal && began && now > *began + plan.warm_up) options.journal([&] { return record_until(now); });
  }
  machine.end();
  for (auto& thread : threads) thread.join();
  const auto ended = Clock::now();
  const auto last = reporter.snapshot(began ? ended - *began : Nanoseconds{}, true);
  if (last.last.from < total_duration(plan)) objectives.add(last.last);

  for (unsigned i = 0; i < workers; ++i) {
    counters[i]->cpu_seconds = parts[i].cpu_seconds;
    counters[i]->most_busy = parts[i].most_busy;
  }
  auto result = record_until(ended);
  auto& out = result.load;
  if (const auto times = politeness.times(); times > 0)
    out.doubts.push_back({"the server asked to slow down " + (times == 1 ? "once" : std::to_string(times) + " times") +
                              ", and " + base::plural(politeness.held_back(), "flow") + " did not begin because of it",
                          "ask for a higher rate limit for this test, or take a lower --rate"});
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
  return result;
}

}  // namespace assay::load

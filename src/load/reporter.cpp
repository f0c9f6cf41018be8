#include "load/reporter.hpp"

#include <algorithm>

#include "load/arrival_plan.hpp"

namespace assay::load {
namespace {

void add_steps(std::vector<record::StepTimes>& into, const std::vector<record::StepTimes>& from) {
  for (const auto& step : from) {
    const auto found = std::ranges::find(into, step.name, &record::StepTimes::name);
    if (found == into.end()) {
      into.push_back(step);
      continue;
    }
    found->done += step.done;
    found->failed += step.failed;
    found->service.merge(step.service);
  }
}

}  // namespace

Reporter::Reporter(const rules::LoadPlan& plan, std::span<const PlannedRule> rules, const StepNames& names,
                   std::span<const std::unique_ptr<Counters>> counters, std::deque<Measurements>& workers)
    : plan_(plan), rules_(rules), names_(names), counters_(counters), workers_(workers), sum_(rules),
      invariants_(workers.size()) {}

Snapshot Reporter::snapshot(Nanoseconds now, bool last) {
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
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    auto parts = workers_[i].mailbox.take();
    for (auto& part : parts) {
      take(part, out.last);
      if (part.invariants) invariants_[i] = std::move(part.invariants);
    }
    if (!last) workers_[i].mailbox.give_back(std::move(parts));
  }
  out.last.from = measured_;
  measured_ = out.last.to = std::max(Nanoseconds{}, now - plan_.warm_up);
  out.requests = sum_.requests;
  out.dropped = dropped_ += out.last.dropped;
  out.errors = sum_.errors;
  out.violations = sum_.violations;
  while (!open_.empty() && (last || open_.size() > kOpenSeconds)) finish();
  return out;
}

void Reporter::take(const Part& part, Interval& interval) {
  if (seconds_.size() <= part.second) {
    seconds_.resize(part.second + 1);
    open_.resize(seconds_.size() - finished_);
  }
  if (interval.steps.empty())
    for (const auto& name : names_.names) interval.steps.push_back({name, 0, 0, {}});
  if (interval.journeys.empty())
    for (const auto& rule : names_.rules) interval.journeys.push_back({rule, 0, 0, {}});
  auto& second = seconds_[part.second];
  auto* open = part.second >= finished_ ? &open_[part.second - finished_] : nullptr;
  for (std::size_t i = 0; i < part.rules.size(); ++i) {
    const auto& one = part.rules[i];
    auto& journey = interval.journeys[i];
    journey.done += one.done;
    journey.failed += one.failed;
    journey.times.merge(one.response);
    for (std::size_t slot = 0; slot < one.steps.size(); ++slot) {
      const auto name = names_.by_slot[i][slot];
      if (name < 0) continue;
      auto& step = interval.steps[static_cast<std::size_t>(name)];
      step.done += one.steps[slot].done;
      step.failed += one.steps[slot].failed;
      step.times.merge(one.steps[slot].service);
    }
    if (beside(i)) continue;
    second.planned += one.planned;
    second.started += one.started;
    second.done += one.done;
    second.failed += one.failed;
    interval.planned += one.planned;
    interval.done += one.done;
    interval.failed += one.failed;
    interval.dropped += one.dropped;
    interval.response.merge(one.response);
    if (open) open->response.merge(one.response);
  }
  second.violations += part.violations_count;
  second.in_flight += part.in_flight;
  interval.violations += part.violations_count;
  interval.requests += part.requests;
  interval.lateness.merge(part.lateness);
  if (open) open->lateness.merge(part.lateness);
  sum_.merge(part);
}

void Reporter::finish() {
  auto& second = seconds_[finished_++];
  const auto& open = open_.front();
  second.p50_ns = open.response.percentile(50);
  second.p90_ns = open.response.percentile(90);
  second.p99_ns = open.response.percentile(99);
  second.late_p99_ns = open.lateness.percentile(99);
  open_.pop_front();
}

InvariantCounts Reporter::invariants() const {
  InvariantCounts out;
  for (const auto& one : invariants_) {
    if (!one) continue;
    for (std::size_t i = 0; i < kWatchedCount; ++i) {
      auto& watch = out.watches[i];
      watch.held += one->watches[i].held;
      watch.broken += one->watches[i].broken;
      if (watch.finding.empty()) watch.finding = one->watches[i].finding;
    }
    out.signed_in += one->signed_in;
  }
  return out;
}

// One row per rule, and what all journeys come to.
void Reporter::describe(record::Load& out) const {
  double weights = 0;
  for (const auto& journey : plan_.journeys) weights += journey.weight;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const auto& one = sum_.rules[i];
    auto& row = out.journeys.emplace_back();
    row.rule = names_.rules[i];
    row.beside = beside(i);
    row.share = row.beside ? plan_.beside[i - plan_.journeys.size()].share : plan_.journeys[i].weight / weights;
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
    for (const auto& step : one.steps)
      if (step.done + step.failed > 0) row.steps.push_back(step);
    if (row.beside) continue;
    out.planned += row.planned;
    out.started += row.started;
    out.done += row.done;
    out.failed += row.failed;
    out.dropped += row.dropped;
    out.flow_response.merge(row.response);
    out.flow_service.merge(row.service);
    add_steps(out.steps, row.steps);
  }
  out.cut_off = out.started - out.done;
  out.requests = sum_.requests;
  out.lateness = sum_.lateness;
  out.queue_wait = sum_.queue_wait;
  out.seconds = seconds_;
  for (std::size_t i = 0; i < open_.size(); ++i) {  // of which more may come
    auto& second = out.seconds[finished_ + i];
    second.p50_ns = open_[i].response.percentile(50);
    second.p90_ns = open_[i].response.percentile(90);
    second.p99_ns = open_[i].response.percentile(99);
    second.late_p99_ns = open_[i].lateness.percentile(99);
  }
  out.errors = sum_.errors;
  out.violations = sum_.violations;
}

}  // namespace assay::load

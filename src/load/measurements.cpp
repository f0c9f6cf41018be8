#include "load/measurements.hpp"

#include <algorithm>

#include "engine/judge.hpp"
#include "load/politeness.hpp"
#include "record/merge_runs.hpp"

namespace assay::load {
namespace {

using State = engine::CheckOutcome::State;

constexpr std::size_t kMostKinds = 50;    // a hostile server must not fill the memory with error kinds
constexpr std::size_t kMostEvidence = 5;  // flows of each check that is broken

void count(std::map<std::string, std::uint64_t>& kinds, const std::string& kind) {
  if (kinds.size() >= kMostKinds && !kinds.contains(kind)) ++kinds["other"];
  else ++kinds[kind];
}

std::uint64_t nanoseconds(Nanoseconds time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, time.count()));
}

}  // namespace

std::string failure_kind(const engine::StepResult& result, rules::Verb verb) {
  if (result.state == engine::StepState::impossible) return result.why;
  if (!result.answer.ok()) return std::string(net::to_string(result.answer.outcome));
  if (verb == rules::Verb::authorize && result.arrival.landed == engine::Landing::stuck)
    return "login: " + result.arrival.note.substr(0, 80);
  std::string out = "status " + std::to_string(result.answer.status);
  // An OAuth error code is a short word out of a small set; anything else is not worth a row of its own.
  if (result.has(rules::Field::error) && result.text(rules::Field::error).size() < 40)
    out += " " + std::string(result.text(rules::Field::error));
  return out;
}

std::optional<Part> Mailbox::put(Part&& part) {
  const std::lock_guard lock(mutex_);
  parts_.push_back(std::move(part));
  if (empty_.empty()) return std::nullopt;
  std::optional<Part> out(std::move(empty_.back()));
  empty_.pop_back();
  return out;
}

std::vector<Part> Mailbox::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(parts_, {});
}

void Mailbox::give_back(std::vector<Part>&& parts) {
  for (auto& part : parts) part.clear();
  const std::lock_guard lock(mutex_);
  for (auto& part : parts) empty_.push_back(std::move(part));
}

StepNames::StepNames(std::span<const PlannedRule> planned_rules) {
  for (const auto& planned : planned_rules) {
    rules.push_back(planned.rule->full_id());
    auto& slots = by_slot.emplace_back(static_cast<std::size_t>(planned.rule->slots), -1);
    for (const auto* block : {&planned.rule->arrange, &planned.rule->act})
      for (const auto& step : *block) {
        const auto found = std::ranges::find(names, step.name);
        slots[static_cast<std::size_t>(step.slot)] = static_cast<int>(found - names.begin());
        if (found == names.end()) names.push_back(step.name);
      }
  }
}

RuleMeasurements::RuleMeasurements(const rules::Rule& rule) {
  steps.resize(static_cast<std::size_t>(rule.slots));
  for (const auto* block : {&rule.arrange, &rule.act})
    for (const auto& step : *block) steps[static_cast<std::size_t>(step.slot)].name = step.name;
  for (const auto& check : rule.checks) checks.push_back({check.name});
}

Part::Part(std::span<const PlannedRule> planned_rules) {
  for (const auto& planned : planned_rules) rules.emplace_back(*planned.rule);
}

void Part::merge(const Part& other) {
  for (std::size_t i = 0; i < rules.size(); ++i) rules[i].merge(other.rules[i]);
  lateness.merge(other.lateness);
  queue_wait.merge(other.queue_wait);
  in_flight += other.in_flight;
  requests += other.requests;
  connections += other.connections;
  violations_count += other.violations_count;
  for (const auto& [kind, times] : other.errors) errors[kind] += times;
  for (const auto& [kind, times] : other.violations) violations[kind] += times;
  evidence.insert(evidence.end(), other.evidence.begin(), other.evidence.end());
}

void Part::clear() {
  second = 0;
  in_flight = 0;
  for (auto& rule : rules) rule.clear();
  lateness.clear();
  queue_wait.clear();
  requests = connections = violations_count = 0;
  errors.clear();
  violations.clear();
  evidence.clear();
  invariants.reset();
}

Measurements::Measurements(std::span<const PlannedRule> rules) : planned_(rules), part_(rules) {
  for (const auto& planned : rules) kept_.emplace_back(planned.rule->checks.size());
}

void Measurements::tick(Nanoseconds since_start) {
  const auto second = nanoseconds(since_start) / 1'000'000'000;
  if (second == part_.second) return;
  hand_over();
  part_.second = second;
}

void Measurements::hand_over() {
  const auto second = part_.second;
  if (invariants) part_.invariants = invariants->counts();
  auto next = mailbox.put(std::move(part_));
  part_ = next ? std::move(*next) : Part(planned_);
  part_.second = second;
}

bool Measurements::keeps(std::size_t rule, std::size_t check) { return kept_[rule][check]++ < kMostEvidence; }

void add(record::Race& into, const record::Race& from) {
  into.planned += from.trials + from.inconclusive;
  record::add_outcomes(into, from);
}

void RuleMeasurements::merge(const RuleMeasurements& other) {
  planned += other.planned;
  started += other.started;
  done += other.done;
  failed += other.failed;
  dropped += other.dropped;
  inconclusive += other.inconclusive;
  response.merge(other.response);
  service.merge(other.service);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    steps[i].done += other.steps[i].done;
    steps[i].failed += other.steps[i].failed;
    steps[i].service.merge(other.steps[i].service);
  }
  for (std::size_t i = 0; i < checks.size(); ++i) {
    checks[i].held += other.checks[i].held;
    checks[i].broken += other.checks[i].broken;
    checks[i].unknown += other.checks[i].unknown;
  }
  if (!other.race) return;
  if (!race) race.emplace();
  add(*race, *other.race);
}

void RuleMeasurements::clear() {
  planned = started = done = failed = dropped = inconclusive = 0;
  response.clear();
  service.clear();
  for (auto& step : steps) {
    step.done = step.failed = 0;
    step.service.clear();
  }
  for (auto& check : checks) check.held = check.broken = check.unknown = 0;
  race.reset();
}

void Measurements::broken(Watched watched, Nanoseconds since_start, bool measured, const Capture* capture) {
  const auto index = static_cast<std::size_t>(watched);
  const auto& rule = invariant_rules[index];
  if (rule.empty()) return;
  const std::string check(name_of(watched));
  if (capture && kept_watched_[index] < kMostEvidence) {
    ++kept_watched_[index];
    part_.evidence.push_back({rule, check, since_start, capture->taken()});
  }
  if (!measured || !counts_as_violation[index]) return;
  count(part_.violations, rule + "#" + check);
  ++part_.violations_count;
}

void FlowWatch::begin(bool measured, const engine::Session& session) {
  session_ = &session;
  if (out_.invariants)
    out_.invariants->begin(flow_, rule_, session.results(), static_cast<std::uint64_t>(session.user()));
  measured_ = measured;
  answered_ = false;
  capture_.begin();
}

int FlowWatch::on_exchange(const rules::Step* step, std::string_view purpose, std::string_view request,
                           const net::Answer& answer) {
  capture_.add(step, purpose, request, answer, false);
  count_exchange(step, answer);
  return 0;
}

int FlowWatch::on_lasting_exchange(const rules::Step* step, std::string_view purpose, std::string_view request,
                                   const net::Answer& answer) {
  capture_.add(step, purpose, request, answer, true);
  count_exchange(step, answer);
  return 0;
}

void FlowWatch::count_exchange(const rules::Step* step, const net::Answer& answer) {
  answered_ |= answer.status != 0;
  if (out_.politeness) out_.politeness->hear(answer);
  if (out_.invariants) out_.invariants->on_exchange(flow_, step, answer);
  if (!measured_) return;
  auto& part = out_.part();
  if (!answer.reused_connection) ++part.connections;
  if (answer.status != 0) ++part.requests;
}

void FlowWatch::on_step(const rules::Step& step, const engine::StepResult& result, bool failed) {
  if (out_.invariants) out_.invariants->expect_step(flow_, step, result);
  count_step(step, result, failed);
  if (out_.invariants && session_) {
    flow_.user = static_cast<std::uint64_t>(session_->user());  // known only when the flow has begun
    out_.invariants->on_step(flow_, step, result);
  }
}

void FlowWatch::count_step(const rules::Step& step, const engine::StepResult& result, bool failed) {
  // wait and new_browser take no request; what we cut off at the end is nobody's error.
  if (!measured_ || (result.ended <= result.began && !failed)) return;
  if (result.state == engine::StepState::ran && result.answer.outcome == net::Outcome::cancelled) return;
  auto& part = out_.part();
  auto& times = part.rules[rule_].steps[static_cast<std::size_t>(step.slot)];
  if (result.answer.ok()) {
    times.service.record(nanoseconds(result.ended - result.began));
    ++times.done;
  }
  // An answer that is cut off or no HTTP says something, which a check may judge; an error it is as well.
  if (!failed && (result.state != engine::StepState::ran || result.answer.ok())) return;
  ++times.failed;
  count(part.errors, step.name + ": " + failure_kind(result, step.verb));
}

bool FlowWatch::end(engine::Session& session, Nanoseconds since_start) {
  if (out_.invariants) {
    out_.invariants->end(flow_, session.all_held());
    for (const auto watched : flow_.broken) out_.broken(watched, since_start, measured_, &capture_);
    flow_.broken.clear();
  }
  if (!measured_) return session.all_held();
  const auto& rule = session.program().rule();
  auto& part = out_.part();
  auto& out = part.rules[rule_];
  if (const auto* race = session.race()) {
    if (!out.race) out.race.emplace();
    add(*out.race, *race);
  }
  bool unknown = session.blocked_at() != nullptr, broken = false;
  if (!session.blocked_at()) {
    for (std::size_t i = 0; i < rule.checks.size(); ++i) {
      const auto state = session.checks()[i].state;
      auto& check = out.checks[i];
      if (state == State::held) ++check.held;
      else if (state == State::unknown || state == State::follows) ++check.unknown;
      if (rule.checks[i].clause.empty()) continue;
      unknown |= state == State::unknown;
      if (state != State::broken) continue;
      broken = true;
      ++check.broken;
      if (out_.keeps(rule_, i)) part.evidence.push_back({rule.full_id(), check.name, since_start, capture_.taken()});
      count(part.violations, rule.full_id() + "#" + check.name);
      ++part.violations_count;
      count(part.errors, "check " + check.name + " did not hold");
    }
  }
  if (unknown && !broken) ++out.inconclusive;
  // Beside the journeys, what says nothing is no failure: a sampled replay may meet an overloaded server.
  return !broken && (beside_ || session.all_held());
}

}  // namespace assay::load

#include "load/measurements.hpp"

#include "engine/judge.hpp"

namespace assay::load {
namespace {

void add(std::map<std::string, std::uint64_t>& into, const std::map<std::string, std::uint64_t>& from) {
  for (const auto& [name, count] : from) into[name] += count;
}

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

constexpr std::size_t kMostKinds = 50;  // a hostile server must not fill the memory with error kinds

void count(std::map<std::string, std::uint64_t>& kinds, const std::string& kind) {
  if (kinds.size() >= kMostKinds && !kinds.contains(kind)) ++kinds["other"];
  else ++kinds[kind];
}

}  // namespace

void Measurements::merge(const Measurements& other) {
  planned += other.planned;
  started += other.started;
  done += other.done;
  failed += other.failed;
  dropped += other.dropped;
  requests += other.requests;
  flow_response.merge(other.flow_response);
  flow_service.merge(other.flow_service);
  lateness.merge(other.lateness);
  for (std::size_t i = 0; i < steps.size() && i < other.steps.size(); ++i) {
    steps[i].done += other.steps[i].done;
    steps[i].failed += other.steps[i].failed;
    steps[i].service.merge(other.steps[i].service);
  }
  if (seconds.size() < other.seconds.size()) seconds.resize(other.seconds.size());
  for (std::size_t i = 0; i < other.seconds.size(); ++i) {
    seconds[i].planned += other.seconds[i].planned;
    seconds[i].started += other.seconds[i].started;
    seconds[i].done += other.seconds[i].done;
    seconds[i].failed += other.seconds[i].failed;
    seconds[i].times.merge(other.seconds[i].times);
  }
  add(errors, other.errors);
  add(violations, other.violations);
  cpu_seconds += other.cpu_seconds;
  most_busy += other.most_busy;
}

Second& Measurements::second(Nanoseconds since_start) {
  const auto index = static_cast<std::size_t>(std::max<std::int64_t>(0, since_start.count()) / 1'000'000'000);
  if (seconds.size() <= index) seconds.resize(index + 1);
  return seconds[index];
}

int StepTimer::on_exchange(const rules::Step*, std::string_view, std::string_view, const net::Answer& answer) {
  if (measuring && answer.status != 0) ++out_.requests;
  return 0;
}

void StepTimer::on_step(const rules::Step& step, const engine::StepResult& result, bool failed) {
  if (!measuring || (result.ended <= result.began && !failed)) return;  // wait and new_browser take no request
  auto& times = out_.steps[static_cast<std::size_t>(step.slot)];
  if (result.answer.ok()) {
    times.service.record(static_cast<std::uint64_t>((result.ended - result.began).count()));
    ++times.done;
  }
  if (!failed) return;
  ++times.failed;
  count(out_.errors, step.name + ": " + failure_kind(result, step.verb));
}

void count_failure(Measurements& out, engine::Session& session) {
  const auto& rule = session.program().rule();
  for (std::size_t i = 0; i < rule.checks.size(); ++i) {
    const auto& outcome = session.checks()[i];
    if (rule.checks[i].clause.empty() || outcome.state != engine::CheckOutcome::State::broken) continue;
    count(out.violations, rule.id + "#" + rule.checks[i].name);
    count(out.errors, "check " + rule.checks[i].name + " did not hold");
  }
}

}  // namespace assay::load

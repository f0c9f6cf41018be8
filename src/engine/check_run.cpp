#include "engine/check_run.hpp"

#include <algorithm>

#include "engine/forecast.hpp"

namespace assay::engine {
namespace {

using record::Verdict;
using State = CheckOutcome::State;

constexpr unsigned kSecondAttempts = 20;  // in one run

// One that got no answer through no fault that the rules could judge: refused, reset, timed out.
const record::Exchange* lost_exchange(const record::Run& run) {
  using net::Outcome;
  for (const auto& exchange : run.exchanges)
    for (const auto outcome : {Outcome::resolve_failed, Outcome::connect_failed, Outcome::tls_failed,
                               Outcome::timed_out, Outcome::closed, Outcome::truncated})
      if (exchange.outcome == net::to_string(outcome)) return &exchange;
  return nullptr;
}

// Waiting holds no slot: others work meanwhile, and who wakes up goes first.
class RestingTime final : public net::Timekeeper {
 public:
  RestingTime(net::Timekeeper& time, net::Slots& slots) : time_(time), slots_(slots) {}
  net::awaitable<void> wait(std::chrono::nanoseconds duration) override {
    slots_.give();
    co_await time_.wait(duration);
    co_await slots_.take(true);
  }
  std::chrono::system_clock::time_point now() const override { return time_.now(); }
  bool real() const override { return time_.real(); }

 private:
  net::Timekeeper& time_;
  net::Slots& slots_;
};

}  // namespace

CheckRun::CheckRun(const rules::Library& library, const rules::Profile& profile, const BoundTarget& target,
                   const PreflightResult& preflight, TransportFactory transports, net::Timekeeper& time,
                   CheckOptions options, Recorder& recorder, Progress& progress)
    : library_(library), target_(target), swapped_target_(target.with_users_swapped()), preflight_(preflight),
      transports_(std::move(transports)), time_(time), options_(options), recorder_(recorder), progress_(progress),
      oracle_(target), capabilities_(target, oracle_, options.slow || !time.real()),
      verdicts_(library, profile, capabilities_), slots_(std::max(1u, options.concurrency)) {
  if (!preflight_.one_at_a_time.empty()) slots_.set_limit(1);
  if (!options_.throttle) return;
  options_.throttle->on_first = [this] { slots_.set_limit(1); };
  if (options_.throttle->times() > 0) slots_.set_limit(1);
}

CheckRun::~CheckRun() {
  if (options_.throttle) options_.throttle->on_first = nullptr;
}

// What one rule left behind: its exchanges, numbered from 1, and its verdict.
struct CheckRun::Part {
  const rules::Rule* rule = nullptr;
  const BoundTarget* target = nullptr;
  bool reported = true;  // false: it only observes for others
  bool beside = false;   // others run at the same time
  bool told = false;     // that it ended
  record::Run evidence;
  record::Rule result;
};

net::awaitable<void> CheckRun::run(const std::vector<const rules::Rule*>& rules, const bool& stop) {
  const bool second_user = target_.user_count() > 1 && preflight_.bad_second_login.empty();
  const auto phases =
      schedule(rules, library_, {.real_time = time_.real(), .users = second_user ? std::size_t{2} : std::size_t{1}});
  std::size_t count = 0;
  for (const auto& phase : phases)
    for (const auto& lane : phase.lanes) count += lane.size();
  // Reserved: rules under way refer to their parts.
  std::vector<Part> parts;
  parts.reserve(count);
  total_ = rules.size();
  for (const auto& phase : phases) {
    std::vector<std::function<net::awaitable<void>()>> work;
    const std::size_t begin = parts.size();
    for (std::size_t user = 0; user < phase.lanes.size(); ++user) {
      const std::size_t first = parts.size();
      for (const auto* rule : phase.lanes[user])
        parts.push_back({.rule = rule,
                         .target = user == 0 ? &target_ : &swapped_target_,
                         .reported = std::ranges::find(rules, rule) != rules.end(),
                         .evidence = {},
                         .result = {}});
      const std::span<Part> lane(parts.begin() + static_cast<std::ptrdiff_t>(first), parts.end());
      const std::size_t at_a_time = phase.shared ? 1 : std::max<std::size_t>(1, lane.size());
      for (std::size_t i = 0; i < lane.size(); i += at_a_time)
        work.emplace_back([this, some = lane.subspan(i, at_a_time), &stop] { return run_lane(some, stop); });
    }
    const std::span<Part> ours = std::span(parts).subspan(begin);
    for (auto& part : ours) part.beside = work.size() > 1 && slots_.limit() > 1;
    co_await net::run_side_by_side(std::move(work));
    for (auto& part : ours)
      if (!part.told) co_await confirm(part, stop);
  }
  for (auto& part : parts) append(part);
  // Reports show them by id, whatever the order in which they ran.
  std::ranges::sort(recorder_.run().rules, {}, [](const record::Rule& rule) { return rule.full_id(); });
  recorder_.run().capabilities = capabilities_.all();
}

net::awaitable<void> CheckRun::run_lane(std::span<Part> lane, const bool& stop) {
  for (auto& part : lane) {
    co_await slots_.take();
    co_await run_part(part, stop);
    slots_.give();
  }
}

net::awaitable<void> CheckRun::run_part(Part& part, const bool& stop) {
  if (stop) {
    part.result = describe(*part.rule);
    part.result.verdict = Verdict::interrupted;
    part.result.reason = "the run was interrupted before this rule";
    tell(part, false);
    co_return;
  }
  if (part.reported) progress_.rule_started(done_, total_, *part.rule);
  Recorder recorder(part.evidence, recorder_.redactor());
  part.result = co_await run_rule(*part.rule, *part.target, recorder);
  if (!part.beside && !stop && was_cut_off(part)) co_await run_again(part);
  if (!part.beside || stop || !is_doubtful(part)) tell(part, stop);
}

void CheckRun::tell(Part& part, bool interrupted) {
  auto& result = part.result;
  part.told = true;
  if (interrupted) {  // what was cut off must not count as a verdict
    result.verdict = Verdict::interrupted;
    result.reason = "the run was interrupted during this rule";
    for (auto& check : result.checks)
      if (check.verdict == Verdict::inconclusive || check.verdict == Verdict::blocked)
        check.verdict = Verdict::interrupted;
  }
  if (!part.reported) return;
  ++done_;
  progress_.rule_finished(result, part.evidence.exchanges);
}

// A lost connection says nothing about the server's rules: the rule is run once more, from its beginning, because no single
// request of it may be repeated (RFC 9110 section 9.2.2). A server that is down is not asked everything twice.
bool CheckRun::was_cut_off(const Part& part) const {
  const bool open = part.result.verdict == Verdict::inconclusive || part.result.verdict == Verdict::blocked;
  return open && second_attempts_ < kSecondAttempts && lost_exchange(part.evidence) != nullptr;
}

// What did not hold beside other rules has to be seen alone: a server that locks its database, or takes back more than it
// should have to, when several clients come at a time, breaks no clause by that.
bool CheckRun::is_doubtful(const Part& part) const {
  const auto& exchanges = part.evidence.exchanges;
  if (exchanges.empty()) return false;
  if (lost_exchange(part.evidence)) return was_cut_off(part);
  const bool struggling = std::ranges::any_of(exchanges, [](const auto& one) { return one.status >= 500; });
  // Who waited long does not do so twice for a verdict that has nothing to do with others.
  return struggling || (part.result.verdict >= Verdict::warn && !part.rule->has_tag("slow"));
}

net::awaitable<void> CheckRun::confirm(Part& part, const bool& stop) {
  co_await slots_.take();
  if (!stop) {
    const auto before = part.result.verdict;
    co_await run_again(part);
    // A server that is better asked one thing at a time.
    if (!stop && part.result.verdict != before && !lost_exchange(part.evidence)) slots_.set_limit(1);
  }
  slots_.give();
  tell(part, stop);
}

net::awaitable<void> CheckRun::run_again(Part& part) {
  const auto first = part.result.verdict;
  const auto* lost = lost_exchange(part.evidence);
  const std::string why = lost ? "at the first, a request got no answer: " + lost->outcome
                               : "at the first, beside other rules, it came to \"" + std::string(to_string(first)) +
                                     "\"; what others ask at the same time changes the server's answers "
                                     "(--concurrency 1 keeps rules apart)";
  if (lost) ++second_attempts_;
  Recorder recorder(part.evidence, recorder_.redactor());
  part.result = co_await run_rule(*part.rule, *part.target, recorder);
  const bool holds = part.result.verdict == Verdict::pass || part.result.verdict == Verdict::note;
  part.result.flaky = holds && part.result.verdict != first;
  if (part.result.flaky) part.result.reason = "flaky: passed at the second attempt; " + why;
}

// Adds what a part found to the run, with numbers that go on from there.
void CheckRun::append(Part& part) {
  auto& run = recorder_.run();
  const int before = static_cast<int>(run.exchanges.size());
  for (auto& exchange : part.evidence.exchanges) {
    exchange.id += before;
    run.exchanges.push_back(std::move(exchange));
  }
  if (!part.reported) return;
  for (auto& id : part.result.exchanges) id += before;
  for (auto& check : part.result.checks)
    for (auto& id : check.evidence) id += before;
  run.rules.push_back(std::move(part.result));
}

record::Rule CheckRun::describe(const rules::Rule& rule) const {
  record::Rule out;
  out.id = rule.id;
  out.case_name = rule.case_name;
  out.title = rule.title;
  out.story = rule.story;
  out.path = rule.path;
  if (rule.threat) out.threat = record::Threat{rule.threat->gain, rule.threat->how, rule.threat->checks};
  for (const auto* part : {&rule.act, &rule.arrange, &rule.control})
    for (const auto& step : *part)
      if (!step.client.empty() && std::ranges::find(out.clients, step.client) == out.clients.end())
        out.clients.push_back(step.client);
  return out;
}

net::awaitable<record::Rule> CheckRun::run_rule(const rules::Rule& rule, const BoundTarget& target,
                                                Recorder& recorder) {
  record::Rule out = describe(rule);
  const auto started = std::chrono::steady_clock::now();
  if (!rule.invariant.empty()) {
    out.verdict = Verdict::not_judged;
    out.reason = kNeedsLoad;
    co_return out;
  }
  if (const auto missing = capabilities_.missing(rule.needs); missing.state != Capability::State::present) {
    out.verdict = verdict_of(missing);
    out.reason = missing.reason;
    co_return out;
  }
  if (preflight_.misunderstood_odd && target.client("single") == target.client("odd") &&
      std::ranges::find(rule.needs, "client.single") != rule.needs.end()) {
    out.verdict = Verdict::not_applicable;
    out.reason = "the only client with one redirect URI is \"odd\", whose credentials this server does not understand";
    co_return out;
  }
  if (auto reason = preflight_.blocks(rule); !reason.empty()) {
    out.verdict = Verdict::blocked;
    out.reason = std::move(reason);
    co_return out;
  }
  const auto random = [&](const std::string& what) {
    return options_.seed ? base::Random(*options_.seed, rule.full_id() + what) : base::Random();
  };
  const Program program(rule, target, random(" wrong secret"));
  auto transport = transports_();
  if (options_.throttle) transport = std::make_unique<PoliteTransport>(std::move(transport), *options_.throttle);
  RestingTime resting(time_, slots_);
  Session session(program, oracle_, *transport, time_.real() ? resting : time_, recorder,
                  {.random = random(""),
                   .sample_limit = options_.sample_limit,
                   .race_trials = options_.race_trials,
                   .most_trials = options_.most_trials});
  for (std::size_t i = 0; i < rule.checks.size(); ++i)
    session.lacking[i] = capabilities_.missing(rule.checks[i].needs).state != Capability::State::present;
  recorder.begin_rule(rule.full_id());
  const auto first_exchange = recorder.run().exchanges.size();
  co_await session.run();
  recorder.add_secrets(session);
  if (session.race()) out.race = *session.race();
  for (auto i = first_exchange; i < recorder.run().exchanges.size(); ++i)
    out.exchanges.push_back(recorder.run().exchanges[i].id);
  verdicts_.judge(program.rule(), session, out);
  for (std::size_t i = 0; i < rule.checks.size(); ++i) {
    const auto& check = rule.checks[i];
    const auto state = session.checks()[i].state;
    if (!check.gives.empty() && (state == State::held || state == State::broken))
      capabilities_.observe(check.gives, state == State::held);
  }
  out.took = std::chrono::steady_clock::now() - started;
  co_return out;
}

}  // namespace assay::engine

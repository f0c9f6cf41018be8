#include "engine/check_run.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace assay::engine {
namespace {

using record::Level;
using record::Verdict;
using State = CheckOutcome::State;

Level level_of(std::string_view keyword) {
  return record::parse_level(rules::level_of_keyword(keyword)).value_or(Level::may);
}

Verdict broken_verdict(Level level) {
  return level == Level::must ? Verdict::fail : level == Level::should ? Verdict::warn : Verdict::note;
}

// Whether a check is about the error code of a refusal.
bool about_wording(const rules::Check& check) {
  return std::ranges::any_of(check.that.expectations, [](const auto& part) {
    return std::ranges::any_of(part.second,
                               [](const rules::Condition& c) { return c.kind == rules::Condition::Kind::oauth_error; });
  });
}

std::string actual_text(const rules::Rule& rule, const rules::Check& check, const CheckOutcome& outcome,
                        const Session& session) {
  using Kind = rules::That::Kind;
  switch (check.that.kind) {
    case Kind::live: return outcome.live ? "still accepted" : "no longer accepted";
    case Kind::refreshable: return outcome.live ? "it still works" : "it no longer works";
    case Kind::distinct: return outcome.state == State::broken ? "two are the same" : "they differ";
    case Kind::same: return outcome.state == State::broken ? "they differ" : "they are the same";
    case Kind::sample:
    case Kind::count:
    case Kind::every: return outcome.finding;
    case Kind::expectations: break;
  }
  std::string out;
  const Judge judge(session.results());
  for (const auto& [slot, expectation] : check.that.expectations) {
    const auto* step = rule.step_at(slot);
    if (!step) continue;
    const auto& result = session.result(*step);
    const bool holds = judge.holds(expectation, result, step->verb) == Truth::yes;
    if (outcome.state == State::broken && holds) continue;
    if (!out.empty()) out += "; ";
    if (check.that.expectations.size() > 1) out += step->name + ": ";
    out += holds ? describe_answer(result, step->verb) : describe_mismatch(expectation, result, step->verb);
  }
  return out;
}

Verdict verdict_of(const Capability& capability) {
  switch (capability.state) {
    case Capability::State::not_configured: return Verdict::blocked;
    case Capability::State::left_out: return Verdict::not_judged;
    default: return Verdict::not_applicable;
  }
}

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
    : library_(library), profile_(profile), target_(target), swapped_target_(target.with_users_swapped()),
      preflight_(preflight), transports_(std::move(transports)), time_(time), options_(options), recorder_(recorder),
      progress_(progress), oracle_(target), capabilities_(target, oracle_, options.slow || !time.real()),
      slots_(std::max(1u, options.concurrency)) {
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
  progress_.rule_finished(result);
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
  const std::string why =
      lost ? "at the first, a request got no answer: " + lost->outcome : "beside other rules it did not hold";
  if (lost) ++second_attempts_;
  Recorder recorder(part.evidence, recorder_.redactor());
  part.result = co_await run_rule(*part.rule, *part.target, recorder);
  const bool holds = part.result.verdict == Verdict::pass || part.result.verdict == Verdict::note;
  part.result.flaky = holds && part.result.verdict != first;
  if (part.result.flaky) part.result.reason = "passed at the second attempt; " + why;
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
  return out;
}

net::awaitable<record::Rule> CheckRun::run_rule(const rules::Rule& rule, const BoundTarget& target,
                                                Recorder& recorder) {
  record::Rule out = describe(rule);
  const auto started = std::chrono::steady_clock::now();
  if (const auto missing = capabilities_.missing(rule.needs); missing.state != Capability::State::present) {
    out.verdict = verdict_of(missing);
    out.reason = missing.reason;
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
  judge(program.rule(), session, out);
  for (std::size_t i = 0; i < rule.checks.size(); ++i) {
    const auto& check = rule.checks[i];
    const auto state = session.checks()[i].state;
    if (!check.gives.empty() && (state == State::held || state == State::broken))
      capabilities_.observe(check.gives, state == State::held);
  }
  out.took = std::chrono::steady_clock::now() - started;
  co_return out;
}

void CheckRun::judge(const rules::Rule& rule, Session& session, record::Rule& out) {
  if (const auto* step = session.blocked_at()) {
    const auto& result = session.result(*step);
    out.verdict = Verdict::blocked;
    out.reason = "could not arrange it: " + rules::describe(*step) + ": " + describe_answer(result, step->verb);
    if (step->expect) out.reason += " (needed: " + rules::describe(*step->expect) + ")";
    if (says_nothing(result, step->verb) && result.state == StepState::ran && !(step->verb == rules::Verb::authorize))
      out.verdict = Verdict::inconclusive;
    return;
  }
  for (std::size_t i = 0; i < rule.checks.size(); ++i) out.checks.push_back(judge_check(rule, i, session));
  if (const auto* step = session.control_failed_at())
    for (std::size_t i = 0; i < out.checks.size(); ++i) {
      // Something handed out is handed out; but how a refusal is worded says as little as the refusal itself.
      auto& check = out.checks[i];
      const bool wording =
          about_wording(rule.checks[i]) && (check.verdict == Verdict::fail || check.verdict == Verdict::warn);
      if (check.verdict == Verdict::pass || wording) {
        check.verdict = Verdict::inconclusive;
        check.reason = "the server refuses the correct request too (" + rules::describe(*step) + ": " +
                       describe_answer(session.result(*step), step->verb) + "), so this refusal proves nothing";
      }
    }
  // What was only observed does not make a rule that holds look like anything else.
  std::optional<Verdict> worst;
  for (const auto& check : out.checks)
    if (check.level != Level::observe) worst = worst ? record::worse(*worst, check.verdict) : check.verdict;
  out.verdict = worst.value_or(Verdict::note);
  for (const auto& check : out.checks)
    if (check.verdict == out.verdict && out.reason.empty()) out.reason = check.reason;
}

record::Check CheckRun::judge_check(const rules::Rule& rule, std::size_t index, Session& session) const {
  const auto& check = rule.checks[index];
  const auto& outcome = session.checks()[index];
  record::Check out;
  out.name = check.name;
  out.clause = check.clause;
  out.advice = check.advice;
  if (check.clause.empty()) {
    out.level = Level::observe;
    out.requirement = check.question;
  } else {
    const auto& clause = library_.clauses.at(check.clause);
    out.level = level_of(profile_.keyword(rule.id, check.name, clause.keyword));
    out.reference = clause.reference();
    out.requirement = clause.text;
    out.url = clause.url.empty() || clause.section.empty() || !clause.url.contains("rfc-editor.org")
                  ? clause.url
                  : clause.url + "#section-" + clause.section;
  }
  out.expected = rules::describe(rule, check.that);
  if (!profile_.judges(rule.id, check.name)) {
    out.verdict = Verdict::not_judged;
    out.reason = "not part of profile " + profile_.id;
    return out;
  }
  out.evidence = outcome.evidence;
  switch (outcome.state) {
    case State::held:
      out.verdict = out.level == Level::observe ? Verdict::note : Verdict::pass;
      out.actual = actual_text(rule, check, outcome, session);
      break;
    case State::broken:
      if (check.that.kind == rules::That::Kind::expectations) {
        // What the token endpoint said before belongs to the story: the first redemption beside the second.
        std::vector<int> before;
        for (const auto& step : rule.arrange)
          if (step.verb == rules::Verb::token)
            before.insert(before.end(), session.result(step).exchanges.begin(), session.result(step).exchanges.end());
        out.evidence.insert(out.evidence.begin(), before.begin(), before.end());
        std::ranges::sort(out.evidence);
        out.evidence.erase(std::ranges::unique(out.evidence).begin(), out.evidence.end());
      }
      out.verdict = out.level == Level::observe ? Verdict::note : broken_verdict(out.level);
      out.actual = actual_text(rule, check, outcome, session);
      break;
    case State::unknown:
      out.verdict = out.level == Level::observe ? Verdict::note : Verdict::inconclusive;
      out.actual = outcome.reason;
      out.reason = outcome.reason;
      break;
    case State::follows:
      out.verdict = Verdict::not_judged;
      out.reason = "depends on " + rule.checks[static_cast<std::size_t>(check.after)].name + ", which did not hold";
      break;
    case State::lacks: {
      const auto missing = capabilities_.missing(check.needs);
      // A check that our configuration cannot judge leaves the rest of its rule alone.
      out.verdict = missing.state == Capability::State::not_claimed ? Verdict::not_applicable : Verdict::not_judged;
      out.reason = missing.reason;
      break;
    }
  }
  return out;
}

}  // namespace assay::engine

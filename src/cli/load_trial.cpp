#include "cli/load_trial.hpp"

#include <algorithm>

#include "engine/capabilities.hpp"
#include "engine/oracle.hpp"
#include "engine/registration.hpp"

namespace assay::cli {
namespace {

using record::Verdict;

// Passes progress on, and notes how long each rule took: waits too, which cost nothing where they only move a clock.
class Stopwatch final : public engine::Progress {
 public:
  Stopwatch(engine::Progress& next, const net::Timekeeper& time) : next_(next), time_(time) {}

  void rule_started(std::size_t done, std::size_t total, const rules::Rule& rule) override {
    started_ = time_.now();
    next_.rule_started(done, total, rule);
  }
  void rule_finished(const record::Rule& rule, const std::vector<record::Exchange>& exchanges) override {
    took[rule.full_id()] = std::chrono::duration_cast<std::chrono::nanoseconds>(time_.now() - started_);
    next_.rule_finished(rule, exchanges);
  }

  std::map<std::string, std::chrono::nanoseconds> took;

 private:
  engine::Progress& next_;
  const net::Timekeeper& time_;
  std::chrono::system_clock::time_point started_{};
};

// Without what the rule arranges.
bool is_of_act(const rules::Rule& rule, const std::string& step) {
  return std::ranges::any_of(rule.act, [&](const rules::Step& one) { return one.name == step; });
}

TriedRule judge(const rules::Rule& rule, const rules::Profile& profile, const engine::Capabilities& capabilities,
                const record::Run& run, std::vector<record::Doubt>& doubts) {
  TriedRule out{.rule = &rule, .lacking = {}, .trial = {}, .trouble = {}};
  const auto result = std::ranges::find(run.rules, rule.full_id(), [](const auto& one) { return one.full_id(); });
  if (result == run.rules.end()) {
    out.trouble = "it was not tried";
    return out;
  }
  for (const int id : result->exchanges) {
    const auto& exchange = run.exchanges.at(static_cast<std::size_t>(id) - 1);
    ++out.trial.requests;
    if (!is_of_act(rule, exchange.step)) continue;
    ++out.trial.act_requests;
    out.trial.act_took += exchange.took;
  }
  for (const auto& one : rule.checks) {
    const auto found = std::ranges::find(result->checks, one.name, &record::Check::name);
    const bool warns = found != result->checks.end() && found->verdict == Verdict::warn;
    if (warns)
      doubts.push_back({"the check " + one.name + " of " + rule.full_id() +
                            " does not hold without load either; it is not judged under load",
                        "see assay check --only " + rule.full_id()});
    out.lacking.push_back(warns || !profile.judges(rule.id, one.name) ||
                          capabilities.missing(one.needs).state != engine::Capability::State::present);
  }
  out.broken = result->verdict == Verdict::fail;
  const bool works = out.broken || result->verdict == Verdict::pass || result->verdict == Verdict::note ||
                     result->verdict == Verdict::warn;
  if (!works) {
    out.trouble = std::string(record::to_string(result->verdict));
    if (!result->reason.empty()) out.trouble += ": " + result->reason;
  }
  return out;
}

}  // namespace

net::awaitable<void> try_rules(const rules::Library& library, const rules::Profile& profile,
                               const std::vector<const rules::Rule*>& rules, Subject& subject,
                               net::ClientContext& context, engine::Recorder& recorder, engine::Progress& progress,
                               const bool& stop, LoadTrial& out) {
  net::Client client(context);
  co_await engine::discover(subject.target, client, recorder, out.preflight);
  engine::hold_to_named_hosts(subject.target, out.preflight);
  co_await engine::register_clients(subject.target, client, recorder, out.preflight);
  out.bound.emplace(subject.target, out.preflight.metadata, out.preflight.metadata_url);
  recorder.add_secrets(*out.bound);
  auto& run = recorder.run();
  run.issuer = out.bound->issuer();
  run.preflight = out.preflight.checks;
  if (!out.preflight.reachable) co_return;
  const auto transports = [&]() -> std::unique_ptr<net::Transport> { return std::make_unique<net::Client>(context); };
  Stopwatch stopwatch(progress, *subject.time);
  engine::CheckRun check(library, profile, *out.bound, out.preflight, transports, *subject.time,
                         {.slow = true, .race_trials = 1, .most_trials = 1}, recorder, stopwatch);
  co_await check.run(rules, stop);
  const engine::Oracle oracle(*out.bound);
  engine::Capabilities capabilities(*out.bound, oracle, true);
  for (const auto& [name, seen] : run.capabilities)
    if (name.starts_with("observed.")) capabilities.observe(name, seen);
  for (const auto* rule : rules) {
    auto& tried = out.rules.emplace_back(judge(*rule, profile, capabilities, run, out.doubts));
    tried.trial.took = stopwatch.took[rule->full_id()];
  }
}

}  // namespace assay::cli

// assay load: how fast is it, and does it still keep the rules?
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <ctime>

#include "base/text.hpp"
#include "cli/client_options.hpp"
#include "cli/progress.hpp"
#include "cli/setup.hpp"
#include "load/load_run.hpp"
#include "net/main_loop.hpp"
#include "record/run_json.hpp"

namespace assay::cli {
namespace {

using record::Verdict;

std::atomic<bool> stop_requested{false};
std::atomic<int> signals_seen{0};

extern "C" void on_load_signal(int) {
  stop_requested = true;
  if (++signals_seen >= 3) _exit(kInterrupted);
}

// The rules that are whole flows, for a message.
std::string journeys(const rules::Library& library) {
  std::string out;
  for (const auto& rule : library.rules)
    if (rule.has_tag("journey")) out += (out.empty() ? "" : ", ") + rule.full_id();
  return out;
}

// Whether the load plan is allowed: loopback always, anything else needs the permission block of the target file.
std::string refusal(const Options& options, const rules::Target& target, const engine::BoundTarget* bound) {
  std::vector<std::string> urls = {target.issuer, target.endpoints.authorization, target.endpoints.token};
  if (bound)
    for (std::size_t i = 0; i < engine::kEndpointCount; ++i)
      if (const auto* endpoint = bound->endpoint(static_cast<engine::EndpointKind>(i))) urls.push_back(endpoint->text);
  std::string foreign;
  for (const auto& text : urls)
    if (const auto url = base::parse_url(text); url && !url->is_loopback()) foreign = url->host;
  if (foreign.empty()) return "";
  const std::string how =
      "; add to the target file: \"permission\": { \"who\": \"name, team\", \"until\": \"2027-01-31\", \"rate\": 50 }";
  if (!target.permission)
    return foreign + " is not this machine, and the target file does not say that it may be loaded" + how;
  char today[16];
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::strftime(today, sizeof today, "%Y-%m-%d", &parts);
  if (target.permission->until < today)
    return "the permission to load " + foreign + " ended on " + target.permission->until;
  if (options.rate > target.permission->rate)
    return "the permission for " + foreign + " allows " + std::to_string(static_cast<long>(target.permission->rate)) +
           " requests per second";
  if (options.rate <= 0)
    return "the permission for " + foreign + " names a rate, which the closed model cannot keep; use --rate";
  return "";
}

// The most flows per second that a permission allows, given how many requests one flow took in the trial.
std::string rate_refusal(const Options& options, const rules::Target& target, std::size_t requests_per_flow) {
  if (!target.permission) return "";
  const double wanted = options.rate * static_cast<double>(std::max<std::size_t>(1, requests_per_flow));
  if (wanted <= target.permission->rate) return "";
  return "this plan sends " + std::to_string(static_cast<long>(wanted)) + " requests per second (" +
         std::to_string(requests_per_flow) + " per flow); the permission allows " +
         std::to_string(static_cast<long>(target.permission->rate));
}

struct Trial {
  engine::PreflightResult preflight;
  std::optional<engine::BoundTarget> bound;
  std::vector<bool> lacking;
  std::size_t requests = 0;
  std::string trouble;  // why the journey does not work; empty: it does
  bool broken = false;  // it works, but a check does not hold
};

class Silent final : public engine::Progress {
  void rule_started(std::size_t, std::size_t, const rules::Rule&) override {}
  void rule_finished(const record::Rule&) override {}
};

// Once with full evidence, before it is run a million times.
net::awaitable<void> try_journey(const rules::Library& library, const rules::Profile& profile, const rules::Rule& rule,
                                 Subject& subject, net::ClientContext& context, engine::Recorder& recorder,
                                 Trial& trial) {
  net::Client client(context);
  co_await engine::discover(subject.target, client, recorder, trial.preflight);
  trial.bound.emplace(subject.target, trial.preflight.metadata, trial.preflight.metadata_url);
  recorder.add_secrets(*trial.bound);
  recorder.run().issuer = trial.bound->issuer();
  recorder.run().preflight = trial.preflight.checks;
  if (!trial.preflight.reachable) co_return;
  Silent progress;
  const auto transports = [&]() -> std::unique_ptr<net::Transport> { return std::make_unique<net::Client>(context); };
  engine::CheckRun check(library, profile, *trial.bound, trial.preflight, transports, *subject.time, {.slow = true},
                         recorder, progress);
  const bool never = false;
  const std::vector<const rules::Rule*> journey = {&rule};
  co_await check.run(journey, never);
  const auto& result = recorder.run().rules.front();
  trial.requests = result.exchanges.size();
  const engine::Oracle oracle(*trial.bound);
  const engine::Capabilities capabilities(*trial.bound, oracle, true);
  for (const auto& one : rule.checks)
    trial.lacking.push_back(!profile.judges(rule.id, one.name) ||
                            capabilities.missing(one.needs).state != engine::Capability::State::present);
  if (result.verdict == Verdict::fail || result.verdict == Verdict::warn) trial.broken = true;
  else if (result.verdict != Verdict::pass && result.verdict != Verdict::note) trial.trouble = result.reason;
}

// Exchanges of flows that broke something go where those of `check` go.
void keep_evidence(const std::vector<load::Evidence>& evidence, record::Load& load, engine::Recorder& recorder) {
  for (const auto& one : evidence) {
    auto& example = load.examples.emplace_back(record::LoadExample{one.rule, one.check, one.at, {}});
    for (const auto& exchange : one.exchanges) example.evidence.push_back(load::keep(recorder, one.rule, exchange));
  }
}

}  // namespace

int load(const Options& options) {
  if (const auto stop = unwritable(options)) return report_stop(*stop);
  auto library = load_rules(options);
  if (!library) return report_stop(library.error());
  const auto scope = find_scope(*library, options);
  if (!scope) return report_stop(scope.error());
  const auto* profile = scope->profile;
  const rules::Rule* rule = nullptr;
  for (const auto& one : library->rules)
    if (!rule && (one.id == options.journey || one.full_id() == options.journey)) rule = &one;
  if (!rule) {
    std::string hint = suggest_rule(*library, options.journey);
    if (hint.empty()) hint = "meant as journeys are: " + journeys(*library);
    return report_stop({kUsage, "there is no rule \"" + options.journey + "\" to run as a journey; " + hint});
  }
  const auto duration = base::parse_duration(options.duration), warm_up = base::parse_duration(options.warm_up);
  if (!duration || duration->count() <= 0)
    return report_stop({kUsage, "--duration " + options.duration + " is not a duration; write 10s, 2m, 500ms"});
  if (!warm_up)
    return report_stop({kUsage, "--warm-up " + options.warm_up + " is not a duration; write 2s, 500ms or 0s"});
  auto subject = prepare_subject(options);
  if (!subject) return report_stop(subject.error());
  if (const auto why = refusal(options, subject->target, nullptr); !why.empty()) return report_stop({kUsage, why});

  record::Run run = new_run(options, *library, *profile, *subject, "load");
  record::Redactor redactor;
  engine::Recorder recorder(run, redactor);
  Trial trial;
  bool interrupted = false;
  {
    boost::asio::io_context io(1);
    auto context = net::ClientContext::create(io, client_options(subject->target));
    if (!context) return report_stop({kUsage, context.error().doing});
    const auto task = [&]() -> net::awaitable<void> {
      co_await try_journey(*library, *profile, *rule, *subject, **context, recorder, trial);
      (*context)->stop();
    };
    net::run_to_end(io, task(), [&] {
      interrupted = true;
      (*context)->stop();
    });
  }
  const auto style = terminal_style(options, STDOUT_FILENO);
  const auto end = [&](int exit, const std::string& result) {
    run.exits = {exit};
    run.result = result;
    run.took = std::chrono::system_clock::now() - run.started;
    if (!write_outputs(options, run, redactor) && exit == kPassed) return static_cast<int>(kUsage);
    return exit;
  };
  if (interrupted) return end(kInterrupted, "INTERRUPTED");
  if (!trial.preflight.reachable || !trial.trouble.empty()) {
    if (!trial.preflight.reachable) std::fputs(report::terminal_doctor(run, redactor, style).c_str(), stdout);
    else
      std::fprintf(stderr, "blocked: the journey %s does not work here, so there is nothing to measure: %s\n",
                   rule->full_id().c_str(), redactor.redact(base::printable(trial.trouble, 600)).c_str());
    return end(kBlocked, "BLOCKED");
  }
  for (const auto& why :
       {refusal(options, subject->target, &*trial.bound), rate_refusal(options, subject->target, trial.requests)})
    if (!why.empty()) return report_stop({kUsage, why});

  rules::LoadPlan plan;
  plan.journeys = {{rule->full_id()}};
  plan.model = options.rate > 0 ? rules::LoadModel::open : rules::LoadModel::closed;
  plan.stages = {{options.rate, options.rate, *duration}};
  plan.duration = *duration;
  plan.users = options.users ? options.users : 16;
  plan.warm_up = *warm_up;
  plan.fresh_login = true;
  load::LoadOptions load_options;
  load_options.workers = options.workers;
  load_options.client = client_options(subject->target);
  const load::PlannedRule planned{rule, trial.lacking};
  struct sigaction action{}, old_int{}, old_term{};
  action.sa_handler = on_load_signal;
  sigaction(SIGINT, &action, &old_int);
  sigaction(SIGTERM, &action, &old_term);
  TerminalProgress progress(options);
  const auto show = [&](const load::Snapshot& now) {
    char line[200];
    std::snprintf(line, sizeof line, "%3.0f s  %llu planned  %llu done  %llu failed",
                  std::chrono::duration<double>(now.elapsed).count(), static_cast<unsigned long long>(now.planned),
                  static_cast<unsigned long long>(now.done), static_cast<unsigned long long>(now.failed));
    progress.say(line);
  };
  auto measured = load::run_load(plan, {&planned, 1}, *trial.bound, load_options, stop_requested, show);
  run.load = std::move(measured.load);
  keep_evidence(measured.evidence, *run.load, recorder);
  progress.clear();
  sigaction(SIGINT, &old_int, nullptr);
  sigaction(SIGTERM, &old_term, nullptr);

  int exit = kPassed;
  std::string result = "PASS";
  if (run.load->failed > 0 || trial.broken) {
    exit = kFailed;
    result = "FAIL";
  }
  if (exit == kPassed && run.load->trust == "invalid") exit = kNotTrustworthy;
  if (stop_requested) {
    exit = kInterrupted;
    result = "INTERRUPTED";
  }
  run.result = result;
  run.exits = {exit};
  run.took = std::chrono::system_clock::now() - run.started;
  std::fputs(
      (options.format == "json" ? record::write_run_json(run, redactor) : report::terminal_load(run, redactor, style))
          .c_str(),
      stdout);
  return end(exit, result);
}

}  // namespace assay::cli

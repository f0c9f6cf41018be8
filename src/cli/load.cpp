// assay load: how fast is it, and does it still keep the rules?
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "base/text.hpp"
#include "base/wall_clock.hpp"
#include "cli/client_options.hpp"
#include "cli/journal.hpp"
#include "cli/load_measure.hpp"
#include "cli/load_plan_options.hpp"
#include "cli/load_trial.hpp"
#include "cli/progress.hpp"
#include "load/permission.hpp"
#include "net/main_loop.hpp"
#include "record/run_json.hpp"
#include "record/waivers.hpp"
#include "rules/target_hosts.hpp"

namespace assay::cli {
namespace {

constexpr unsigned kMockUsers = 10'000;  // that can log in at the bundled mock

std::string today() {
  char text[16];
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::strftime(text, sizeof text, "%Y-%m-%d", &parts);
  return text;
}

// The journeys, then the rules beside them; the plan was checked, so they are there.
std::vector<const rules::Rule*> rules_of(const rules::LoadPlan& plan, const rules::Library& library) {
  std::vector<std::string> ids;
  for (const auto& journey : plan.journeys) ids.push_back(journey.rule);
  for (const auto& beside : plan.beside) ids.push_back(beside.rule);
  std::vector<const rules::Rule*> out;
  for (const auto& id : ids)
    for (const auto& rule : library.rules)
      if (rule.full_id() == id) out.push_back(&rule);
  return out;
}

std::optional<Stop> stop_for(std::vector<std::string> problems) {
  std::erase(problems, "");
  if (problems.empty()) return std::nullopt;
  std::string message;
  for (const auto& one : problems) message += (message.empty() ? "" : "\n") + one;
  return Stop{kUsage, message};
}

// What a run shows on its way, on the terminal.
class TrialProgress final : public engine::Progress {
 public:
  explicit TrialProgress(TerminalProgress& line) : line_(line) {}
  void rule_started(std::size_t done, std::size_t total, const rules::Rule& rule) override {
    line_.say("trial " + std::to_string(done + 1) + "/" + std::to_string(total) + " " + rule.full_id());
  }
  void rule_finished(const record::Rule&, const std::vector<record::Exchange>&) override {}

 private:
  TerminalProgress& line_;
};

// Rules beside that do not work here are left out, and it is said.
void leave_out(rules::LoadPlan& plan, const record::Redactor& redactor, LoadTrial& trial) {
  const auto longest = plan.duration + plan.drain;
  for (std::size_t i = plan.beside.size(); i-- > 0;) {
    auto& tried = trial.rules[plan.journeys.size() + i];
    if (tried.trouble.empty() && tried.trial.took > longest)
      tried.trouble =
          "it takes " + base::format_duration(tried.trial.took) + ", and the run " + base::format_duration(longest);
    if (tried.trouble.empty()) continue;
    trial.doubts.push_back({plan.beside[i].rule + " did not run beside the journeys: " +
                                redactor.redact(base::printable(tried.trouble, 300)),
                            "see assay check --only " + plan.beside[i].rule});
    plan.beside.erase(plan.beside.begin() + static_cast<std::ptrdiff_t>(i));
    trial.rules.erase(trial.rules.begin() + static_cast<std::ptrdiff_t>(plan.journeys.size() + i));
  }
}

// Every exit code that applies, in the order of precedence.
std::vector<int> exits_of(const record::Load& load, const rules::LoadPlan& plan, bool broken, bool interrupted) {
  // Where an objective says how many failures are too many, one is not.
  const bool counted = std::ranges::any_of(plan.objectives, [](const rules::LoadObjective& one) {
    return one.metric == rules::LoadObjective::Metric::errors;
  });
  std::vector<int> out;
  if (interrupted) out.push_back(kInterrupted);
  if (broken || record::breaks_rules(load) || (load.failed > 0 && !counted)) out.push_back(kFailed);
  if (record::misses_objectives(load)) out.push_back(kObjectiveMissed);
  if (load.trust == "invalid") out.push_back(kNotTrustworthy);
  if (out.empty()) out.push_back(kPassed);
  return out;
}

}  // namespace

int load(const Options& given) {
  if (const auto stop = unwritable(given)) return report_stop(*stop);
  auto settled = with_target(given);
  if (!settled) return report_stop(settled.error());
  Options options = *std::move(settled);
  if (const auto stop = unusable_metrics(options)) return report_stop(*stop);
  if (!options.find_limit.empty() && options.users > 0)
    return report_stop({kUsage, "--find-limit tries rates, and --users names none; leave one of them out"});
  options.objectives.insert(options.objectives.end(), options.find_limit.begin(), options.find_limit.end());
  auto library = load_rules(options);
  if (!library) return report_stop(library.error());
  if (options.list_plans) {
    std::fputs(list_of_plans(*library).c_str(), stdout);
    return kPassed;
  }
  const auto scope = find_scope(*library, options);
  if (!scope) return report_stop(scope.error());
  auto plan = plan_of(options, *library);
  if (!plan) return report_stop(plan.error());
  auto waivers = read_waivers(options, *library, true);
  if (!waivers) return report_stop(waivers.error());
  options.user_pool = std::max(kMockUsers, plan->users);
  auto subject = prepare_subject(options);
  if (!subject) return report_stop(subject.error());
  const auto& target = subject->target;
  const auto rules = rules_of(*plan, *library);
  auto problems = load::impossible(*plan, rules, target);
  problems.push_back(load::refuse_permission(*plan, target, rules::foreign_host(rules::urls_of(target)), today()));
  if (const auto stop = stop_for(std::move(problems))) return report_stop(*stop);

  record::Run run = new_run(options, *library, *scope->profile, *subject, "load");
  run.waivers = std::move(*waivers);
  record::Redactor redactor;
  engine::Recorder recorder(run, redactor);
  const auto watch = LoadWatch::start(options, run, plan->id, redactor);
  if (!watch) return report_stop(watch.error());
  TerminalProgress progress(options);
  TrialProgress trial_progress(progress);
  EventStream events(redactor, trial_progress);
  if (const auto stop = events.open(options)) return report_stop(*stop);
  events.begin(run, rules.size());
  LoadTrial trial;
  bool interrupted = false;
  {
    boost::asio::io_context io(1);
    auto context = net::ClientContext::create(io, client_options(target));
    if (!context) return report_stop({kUsage, context.error().doing});
    const auto task = [&]() -> net::awaitable<void> {
      co_await try_rules(*library, *scope->profile, rules, *subject, **context, recorder, events, interrupted, trial);
      (*context)->stop();
    };
    net::run_to_end(io, task(), [&] {
      interrupted = true;
      (*context)->stop();
      subject->time->interrupt();
    });
  }
  const SignalsEndLoad signals;
  progress.clear();
  const auto style = terminal_style(options, STDOUT_FILENO);
  // Files first: who reads standard output may stop, or take long.
  const auto end = [&](std::vector<int> exits, const std::string& result,
                       const std::function<std::string()>& said = {}) {
    run.exits = std::move(exits);
    run.result = result;
    run.took = base::wall_now() - run.started;
    const bool told = events.end(run);
    const bool written = write_outputs(options, run, redactor) && told;
    if (said) std::fputs(said().c_str(), stdout);
    std::fflush(stdout);
    return !written && run.exits.front() == kPassed ? static_cast<int>(kUsage) : run.exits.front();
  };
  if (interrupted) return end({kInterrupted}, "INTERRUPTED");
  if (!trial.preflight.reachable)
    return end({kBlocked}, "BLOCKED", [&] { return report::terminal_doctor(run, redactor, style); });
  bool broken = false, blocked = false;
  for (std::size_t i = 0; i < plan->journeys.size(); ++i) {
    const auto& tried = trial.rules[i];
    if (tried.trouble.empty()) continue;
    blocked = true;
    std::fprintf(stderr, "blocked: the journey %s does not work here, so there is nothing to measure: %s\n",
                 tried.rule->full_id().c_str(), redactor.redact(base::printable(tried.trouble, 600)).c_str());
  }
  if (blocked) return end({kBlocked}, "BLOCKED");
  leave_out(*plan, redactor, trial);
  for (const auto& tried : trial.rules) broken = broken || tried.broken;

  std::vector<std::string> urls = rules::urls_of(target);
  for (std::size_t i = 0; i < engine::kEndpointCount; ++i)
    if (const auto* endpoint = trial.bound->endpoint(static_cast<engine::EndpointKind>(i)))
      urls.push_back(endpoint->text);
  const auto foreign = rules::foreign_host(urls);
  const auto trials = trials_of(trial);
  problems = load::impossible_after_trial(*plan, trials);
  problems.push_back(load::refuse_permission(*plan, target, foreign, today()));
  problems.push_back(load::refuse_rate(*plan, target, foreign, trials));
  if (const auto stop = stop_for(std::move(problems))) return report_stop(*stop);

  const auto conclude = [&](record::Run& now) {
    if (const auto text = load::futile(*plan); !text.empty())
      now.load->doubts.push_back({text, "a longer run, or a larger share"});
    now.load->doubts.insert(now.load->doubts.end(), trial.doubts.begin(), trial.doubts.end());
    record::apply_waivers(now);
    now.exits = exits_of(*now.load, *plan, broken, interrupted || !now.finished);
    const int exit = now.exits.front();
    now.result = exit == kPassed || exit == kNotTrustworthy ? "PASS" : exit == kInterrupted ? "INTERRUPTED" : "FAIL";
    now.took = base::wall_now() - now.started;
  };
  Journal journal(options.json);
  interrupted = measure(*library, *scope->profile, *plan, trial, options, *subject, recorder, **watch, events, foreign,
                        [&](const std::function<record::Load()>& so_far) {
                          if (!journal.due()) return;
                          const auto began = Journal::Clock::now();
                          auto measured = so_far();  // may put evidence into the run
                          auto now = run;
                          now.load = std::move(measured);
                          now.finished = false;
                          conclude(now);
                          journal.write(record::write_run_json(now, redactor), began);
                        });
  conclude(run);
  return end(run.exits, run.result, [&] {
    auto text =
        options.format == "json" ? record::write_run_json(run, redactor) : report::terminal_load(run, redactor, style);
    return options.format == "github" ? for_github(run, redactor, text) : text;
  });
}

}  // namespace assay::cli

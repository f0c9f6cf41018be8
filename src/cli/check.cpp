// assay check: does it keep the rules? And assay doctor: is everything ready to ask?
#include <unistd.h>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <cstdio>

#include "cli/check_journal.hpp"
#include "cli/checked.hpp"
#include "cli/client_options.hpp"
#include "cli/events.hpp"
#include "cli/login_help.hpp"
#include "cli/progress.hpp"
#include "cli/setup.hpp"
#include "engine/product.hpp"
#include "engine/registration.hpp"
#include "net/client.hpp"
#include "net/main_loop.hpp"
#include "record/compare.hpp"
#include "record/run_json.hpp"
#include "record/waivers.hpp"
#include "version.hpp"

namespace assay::cli {
namespace {

using record::Verdict;

// Rules at a time. Servers get a few, as a handful of users would give them; the mock in process what measured best.
constexpr unsigned kConcurrency = 4, kMockConcurrency = 4;

// Every exit code that applies, in the order of precedence.
std::vector<int> exits_of(const record::Run& run, const engine::PreflightResult& preflight, const Options& options,
                          bool interrupted) {
  std::vector<int> out;
  const auto counts = record::count_rules(run);
  const auto count = [&](Verdict verdict) {
    const auto found = counts.find(verdict);
    return found == counts.end() ? std::size_t{0} : found->second;
  };
  if (interrupted) out.push_back(kInterrupted);
  const auto proven = count(Verdict::pass) + count(Verdict::fail) + count(Verdict::warn) + count(Verdict::note);
  const bool nothing_proven = proven == 0 && count(Verdict::blocked) + count(Verdict::inconclusive) > 0;
  if (!preflight.reachable || preflight.blocked() || nothing_proven) out.push_back(kBlocked);
  if (count(Verdict::fail) > 0 || (options.strict && count(Verdict::warn) > 0)) out.push_back(kFailed);
  if (record::has_stale_waiver(run)) out.push_back(kStaleWaiver);
  if (run.since && std::ranges::any_of(run.since->changes, record::is_regression)) out.push_back(kWorse);
  if (count(Verdict::harness_error) > 0) out.push_back(kInternal);
  if (out.empty()) out.push_back(kPassed);
  return out;
}

using Session = Checked;

// Rules that could not even be tried, because the server could not be reached.
void block_all(const std::vector<const rules::Rule*>& rules, Session& session) {
  std::string why = "the server could not be used; see the preflight";
  for (const auto& check : session.preflight.checks)
    if (check.verdict == Verdict::blocked) why = check.name + ": " + check.seen;
  for (const auto* rule : rules)
    session.run.rules.push_back(unasked(*rule, session.interrupted ? Verdict::interrupted : Verdict::blocked, why));
}

// Of a rule that proved nothing, some request got no answer.
bool lost_answers(const record::Run& run) {
  return std::ranges::any_of(run.rules, [&](const record::Rule& rule) {
    if (rule.verdict != Verdict::blocked && rule.verdict != Verdict::inconclusive) return false;
    return std::ranges::any_of(rule.exchanges,
                               [&](int id) { return run.exchanges.at(static_cast<std::size_t>(id) - 1).status == 0; });
  });
}

// A server that died on the way lets rules prove nothing, and nothing is broken by that; but the run must not pass for it.
net::awaitable<void> see_that_it_answers(const Subject& subject, net::Transport& client, engine::Recorder& recorder,
                                         engine::PreflightResult& preflight) {
  engine::PreflightResult again;
  co_await engine::discover(subject.target, client, recorder, again);
  if (again.reachable) co_return;
  auto& gone = preflight.checks.emplace_back(std::move(again.checks.back()));
  gone.name = "answers to the end";
  gone.hint = "it answered at the beginning: see whether it crashed, and run again";
}

// Of the session's run, or of what is known of it so far.
void conclude(const Options& options, const Session& session, record::Run& run) {
  record::apply_waivers(run);
  if (session.baseline && run.finished) run.since = record::compare_runs(*session.baseline, run);
  run.exits = exits_of(run, session.preflight, options, session.interrupted || !run.finished);
  run.verdict = Verdict::pass;
  for (const auto& rule : run.rules) run.verdict = record::worse(run.verdict, rule.verdict);
  const int exit = run.exits.front();
  run.result = exit == kPassed ? "PASS" : exit == kInterrupted ? "INTERRUPTED" : exit == kBlocked ? "BLOCKED" : "FAIL";
}

// Preflight, and with `rules` the rules. What happened is in `session`, whatever went wrong.
std::expected<void, Stop> ask(const Options& options, const rules::Library& library, const rules::Profile& profile,
                              Subject& subject, const std::vector<const rules::Rule*>& rules, bool with_rules,
                              Session& session) {
  boost::asio::io_context io(1);
  auto context = net::ClientContext::create(io, client_options(subject.target));
  if (!context) return std::unexpected(Stop{kUsage, context.error().doing});
  TerminalProgress progress(options);
  CheckJournal journal(
      with_rules ? options.json : "", session.run, session.redactor,
      [&](record::Run& run) { conclude(options, session, run); }, progress);
  EventStream events(session.redactor, journal);
  if (auto stop = events.open(options)) return std::unexpected(*stop);
  events.begin(session.run, rules.size());
  engine::Recorder recorder(session.run, session.redactor);
  const auto started = std::chrono::steady_clock::now();
  auto login = LoginHelp::create(io, options, subject.target, progress);
  if (!login) return std::unexpected(login.error());
  const unsigned concurrency = (*login)->side_by_side(options.concurrency > 0 ? options.concurrency
                                                      : subject.mock          ? kMockConcurrency
                                                                              : kConcurrency,
                                                      options.concurrency > 0);

  engine::Throttle throttle(*subject.time);
  const auto task = [&]() -> net::awaitable<void> {
    engine::PoliteTransport client(std::make_unique<net::Client>(**context), throttle);
    progress.say("preflight: looking for the metadata");
    co_await engine::discover(subject.target, client, recorder, session.preflight);
    engine::hold_to_named_hosts(subject.target, session.preflight);
    co_await engine::register_clients(subject.target, client, recorder, session.preflight);
    engine::BoundTarget bound(subject.target, session.preflight.metadata, session.preflight.metadata_url,
                              base::Random(session.run.seed, "target"));
    bound.set_login_helpers(&(*login)->helpers());
    recorder.add_secrets(bound);
    session.run.issuer = bound.issuer();
    if (session.preflight.reachable && !session.interrupted) {
      progress.say("preflight: clients and login");
      (*login)->announce(rules);
      co_await engine::try_target(bound, client, *subject.time, recorder, session.preflight);
    }
    session.run.preflight = session.preflight.checks;
    engine::add_product_words(library.products, session.preflight.metadata, session.run);
    session.run.clock_ahead = session.preflight.clock_ahead;
    bound.set_clock_ahead(session.preflight.clock_ahead);
    if (with_rules && session.preflight.reachable) {
      const auto transports = [&]() -> std::unique_ptr<net::Transport> {
        return std::make_unique<net::Client>(**context);
      };
      // 299 trials without a violation bound its rate by 1 % with 95 % confidence.
      const unsigned trials = options.race_trials > 0 ? options.race_trials : session.run.preset == "race" ? 299 : 0;
      engine::CheckRun check(library, profile, bound, session.preflight, transports, *subject.time,
                             {.slow = options.slow,
                              .concurrency = concurrency,
                              .throttle = &throttle,
                              .seed = session.run.seed,
                              .race_trials = trials},
                             recorder, events);
      std::vector<std::function<net::awaitable<void>()>> work;
      work.emplace_back([&] { return journal.keep(rules); });
      work.emplace_back([&]() -> net::awaitable<void> {
        const std::unique_ptr<CheckJournal, void (*)(CheckJournal*)> ends(&journal, [](auto* one) { one->end(); });
        co_await check.run(rules, session.interrupted);
      });
      co_await net::run_side_by_side(std::move(work));
      if (!session.interrupted && lost_answers(session.run)) {
        co_await see_that_it_answers(subject, client, recorder, session.preflight);
        session.run.preflight = session.preflight.checks;
      }
    }
    co_await (*login)->close();
    if (!session.interrupted)
      co_await engine::remove_registered(subject.target, session.preflight.registered, client, recorder);
    (*context)->stop();
  };
  net::run_to_end(io, task(), [&] {
    session.interrupted = true;
    (*login)->interrupt();
    (*context)->stop();
    subject.time->interrupt();
  });
  if (with_rules) expect_late_signals();
  session.run.slow_downs = throttle.times();
  session.run.slowed_down = throttle.waited();
  session.run.took = std::chrono::steady_clock::now() - started;
  if (with_rules && !session.preflight.reachable) block_all(rules, session);
  conclude(options, session, session.run);
  session.unwritten = !events.end(session.run);
  return {};
}

}  // namespace

std::expected<void, Stop> run_preflight(const Options& options, const rules::Library& library,
                                        const rules::Profile& profile, Subject& subject, Checked& session) {
  return ask(options, library, profile, subject, {}, false, session);
}

int finish(const Options& options, const Checked& session, const std::string& text) {
  // The files first: who reads standard output may stop, or take long.
  const bool written = write_outputs(options, session.run, session.redactor) && !session.unwritten;
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
  const int exit = session.run.exits.front();
  return written || exit != kPassed ? exit : kUsage;
}

std::expected<std::unique_ptr<Checked>, Stop> run_check(const Options& given) {
  if (auto stop = unwritable(given)) return std::unexpected(*stop);
  const auto settled = with_target(given);
  if (!settled) return std::unexpected(settled.error());
  const auto& options = *settled;
  auto library = load_rules(options);
  if (!library) return std::unexpected(library.error());
  const auto scope = find_scope(*library, options);
  if (!scope) return std::unexpected(scope.error());
  const auto* profile = scope->profile;
  const auto rules = engine::select_rules(*library, *profile, options.only, scope->preset);
  if (rules.empty()) {
    std::string message = "no rule of " + scope->words() + (options.only.empty() ? " is left" : " matches --only");
    for (const auto& glob : options.only) {
      message += " " + glob;
      if (const auto hint = suggest_rule(*library, glob); !hint.empty()) message += "; " + hint;
    }
    return std::unexpected(Stop{kNothingSelected, message});
  }
  auto waivers = read_waivers(options, *library);
  if (!waivers) return std::unexpected(waivers.error());
  std::optional<record::Run> baseline;
  if (!options.baseline.empty()) {
    auto read = read_record(options.baseline);
    if (!read) return std::unexpected(read.error());
    baseline = std::move(*read);
  }
  auto subject = prepare_subject(options);
  if (!subject) return std::unexpected(subject.error());
  auto session = std::make_unique<Checked>();
  session->run = new_run(options, *library, *profile, *subject, "check");
  session->run.preset = scope->preset ? scope->preset->id : "";
  session->run.waivers = std::move(*waivers);
  if (baseline)
    if (auto stop = refuse_comparison(options, options.baseline, *baseline, session->run))
      return std::unexpected(*stop);
  session->baseline = std::move(baseline);
  if (const auto asked = ask(options, *library, *profile, *subject, rules, true, *session); !asked)
    return std::unexpected(asked.error());
  return session;
}

int check(const Options& options) {
  const auto checked = run_check(options);
  if (!checked) return report_stop(checked.error());
  const auto& session = **checked;
  const auto style = terminal_style(options, STDOUT_FILENO);
  std::string text;
  if (options.format == "json") text = record::write_run_json(session.run, session.redactor);
  else if (options.format == "plain") {
    for (const auto& rule : session.run.rules) text += report::plain_line(rule) + "\n";
    text += "Result " + session.run.result + ", exit " + std::to_string(session.run.exits.front()) + "\n";
  } else text = report::terminal_check(session.run, session.redactor, style);
  if (options.format == "github") text = for_github(session.run, session.redactor, text);
  return finish(options, session, text);
}

int doctor(const Options& given) {
  if (const auto stop = unwritable(given)) return report_stop(*stop);
  const auto settled = with_target(given);
  if (!settled) return report_stop(settled.error());
  const auto& options = *settled;
  auto library = load_rules(options);
  if (!library) return report_stop(library.error());
  const auto scope = find_scope(*library, options);
  if (!scope) return report_stop(scope.error());
  const auto* profile = scope->profile;
  auto subject = prepare_subject(options);
  if (!subject) return report_stop(subject.error());
  Session session;
  session.run = new_run(options, *library, *profile, *subject, "doctor");
  if (const auto asked = run_preflight(options, *library, *profile, *subject, session); !asked)
    return report_stop(asked.error());
  return finish(options, session,
                options.format == "json"
                    ? record::write_run_json(session.run, session.redactor)
                    : report::terminal_doctor(session.run, session.redactor, terminal_style(options, STDOUT_FILENO)));
}

}  // namespace assay::cli

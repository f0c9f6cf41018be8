// The command line: names, defaults and help. Everything else is in the commands.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <clocale>
#include <cstdio>
#include <cstdlib>

#include "base/text.hpp"
#include "cli/completions.hpp"
#include "cli/options.hpp"
#include "cli/process.hpp"
#include "rules/load_plan.hpp"
#include "rules/reader.hpp"
#include "version.hpp"

namespace {

using assay::cli::Options;

const std::vector<std::string> kCommands = {"init",    "check",    "load",     "doctor",      "mock",
                                            "list",    "profiles", "explain",  "replay",      "report",
                                            "compare", "waive",    "wait-for", "completions", "help"};

// 80 columns: CLI11 wraps nothing by itself.
class Formatter : public CLI::Formatter {
 public:
  Formatter() { column_width(26); }
};

// For commands that write no report: there, --json is a file.
void json_flag(CLI::App& command, Options& options) {
  command.add_flag_callback("--json", [&options] { options.format = "json"; }, "print JSON, as --format json does");
}

void target_option(CLI::App& command, Options& options) {
  command.add_option("target", options.target, "target file (none: the bundled mock)");
}

void common_options(CLI::App& command, Options& options) {
  command.add_option("--scenarios", options.scenarios, "read rules from DIR instead")->type_name("DIR");
  command.add_option("--color", options.color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}, CLI::ignore_case))
      ->option_text("WHEN");
  command.add_flag("-q,--quiet", options.quiet, "failures and summary only");
  command.add_flag("-v,--verbose", options.verbose, "also show exchanges of failed checks");
}

void output_options(CLI::App& command, Options& options) {
  command.add_option("--json", options.json, "write run.json to F")->type_name("F");
  command.add_option("--junit", options.junit, "write JUnit XML to F")->type_name("F");
  command.add_option("--html", options.html, "write the HTML report to F")->type_name("F");
  command.add_option("--sarif", options.sarif, "write SARIF 2.1.0 to F, for code scanning")->type_name("F");
  command.add_option("--markdown", options.markdown, "write a summary in Markdown to F")->type_name("F");
  command.add_option("--badge", options.badge, "write badge JSON (shields.io) to F")->type_name("F");
  command.add_flag("--junit-per-check", options.junit_per_check, "in JUnit a case per check, not per rule");
}

void hgrm_option(CLI::App& command, Options& options) {
  command.add_option("--hgrm", options.hgrm, "write percentiles as HdrHistogram text to F")->type_name("F");
}

void format_option(CLI::App& command, Options& options, std::vector<std::string> formats) {
  std::string text;
  for (const auto& format : formats) text += (text.empty() ? "" : ", ") + format;
  command.add_option("--format", options.format, "on stdout: " + text)
      ->check(CLI::IsMember(std::move(formats)))
      ->option_text("FORMAT");
}

void profile_option(CLI::App& command, Options& options) {
  command.add_option("--profile", options.profile, "judge by NAME: see assay profiles")->type_name("NAME");
}

void preset_option(CLI::App& command, Options& options) {
  command.add_option("--preset", options.preset, "only a part of it: see assay profiles")->type_name("NAME");
}

void defect_option(CLI::App& command, Options& options) {
  command.add_option("--defect", options.defects, "switch on a defect of the bundled mock")
      ->allow_extra_args(false)
      ->type_name("NAME");
}

// CLI11's own number checks let "nan" through.
std::string reasonable_rate(const std::string& text) {
  double value = 0;
  const bool number = CLI::detail::lexical_cast(text, value);
  if (number && value > 0 && value <= 1e6) return "";
  return "\"" + text + "\" is not a rate between 0 and 1000000 per second";
}

// Logins by a person (login driver manual).
void manual_options(CLI::App& command, Options& options) {
  auto* wanted = command.add_flag_callback(
      "--manual", [&options] { options.manual = true; }, "ask a person to log in, terminal or not");
  command.add_flag_callback(
             "--no-manual", [&options] { options.manual = false; }, "leave out what needs a person")
      ->excludes(wanted);
}

// What check, load and doctor have in common.
void testing_options(CLI::App& command, Options& options, std::vector<std::string> formats) {
  target_option(command, options);
  defect_option(command, options);
  output_options(command, options);
  format_option(command, options, std::move(formats));
  common_options(command, options);
}

// What a plan says can be said here, too.
void load_options(CLI::App& load, Options& options) {
  const auto list = [&](const char* name, std::vector<std::string>& into, const char* what, const char* type) {
    load.add_option(name, into, what)->allow_extra_args(false)->option_text(type);
  };
  const auto text = [&](const char* name, std::string& into, const char* what, const char* type) {
    return load.add_option(name, into, what)->option_text(type);
  };
  const auto count = [&](const char* name, unsigned& into, unsigned most, const char* what) {
    return load.add_option(name, into, what)->check(CLI::Range(1u, most))->option_text("N");
  };
  text("--plan", options.plan, "a plan by name, or your own file", "PLAN");
  load.add_flag("--list", options.list_plans, "name the plans and exit");
  auto* rate = load.add_option("--rate", options.rate, "flows per second (open model)")
                   ->check(CLI::Validator(reasonable_rate, ""))
                   ->option_text("N");
  auto* users = count("--users", options.users, assay::rules::kMostLoadUsers, "users at once (closed model)");
  list("--stage", options.stages, "100:30s or 100..400:30s (repeatable)", "STAGE");
  auto* stage = load.get_option("--stage");
  auto* duration = text("--duration", options.duration, "how long to measure: 10s, 2m", "D");
  rate->excludes(users)->excludes(stage);
  stage->excludes(users)->excludes(duration);
  auto* poisson = load.add_flag_callback("--poisson", [&options] { options.poisson = true; }, "arrivals at random");
  poisson->option_text(" ");
  load.add_flag_callback(
          "--constant", [&options] { options.poisson = false; }, "arrivals evenly spaced")
      ->excludes(poisson)
      ->option_text(" ");
  text("--warm-up", options.warm_up, "not measured, before that: 2s", "D");
  text("--drain", options.drain, "what flows under way may take after it: 5s", "D");
  list("--journey", options.journeys, "rule to run as a flow (repeatable)", "RULE[=WEIGHT]");
  text("--measure", options.measure, "all, act or act-kept: what is prepared before", "WHAT")
      ->check(CLI::IsMember({"all", "act", "act-kept"}));
  count("--pool", options.pool, assay::rules::kMostPool, "prepared flows in store");
  list("--beside", options.beside, "now and then: code/single-use=1%; or none", "RULE=SHARE");
  list("--objective", options.objectives, "such as 'p99(token) < 250ms' (repeatable)", "TEXT");
  text("--window", options.window, "judge objectives in each so long window", "D");
  load.add_flag("--abort-on-fail", options.abort_on_fail, "end at the first window that misses one");
  text("--connections", options.connections, "keep-alive, per-flow or per-request", "HOW")
      ->check(CLI::IsMember({"keep-alive", "per-flow", "per-request"}));
  load.add_flag("--no-tls-resumption", options.no_tls_resumption, "every TLS handshake a full one");
  text("--login", options.load_login, "every-flow or once per user", "WHEN")
      ->check(CLI::IsMember({"once", "every-flow"}));
  count("--workers", options.workers, 256, "threads (default: one per core)");
  load.add_option("--seed", options.seed, "arrivals and values as with seed N")->option_text("N");
}

void init_options(CLI::App& init, Options& options) {
  auto& o = options.init;
  const auto text = [&](const char* name, std::string& into, const char* what, const char* type) {
    init.add_option(name, into, what)->option_text(type);
  };
  const auto list = [&](const char* name, std::vector<std::string>& into, const char* what, const char* type) {
    init.add_option(name, into, what)->allow_extra_args(false)->option_text(type);
  };
  init.add_option("issuer", o.issuer, "where the server is: https://login.example");
  text("-o,--output", o.output, "write the target to F (default: by the host)", "F");
  init.add_flag("--force", o.force, "overwrite what is there");
  text("--remove", o.remove, "remove the clients that F says were registered", "F");
  init.add_flag("--no-register", o.no_register, "register no clients");
  text("--registration-token-env", o.registration_token_env, "initial access token, in the environment", "NAME");
  text("--registration-token-file", o.registration_token_file, "or in a file", "F");
  list("--client-id", o.client_ids, "a client you have: web, or ROLE=ID", "[ROLE=]ID");
  list("--client-secret-env", o.client_secret_envs, "its secret, in the environment", "[ROLE=]NAME");
  list("--client-secret-file", o.client_secret_files, "or in a file", "[ROLE=]F");
  list("--client-auth", o.client_auths, "basic, post or none", "[ROLE=]HOW");
  list("--redirect-uri", o.redirect_uris, "as registered (repeatable)", "[ROLE=]URI");
  list("--user", o.users, "a test user (repeatable)", "NAME");
  list("--password-env", o.password_envs, "the password, in the environment", "NAME");
  list("--password-file", o.password_files, "or in a file", "F");
  init.add_flag("--no-login", o.no_login, "there is nobody to log in");
  text("--scope", o.scope, "what clients ask for", "TEXT");
  text("--service-scope", o.service_scope, "what the service client asks for", "TEXT");
  list("--authorize-param", o.authorize_params, "on every authorization request", "NAME=VALUE");
  list("--endpoint", o.endpoints, "what the metadata lack: token=URL", "KIND=URL");
  list("--trust", o.trusted, "another host that endpoints may be on", "HOST");
  text("--ca-file", o.ca_file, "trust this CA, PEM", "F");
  init.add_flag("--no-input", o.no_input, "never ask");
  init.footer(
      "Roles: web, second, spa, spa2, native, odd, service. At a terminal it asks for\nwhat is missing. Secrets never "
      "stand on the "
      "command line.\nExit: 0 ready, 2 usage, 3 not ready.\nExamples:\n  assay init https://login.example\n"
      "  assay init https://login.example --user test --password-env PASSWORD\n"
      "  assay init https://login.example --client-id app --client-secret-env SECRET\n"
      "  assay init --remove login.example.jsonc");
}

// What --help of a command leaves to "assay help COMMAND": it fits one screen.
void show_the_usual(CLI::App& command, std::initializer_list<const char*> rare) {
  for (const auto* name : rare) command.get_option(name)->group("");
  command.footer(command.get_footer() + "\nAll options: assay help " + command.get_name());
}

// The definition as plain values.
std::vector<assay::cli::Command> commands_of(const CLI::App& app) {
  const auto all = [](const CLI::App& from) { return from.get_subcommands([](const CLI::App*) { return true; }); };
  std::vector<assay::cli::Command> out;
  for (const auto* one : all(app)) {
    auto& command = out.emplace_back();
    command.name = one->get_name();
    command.text = one->get_description();
    command.footer = one->get_footer();
    for (const auto* part : all(*one)) command.parts.push_back(part->get_name());
    for (const auto* option : one->get_options()) {
      assay::cli::Word word{.name = {}, .letter = {}, .text = option->get_description(), .value = {}};
      if (option->get_items_expected_max() > 0) {
        word.value = option->get_option_text().empty() ? option->get_type_name() : option->get_option_text();
        word.value = word.value.substr(0, word.value.find(':'));
        if (word.value.empty()) word.value = "VALUE";
      }
      if (!option->get_snames().empty()) word.letter = "-" + option->get_snames().front();
      const bool named = !option->get_lnames().empty();
      word.name = named ? "--" + option->get_lnames().front() : option->get_name();
      (named ? command.options : command.arguments).push_back(std::move(word));
    }
  }
  return out;
}

// An unknown word: what was it meant to be?
std::string hint_for(const CLI::App& app, const std::string& message, int argc, const char* const* argv) {
  std::vector<std::string> known = kCommands;
  for (const auto* command : app.get_subcommands())
    for (const auto* option : command->get_options())
      for (const auto& name : option->get_lnames()) known.push_back("--" + name);
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const std::string name = word.substr(0, word.find('='));
    if (message.find(name) == std::string::npos || std::ranges::find(known, name) != known.end()) continue;
    const auto near = assay::base::did_you_mean(name, known);
    if (!near.empty()) return "did you mean " + near + "?";
  }
  return "";
}

// "assay help load" is "assay load --help" with nothing left out; so is --help-all.
std::vector<const char*> with_help(int argc, char** argv, bool& everything) {
  std::vector<const char*> out(argv, argv + argc);
  if (argc > 1 && std::string_view(argv[1]) == "help") {
    everything = true;
    out.erase(out.begin() + 1);
    out.push_back("--help");
  }
  for (auto& word : out)
    if (std::string_view(word) == "--help-all") {
      everything = true;
      word = "--help";
    }
  return out;
}

int run(int count, char** words) {
  bool everything = false;
  const auto given = with_help(count, words, everything);
  const int argc = static_cast<int>(given.size());
  const char* const* argv = given.data();
  Options options;
  CLI::App app("Assay checks whether an OAuth 2 server keeps the rules, and measures how fast\nit is while it does.");
  app.name("assay");
  app.formatter(std::make_shared<Formatter>());
  app.set_version_flag("--version", "assay " ASSAY_VERSION);
  app.require_subcommand(1);
  app.footer(
      "All options of a command: assay help COMMAND\nExamples:\n  assay check                          check the "
      "bundled mock\n"
      "  assay init https://login.example     write a target file for your server\n"
      "  assay check login.example.jsonc      check it\n"
      "  assay load --users 64 --duration 5s  load the bundled mock");

  auto* init = app.add_subcommand("init", "Writes a target file for your server");
  init_options(*init, options);
  common_options(*init, options);

  auto* check = app.add_subcommand("check", "Does it keep the rules?");
  profile_option(*check, options);
  preset_option(*check, options);
  check->add_option("--only", options.only, "only rules that match: 'code/*', pkce/s256")
      ->allow_extra_args(false)
      ->type_name("GLOB");
  check->add_option("--race-trials", options.race_trials, "trials of each race (default: as the rules say)")
      ->check(CLI::Range(1u, 10'000u))
      ->option_text("N");
  check->add_flag("--slow", options.slow, "also run rules that wait real time");
  check->add_option("--concurrency", options.concurrency, "rules at a time (default 4)")
      ->check(CLI::Range(1u, 64u))
      ->option_text("N");
  check->add_option("--seed", options.seed, "the same fresh values as in the run with seed N")->type_name("N");
  check->add_flag("--strict", options.strict, "warnings count as failures");
  check->add_option("--baseline", options.baseline, "what changed since that run.json")->type_name("F");
  check->add_flag("--other-target", options.other_target, "even if it is of another target");
  check->add_option("--waivers", options.waivers, "failures that are known and accepted")->type_name("F");
  check->add_option("--events", options.events, "a JSON line to F as each rule ends")->type_name("F");
  manual_options(*check, options);
  testing_options(*check, options, {"human", "plain", "json", "github"});
  check->footer(
      "Exit: 0 passed, 1 failed, 2 usage, 3 blocked, 5 stale waiver, 6 worse than the\nbaseline, 7 nothing "
      "selected.\nExamples:\n"
      "  assay check\n  assay check staging.jsonc --profile oauth2.1 --junit junit.xml\n"
      "  assay check staging.jsonc --profile rfc9700 --preset smoke\n"
      "  assay check --defect code-reusable --only 'code/*' -v");

  auto* load = app.add_subcommand("load", "How fast is it, and does it still keep the rules?");
  load_options(*load, options);
  testing_options(*load, options, {"human", "json", "github"});
  load->footer(
      "Exit: 0 clean, 1 a rule broke, 2 usage, 3 blocked, 4 objective missed,\n8 not trustworthy.\nExamples:\n"
      "  assay load --plan steady-sign-in --rate 200 --duration 30s\n"
      "  assay load staging.jsonc --journey refresh/success --rate 50 --html load.html\n"
      "  assay load --journey pkce/s256 --users 16 --duration 5s");

  load->add_option("--find-limit", options.find_limit, "search the highest rate with: 'p99 < 250ms'")
      ->allow_extra_args(false)
      ->type_name("TEXT");
  load->add_option("--metrics", options.metrics, "Prometheus endpoint while it runs: 127.0.0.1:0")->type_name("ADDR");
  hgrm_option(*load, options);
  load->add_option("--waivers", options.waivers, "what is broken or missed, known and accepted")->type_name("F");
  load->add_option("--events", options.events, "a JSON line to F for each second")->type_name("F");

  auto* doctor = app.add_subcommand("doctor", "Is everything ready to ask? Names what is not");
  profile_option(*doctor, options);
  manual_options(*doctor, options);
  testing_options(*doctor, options, {"human", "json"});
  doctor->footer(
      "Exit: 0 ready, 2 usage, 3 not ready.\nExamples:\n  assay doctor staging.jsonc\n  assay doctor staging.jsonc "
      "-v\n  assay doctor");

  auto* mock = app.add_subcommand("mock", "A provider to test against");
  mock->add_option("--port", options.port, "port (default: any free one)")->type_name("N");
  mock->add_option("--address", options.address, "address to listen on")->type_name("ADDR");
  mock->add_option("--ready-file", options.ready_file, "write issuer and port to F when ready")->type_name("F");
  mock->add_option("--login", options.login, "form (pages) or auto (answers at once)")
      ->check(CLI::IsMember({"form", "auto"}))
      ->type_name("MODE");
  mock->add_option("--persona", options.persona,
                   "be like: strict, rfc6749, github, authmaster,\napi-v1, or a file of your own")
      ->type_name("NAME");
  mock->add_option("--access-tokens", options.access_tokens, "opaque, es256 or rs256")
      ->check(CLI::IsMember({"opaque", "es256", "rs256"}))
      ->type_name("KIND");
  mock->add_option("--id-tokens", options.id_tokens, "es256 or rs256")
      ->check(CLI::IsMember({"es256", "rs256"}))
      ->type_name("KIND");
  mock->add_option("--threads", options.threads, "threads (default: one per core)")
      ->check(CLI::Range(1u, 256u))
      ->type_name("N");
  mock->add_option("--user-pool", options.user_pool, "numbered users besides: user-1 to user-N")
      ->check(CLI::Range(1u, 1'000'000u))
      ->type_name("N");
  mock->add_option("--certificate", options.certificate, "serve TLS: certificate chain, PEM")->type_name("F");
  mock->add_option("--private-key", options.private_key, "and its private key, PEM")->type_name("F");
  defect_option(*mock, options);
  mock->add_flag("--control", options.control, "offer /_assay/: clock, defects, keys, request log")->option_text(" ");
  mock->add_flag("--list-personas", options.list_personas, "print the personas and exit");
  mock->add_flag("--list-defects", options.list_defects, "print the deliberate defects and exit");
  mock->footer(
      "Prints {\"issuer\":...,\"port\":...} when ready; SIGINT or SIGTERM ends it.\nExamples:\n"
      "  assay mock --port 4100\n  assay mock --login auto --access-tokens es256\n  assay mock --defect code-reusable\n"
      "  assay mock --persona github");

  auto* list = app.add_subcommand("list", "Which rules are there, and which would run?");
  list->add_option("target,--target", options.target, "target file: what would run against it");
  profile_option(*list, options);
  preset_option(*list, options);
  list->add_option("--only", options.only, "only rules that match")->allow_extra_args(false)->type_name("GLOB");
  list->add_flag("--slow", options.slow, "as if check were run with --slow");
  format_option(*list, options, {"human", "json"});
  json_flag(*list, options);
  list->add_option("--scenarios", options.scenarios, "read rules from DIR instead")->type_name("DIR");
  list->footer(
      "Sends nothing.\nExamples:\n  assay list\n  assay list --profile oauth2.1 --only 'pkce/*'\n"
      "  assay list staging.jsonc --profile rfc9700 --preset ci\n  assay list --json");

  auto* profiles = app.add_subcommand("profiles", "What can a server be judged by?");
  profiles->add_option("name", options.id, "a profile or preset: its rules and levels");
  format_option(*profiles, options, {"human", "json"});
  json_flag(*profiles, options);
  profiles->add_option("--scenarios", options.scenarios, "read rules from DIR instead")->type_name("DIR");
  profiles->footer("Examples:\n  assay profiles\n  assay profiles rfc9700\n  assay profiles --json");

  auto* explain = app.add_subcommand("explain", "One rule in prose: story, steps, checks, advice");
  explain->add_option("id", options.id, "rule, such as code/single-use")->required();
  explain->add_option("--scenarios", options.scenarios, "read rules from DIR instead")->type_name("DIR");
  explain->footer(
      "Examples:\n  assay explain code/single-use\n  assay explain 'redirect/exact-path#trailing-slash'\n  assay list");

  auto* replay = app.add_subcommand("replay", "Run one rule of a recorded run again");
  replay->add_option("record", options.record, "the run.json of that run")->required();
  replay->add_option("id", options.id, "rule, or rule#case")->required();
  replay->add_option("--target", options.target, "target file, if it is elsewhere now")->type_name("F");
  replay->add_flag("--strict", options.strict, "warnings count as failures");
  output_options(*replay, options);
  common_options(*replay, options);
  replay->footer(
      "Exit: as assay check.\nExamples:\n  assay replay run.json code/single-use\n"
      "  assay replay run.json 'redirect/exact-path#trailing-slash' -v");

  auto* report = app.add_subcommand("report", "A recorded run in another form, or several in one");
  report->add_option("record", options.record, "run.json");
  auto* merge = report->add_subcommand("merge", "Add up load runs of one plan, as if run side by side");
  merge->add_option("records", options.records, "run.json files")->required();
  for (auto* command : {report, merge}) {
    output_options(*command, options);
    hgrm_option(*command, options);
    command->add_option("--color", options.color, "auto, always or never")
        ->check(CLI::IsMember({"auto", "always", "never"}, CLI::ignore_case))
        ->option_text("WHEN");
  }
  report->footer(
      "Sends nothing.\nExamples:\n  assay report run.json\n  assay report run.json --html run.html --sarif run.sarif\n"
      "  assay report merge a.json b.json --json both.json");
  merge->footer(
      "Histograms add up exactly. Runs of other plans, targets or rules are refused.\nExamples:\n"
      "  assay report merge a.json b.json\n  assay report merge a.json b.json --json both.json\n"
      "  assay report merge a.json b.json c.json --html all.html");

  auto* compare = app.add_subcommand("compare", "What changed from one run to another?");
  compare->add_option("before", options.before, "run.json of before");
  compare->add_option("after", options.after, "run.json of now");
  compare->add_option("--old", options.olds, "one more load run of before (repeatable)")
      ->allow_extra_args(false)
      ->type_name("F");
  compare->add_option("--new", options.news, "one more load run of now (repeatable)")
      ->allow_extra_args(false)
      ->type_name("F");
  compare->add_flag("--other-target", options.other_target, "even if the targets differ");
  compare->add_option("--markdown", options.markdown, "write it as Markdown to F")->type_name("F");
  compare->add_option("--json", options.json, "write it as JSON to F")->type_name("F");
  format_option(*compare, options, {"human", "markdown", "json"});
  compare->add_flag("-v,--verbose", options.verbose, "also what fails as before");
  compare->footer(
      "Sends nothing. Load: three runs per side show a difference in times.\n"
      "Exit: 0 nothing is worse, 2 usage, 6 worse.\nExamples:\n  assay compare yesterday.json today.json\n"
      "  assay compare a1.json b1.json --old a2.json --old a3.json --new b2.json \\\n    --new b3.json\n"
      "  assay compare yesterday.json today.json --markdown changes.md");

  auto* waive = app.add_subcommand("waive", "Accept a failure for a while: writes an entry");
  waive->add_option("check", options.id, "RULE#CHECK, such as code/single-use#second-use-denied")->required();
  waive->add_option("--until", options.until, "last day, 2027-01-31 (within 180 days)")->required()->type_name("DATE");
  waive->add_option("--reason", options.reason, "why it is accepted")->required()->type_name("TEXT");
  waive->add_option("--owner", options.owner, "who decides about it")->required()->type_name("NAME");
  waive->add_option("--link", options.link, "where it is tracked")->type_name("URL");
  waive->add_option("--waivers", options.waivers, "the file (default: waivers.jsonc)")->type_name("F");
  waive->add_option("--scenarios", options.scenarios, "read rules from DIR instead")->type_name("DIR");
  waive->footer(
      "Sends nothing.\nExamples:\n"
      "  assay waive code/single-use#second-use-denied --until 2027-01-31 \\\n"
      "    --reason 'the gateway keeps codes for 60 s' --owner identity-team\n"
      "  assay check staging.jsonc --waivers waivers.jsonc");

  auto* wait = app.add_subcommand("wait-for", "Wait until a server answers");
  wait->add_option("url", options.id, "such as http://127.0.0.1:8080/healthz")->required();
  wait->add_option("--for", options.duration, "how long: 60s (default), 2m")->type_name("D");
  wait->add_option("--ca-file", options.ca_file, "trust the certificates in F (PEM)")->type_name("F");
  wait->add_flag("--any-certificate", options.any_certificate, "do not look at its certificate");
  wait->add_flag("-q,--quiet", options.quiet, "say nothing when it is ready");
  wait->footer(
      "Asks four times a second; ready is any answer with a status below 500.\n"
      "Exit: 0 ready, 2 usage, 3 not ready in time.\nExamples:\n"
      "  assay wait-for http://127.0.0.1:8080\n"
      "  assay wait-for https://localhost:8443/.well-known/openid-configuration \\\n    --for 2m --ca-file ca.pem\n"
      "  assay wait-for http://127.0.0.1:8080 -q && assay check target.jsonc");

  auto* shells = app.add_subcommand("completions", "For your shell, or a man page");
  shells->add_option("shell", options.id, "bash, zsh, fish or man")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish", "man"}));
  shells->footer(
      "Examples:\n  assay completions bash > ~/.local/share/bash-completion/completions/assay\n"
      "  assay completions fish > ~/.config/fish/completions/assay.fish\n  assay completions man > assay.1");

  auto* help = app.add_subcommand("help", "All options of a command");
  help->add_option("command", options.id, "check, load, ...");

  // Not for other words: errors do not name options that are left out.
  const auto asks_for_help = [](std::string_view word) { return word == "--help" || word == "-h"; };
  if (!everything && std::ranges::any_of(given, asks_for_help)) {
    show_the_usual(*check, {"--race-trials", "--concurrency", "--seed", "--other-target", "--events", "--manual",
                            "--no-manual", "--sarif", "--badge", "--junit-per-check", "--scenarios", "--color"});
    show_the_usual(*load, {"--poisson",     "--constant",
                           "--warm-up",     "--drain",
                           "--measure",     "--pool",
                           "--window",      "--abort-on-fail",
                           "--connections", "--no-tls-resumption",
                           "--login",       "--workers",
                           "--seed",        "--junit",
                           "--sarif",       "--markdown",
                           "--badge",       "--junit-per-check",
                           "--scenarios",   "--color",
                           "--metrics",     "--hgrm",
                           "--events"});
    show_the_usual(*init, {"--registration-token-file", "--client-secret-file", "--password-file", "--authorize-param",
                           "--endpoint", "--trust", "--ca-file", "--service-scope", "--no-input", "--scenarios",
                           "--color", "--quiet", "--verbose"});
  }

  if (argc > 1 && argv[1][0] != '-' && std::ranges::find(kCommands, argv[1]) == kCommands.end()) {
    std::fprintf(stderr, "assay: there is no command \"%s\"; %s\n", assay::base::printable(argv[1], 60).c_str(),
                 assay::rules::suggestion(argv[1], kCommands).c_str());
    return assay::cli::kUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    std::string message = error.what();
    if (const auto hint = hint_for(app, message, argc, argv); !hint.empty()) message += "; " + hint;
    std::fprintf(stderr, "assay: %s\nassay --help lists the commands, assay COMMAND --help their options.\n",
                 message.c_str());
    return assay::cli::kUsage;
  }
  if (init->parsed()) return assay::cli::init(options);
  if (check->parsed()) return assay::cli::check(options);
  if (load->parsed()) return assay::cli::load(options);
  if (doctor->parsed()) return assay::cli::doctor(options);
  if (mock->parsed()) return assay::cli::mock(options);
  if (profiles->parsed()) return assay::cli::profiles(options);
  if (compare->parsed()) return assay::cli::compare(options);
  if (shells->parsed()) {
    std::fputs(assay::cli::completions(app.get_description(), commands_of(app), options.id).c_str(), stdout);
    return assay::cli::kPassed;
  }
  if (wait->parsed()) return assay::cli::wait_for(options);
  if (waive->parsed()) return assay::cli::waive(options);
  if (list->parsed()) return assay::cli::list(options);
  if (replay->parsed()) return assay::cli::replay(options);
  if (merge->parsed()) return assay::cli::report_merge(options);
  if (report->parsed()) {
    if (!options.record.empty()) return assay::cli::report(options);
    std::fputs("assay: assay report needs a run.json; assay report --help shows how\n", stderr);
    return assay::cli::kUsage;
  }
  return assay::cli::explain(options);
}

}  // namespace

int main(int argc, char** argv) {
  std::setlocale(LC_CTYPE, "");
  assay::cli::prepare_process();
  try {
    return assay::cli::flushed(run(argc, argv));
  } catch (const std::exception& error) {
    std::fprintf(stderr,
                 "assay: sorry, this is a mistake in Assay itself: %s\nPlease report it with the command you ran.\n",
                 error.what());
    return assay::cli::kInternal;
  }
}

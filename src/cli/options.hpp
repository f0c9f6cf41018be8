// What the command line says, as plain values. Only main.cpp knows how it was spelled.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace assay::cli {

// What `assay init` is told; words as written, read by init_wishes. [ROLE=] is "web" when left out.
struct InitOptions {
  std::string issuer, output, remove;
  bool force = false, no_register = false, no_login = false, no_input = false;
  std::string registration_token_env, registration_token_file;
  std::vector<std::string> client_ids, client_secret_envs, client_secret_files, client_auths,
      redirect_uris;                                              // [ROLE=]VALUE
  std::vector<std::string> users, password_envs, password_files;  // the n-th password is the n-th user's
  std::vector<std::string> endpoints, authorize_params;           // NAME=VALUE
  std::vector<std::string> trusted;                               // hosts or origins besides the issuer's
  std::string scope, service_scope, ca_file;
};

struct Options {
  std::string target;                // file; empty: the bundled mock in process
  std::string scenarios;             // folder; empty: the embedded ones
  std::string profile, preset;       // empty: see find_scope
  std::vector<std::string> only;     // globs
  std::vector<std::string> defects;  // of the bundled mock
  // Output files; empty: none.
  std::string json, junit, html, sarif, markdown, badge, events;
  bool junit_per_check = false;
  std::string baseline;          // a run.json to compare with
  bool other_target = false;     // compare although it is of another target
  std::string waivers;           // file
  std::string format = "human";  // human, plain, json, github
  std::string color = "auto";
  unsigned concurrency = 0;  // rules at a time; 0: by the target
  std::optional<std::uint64_t> seed;
  unsigned race_trials = 0;    // 0: as the rules say
  std::optional<bool> manual;  // logins by a person: asked for, or left out; nullopt: where somebody can see it
  bool slow = false, strict = false, quiet = false, verbose = false;

  // load
  std::string plan;  // name or file
  std::vector<std::string> stages, journeys, beside,
      objectives;                                // "100..400:30s", RULE[=WEIGHT], RULE=SHARE, as parse_objective says
  double rate = 0;                               // 0: as the plan says
  unsigned users = 0, workers = 0, pool = 0;     // 0: as the plan says
  std::string duration, warm_up, drain, window;  // durations; empty: as the plan says
  std::optional<bool> poisson;
  std::string measure, connections, load_login;  // empty: as the plan says
  bool abort_on_fail = false, no_tls_resumption = false, list_plans = false;

  std::vector<std::string> find_limit;  // objectives of the search
  std::string metrics;                  // address and port of the metrics endpoint; empty: none
  std::string hgrm;                     // output file

  // mock
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  std::string ready_file, login = "form", persona = "strict", certificate, private_key;
  std::string id_tokens = "es256";
  std::string access_tokens;  // empty: as the persona has them
  unsigned threads = 0;
  unsigned user_pool = 0;  // also of the mock that load starts
  bool list_defects = false, list_personas = false, control = false;

  // profiles, explain, replay
  std::string id;
  std::string record;  // replay, report: the run.json

  // report merge, compare
  std::vector<std::string> records;
  std::string before, after;
  std::vector<std::string> olds, news;  // further ones

  // wait-for: the URL is `id`, how long is `duration`
  bool any_certificate = false;
  std::string ca_file;

  // waive: rule#check is `id`
  std::string until, reason, owner, link;

  InitOptions init;
};

// Exit codes; run.json lists all that apply, the process ends with the first in the order of precedence: 130, 3, 1, 4, 5, 6, 8.
// What was broken is broken however slow the generator was.
enum Exit : int {
  kPassed = 0,
  kFailed = 1,           // at least one failure (or a warning with --strict)
  kUsage = 2,            // usage or configuration error; nothing was sent
  kBlocked = 3,          // target unreachable or not usable as configured, or nothing was proven
  kObjectiveMissed = 4,  // load: an objective of the plan
  kStaleWaiver = 5,      // a waiver whose check passes now
  kWorse = 6,            // compared with another run: new failures, or what was proven is proven no longer
  kNothingSelected = 7,  // the filter selected no rule
  kNotTrustworthy = 8,   // the load generator was the limit
  kInternal = 70,
  kInterrupted = 130,
};

int check(const Options& options);
int load(const Options& options);
int doctor(const Options& options);
int init(const Options& options);
int mock(const Options& options);
int list(const Options& options);
int replay(const Options& options);
int report(const Options& options);
int report_merge(const Options& options);
int compare(const Options& options);
int waive(const Options& options);
int wait_for(const Options& options);
int profiles(const Options& options);
int explain(const Options& options);

}  // namespace assay::cli

// What happened in one run: the source of every report and of run.json. Plain data; the engine and the load engine fill it,
// record/ writes and reads it, report/ shows it. Strings that came from or went to the server are raw here: redaction
// happens when a document is written (see redaction.hpp).
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "record/histogram.hpp"
#include "record/verdict.hpp"

namespace assay::record {

using WallTime = std::chrono::system_clock::time_point;

// What a JWT in a message says, without its signature.
struct Jwt {
  std::string label;           // as it is shown in the message: "‹access#2 812 chars›"; empty: it stands there itself
  bool of_request = false;     // else of the response
  std::string header, claims;  // JSON, redacted
};

struct Exchange {
  int id = 0;            // 1-based, unique in the run: "#3"
  std::string rule;      // id with case: "code/single-use", "redirect/exact-path#trailing-slash"; empty: preflight
  std::string step;      // the step's name or verb: "second", "authorize"
  std::string purpose;   // "token endpoint", "login form", "consent form", "metadata"
  std::string request;   // bytes sent (raw)
  std::string response;  // head and body received (raw, cut at 64 KiB)
  std::size_t response_size = 0;  // before the cut
  std::string outcome = "ok";     // net::Outcome as text
  std::string detail;             // why, for other outcomes
  int status = 0;
  WallTime started{};
  std::chrono::nanoseconds took{};
  bool reused_connection = false;
  std::vector<Jwt> jwts{};  // read from a record; of a run of ours they are in the messages (see jwts.hpp)
};

struct Check {
  std::string name;           // "second-use-denied"
  std::string clause;         // "rfc6749/4.1.2/reuse-denied"; empty for an observation
  std::string reference;      // "RFC 6749 section 4.1.2"
  std::string url;            // where to read the clause; may be empty
  std::string requirement;    // the clause in our words, or the question of an observation
  Level level = Level::must;  // after the profile's overrides
  Verdict verdict = Verdict::not_judged;
  std::string expected;  // "status 4xx, no access_token"
  std::string actual;    // "200 with access_token"
  std::string reason;    // for verdicts that need one: what blocked, which check it follows from
  std::string advice;
  std::vector<int> evidence;  // exchange ids, in order
};

// What the trials of a rule with a race came to.
struct Race {
  unsigned planned = 0;             // trials that there were to be
  unsigned trials = 0;              // that count: at least two copies got an answer that says something
  unsigned inconclusive = 0;        // the others
  unsigned violations = 0;          // trials in which a clause was broken
  std::string ended{};              // why there were no more: "all trials", "first violation", "time", ...
  std::vector<unsigned> copies{};   // the numbers of copies that were used
  bool one_winner = false;          // the rule allows one winner; only then the next three mean something
  unsigned double_mints = 0;        // trials in which different tokens were handed out
  unsigned identical = 0;           // in which the same tokens were handed out more than once
  unsigned denials = 0;             // in which nobody was left with a working token
  std::uint64_t requests = 0;       // copies sent
  std::uint64_t server_errors = 0;  // answers with status 5xx, but 502, 503 and 504
  std::uint64_t overloads = 0;      // answers with status 429, 502, 503 or 504
  std::uint64_t timeouts = 0;       // no answer in time
  std::uint64_t failures = 0;       // no connection, or a broken answer
  std::chrono::nanoseconds median_spread{}, max_spread{};  // between the first and the last release of a wave
  std::chrono::nanoseconds median_latency{};
};

// What an attacker gains where a rule is broken, as the rule says it.
struct Threat {
  std::string gain;                 // a word: "account-takeover"
  std::string how;                  // a sentence
  std::vector<std::string> checks;  // the checks that it is about
};

struct Rule {
  std::string id;         // "code/single-use"
  std::string case_name;  // "" or "trailing-slash"
  std::string title;
  std::string story;
  std::string path;                    // "scenarios/rules/code/single-use.jsonc"
  std::vector<std::string> clients{};  // roles that its steps use, those of the act first
  std::optional<Threat> threat{};      // none: nobody gains anything by its failure
  Verdict verdict = Verdict::not_judged;
  std::string reason;  // for blocked, not-applicable, inconclusive, not-judged: why and what to do
  std::vector<Check> checks;
  std::vector<int>
      exchanges;             // every one of the rule; of trials, those of the first and of the one that broke a clause
  std::optional<Race> race;  // of a rule with a race
  std::chrono::nanoseconds took{};
  bool flaky = false;  // passed only at the second attempt: the first got no answer, or it ran beside other rules

  std::string full_id() const { return case_name.empty() ? id : id + "#" + case_name; }
  std::string topic() const { return id.substr(0, id.find('/')); }
};

// One line of `assay doctor`, or of the preflight of `check`.
struct PreflightCheck {
  std::string name;                 // "token endpoint answers"
  Verdict verdict = Verdict::pass;  // pass, warn, blocked or not_applicable
  std::string seen;                 // what was found
  std::string hint;                 // what to change
  std::vector<int> evidence{};
  std::string problem{};       // what kind of problem it is, in a word of scenarios/products; empty: none of them
  std::string product_hint{};  // how to mend it, in the words of the product that the server seems to be
};

// Times of one step or of whole flows, in nanoseconds.
struct StepTimes {
  std::string name{};        // "token", "authorize"; "flow" for whole flows
  std::uint64_t done = 0;    // completed with a response
  std::uint64_t failed = 0;  // of those, unexpected; plus those without a response
  Histogram service{};       // from its own send to its complete answer
};

struct LoadSecond {  // one per second of the run
  std::uint64_t planned = 0, started = 0, done = 0, failed = 0;
  std::uint64_t violations = 0;
  std::uint64_t p50_ns = 0, p90_ns = 0, p99_ns = 0;  // of flows that ended in it
  std::uint64_t late_p99_ns = 0;                     // our own lateness, of flows that were due in it
  unsigned in_flight = 0;                            // the most flows at once
};

struct Doubt {
  std::string what;    // "p99.9 rests on 24 samples"
  std::string remedy;  // "run longer"
};

// What came of one check of a rule, over all its flows.
struct LoadCheck {
  std::string name{};
  std::uint64_t held = 0, broken = 0;
  std::uint64_t unknown = 0;  // inconclusive, or it followed from another
};

// A flow that broke something: the first ones of each kind.
struct LoadExample {
  std::string rule, check;
  std::chrono::nanoseconds at{};  // since the measurement began
  std::vector<int> evidence;      // exchange ids
};

// One of the rules that a plan runs.
struct LoadJourney {
  std::string rule{};   // id, with case
  double share = 0;     // of the planned flows; of a rule beside the journeys: of its own arrivals per planned flow
  bool beside = false;  // on top of the planned arrivals: a sampled check, a race
  std::uint64_t planned = 0, started = 0, done = 0, failed = 0, dropped = 0;
  std::uint64_t inconclusive = 0;   // of done: beside, a flow that says nothing about its checks
  Histogram response{}, service{};  // as of the whole plan
  std::vector<StepTimes> steps{};
  std::vector<LoadCheck> checks{};
  std::optional<Race> race{};  // of a rule with a race: what all its waves came to
};

// Something that holds for every answer of every flow, and not only for the rule that a flow runs.
struct Invariant {
  std::string id{};     // "load/token-unique"
  std::string check{};  // "never-issued-twice"
  std::string title{};  // what holds
  std::string clause{}, reference{};
  Level level = Level::must;
  std::uint64_t held = 0, broken = 0;
  std::string not_judged{};  // why nothing could be said; empty: it was judged
  std::string finding{};     // of the first time that it was broken, or a measured value, in words
  std::string advice{};
  std::vector<int> evidence{};  // exchanges of the first times that it was broken
  std::string waived{};         // "waived until ...": it counts for nothing; empty: it does
};

struct Objective {
  std::string text{};  // "p99(token) < 250ms"
  bool met = true;
  std::string actual{};               // "41 ms", "312 ms at 14 s"
  bool aborted = false;               // the run was ended because of it
  std::chrono::nanoseconds window{};  // judged in each window of this length; 0: over the whole run
  std::string waived{};               // missed, and known to be: "waived until ..."; empty: not waived
};

// Facts about the machine that made the load, for the verdict whether to believe it.
struct Generator {
  std::vector<double> worker_cpu{};  // of one core, 0 to 1, by worker, in the measured window
  double machine_steal = 0;          // share of the time in which the host took the processor away
  double machine_busy = 0;           // share of all processor time of this machine that was used, by anybody
  double others_busy = 0;            // of that, what processes other than this one used
  unsigned most_descriptors = 0, descriptor_limit = 0;
  unsigned most_ports = 0, port_range = 0;  // ephemeral ports to the target, in use or in TIME_WAIT
  std::uint64_t connections = 0;            // opened
};

// One step of the search for the highest rate that meets the objectives.
struct LimitPoint {
  double rate = 0, achieved = 0;  // flows per second
  bool met = false;
  std::string why{};  // not met: the objective that was missed
  std::uint64_t p50_ns = 0, p99_ns = 0, done = 0, failed = 0;
};

struct Limit {
  std::vector<LimitPoint> curve{};  // in the order in which they were tried
  double rate = 0;                  // the highest that met the objectives; 0: none did
  bool reached_generator = false;   // we were the limit, not the server
};

struct Load {
  unsigned parts = 1;    // runs that were merged into this one
  std::string plan;      // id of the plan; empty: from options alone
  std::string title;     // of the plan
  std::string journey;   // rule id; of a mix: the first
  std::string model;     // "open" or "closed"
  std::string arrivals;  // "constant" or "poisson" (open model)
  double rate = 0;       // flows per second asked for (open model); of stages: the mean
  unsigned users = 0;    // closed model: users; open model: the most that were busy at once
  unsigned workers = 0;  // threads
  std::chrono::nanoseconds planned_duration{}, measured_duration{}, warm_up{};
  std::uint64_t planned = 0;  // flows due
  std::uint64_t started = 0;
  std::uint64_t done = 0;      // flows that ran to their end, failed ones included
  std::uint64_t failed = 0;    // of those, with a step or check that did not hold
  std::uint64_t dropped = 0;   // due, but never started
  std::uint64_t cut_off = 0;   // started, but ended by us: planned = done + dropped + cut_off
  std::uint64_t requests = 0;  // HTTP exchanges that ended with an answer
  double cpu_seconds = 0;      // of this process during the measurement, all threads
  Histogram flow_response;     // from the planned start (open) or the start (closed) to the end
  Histogram flow_service;      // from the actual start to the end
  Histogram lateness;    // of our own pacing: when a flow was put to start, minus when it was due; open model only
  Histogram queue_wait;  // from there to its actual start: it waited for a user; open model only
  std::vector<StepTimes> steps;
  std::vector<LoadSecond> seconds;
  std::vector<LoadJourney> journeys;
  std::vector<Invariant> invariants;
  std::vector<Objective> objectives;
  std::optional<Limit> limit;  // of --find-limit
  Generator generator;
  std::map<std::string, std::uint64_t> errors;  // kind ("timed out", "status 503", "check second-use-denied") -> count
  std::map<std::string, std::uint64_t> violations;  // "rule#check" -> count
  std::vector<LoadExample> examples;                // of violations
  std::string trust = "valid";                      // "valid", "suspect" or "invalid": is the generator to be believed?
  std::vector<std::string> trust_reasons;
  std::vector<Doubt> doubts;
};

// What a team knowingly lacks, for a while: a check whose failure is shown as waived (see waivers.hpp).
struct Waiver {
  std::string rule;   // id; with case if only that one is meant
  std::string check;  // name
  std::string reason, owner, link;
  std::string until;               // the last day: "2027-01-31"
  std::string state{};             // "active", "ending", "expired", "stale" or "unused" (nothing was judged)
  int days_left = 0;               // on the day of the run; negative: it ended so many days ago
  std::vector<std::string> hides;  // what is shown as waived because of it: "code/single-use#second-use-denied"
  std::string file;
  int line = 0;
};

// One difference between two runs. The kinds are those of compare.hpp.
struct Change {
  std::string kind;
  std::string rule, case_name, check;  // no check: the rule as a whole
  std::string was, is;                 // verdicts; empty: not there
  std::string before, now;             // what the server did

  std::string name() const {
    return rule + (case_name.empty() ? "" : "#" + case_name) + (check.empty() ? "" : "#" + check);
  }
};

// What changed since an earlier run.
struct Since {
  WallTime started{};  // of the earlier run
  std::string tool_version, ruleset_hash;
  std::vector<Change> changes;
};

struct Run {
  std::string tool_version;
  std::string command;  // "check" or "load"
  std::string profile, profile_title, profile_frozen;
  std::string preset;                         // which part of the profile was run; empty: all of it
  std::string ruleset_hash;                   // of all rule, clause and profile files
  std::string target_name;                    // "the bundled mock", "staging"
  std::string target_file;                    // path as given; empty for the bundled mock
  std::map<std::string, int> target_lines{};  // where its parts stand in that file: "client.web" -> 12
  std::string issuer;                         // URL
  std::vector<std::string> clients;           // "web (client_secret_basic)"
  std::string login_driver;                   // "form"
  std::string product{};                      // what the server seems to be, "Keycloak"; empty: nothing that we know
  std::string product_because{};              // what it was recognised by
  std::vector<std::string> defects;           // of the bundled mock
  std::uint64_t seed = 0;
  std::chrono::nanoseconds clock_ahead{};  // the server's clock minus ours, by the Date of its answers
  unsigned slow_downs = 0;                 // answers that asked us to slow down: 429, or 503 with Retry-After
  std::chrono::nanoseconds slowed_down{};  // how long everybody paused because of them
  WallTime started{};
  std::chrono::nanoseconds took{};
  std::map<std::string, std::string> environment;  // os, cpus, ...
  std::map<std::string, bool> capabilities;        // "grant.refresh_token", "observed.refresh-rotation"
  std::vector<PreflightCheck> preflight;
  std::vector<Rule> rules;
  std::vector<Exchange> exchanges;
  std::optional<Load> load;
  std::vector<Waiver> waivers;
  std::optional<Since> since;
  Verdict verdict = Verdict::pass;  // of the whole run: the worst of its rules
  std::string result;               // "PASS", "FAIL", "BLOCKED", "INTERRUPTED"
  std::vector<int> exits;           // every exit code that applies; the first is the one that was used
  bool finished = true;             // false: written on the way, and nothing came after it
};

// How often something was broken under load: checks of the flows, and invariants.
std::uint64_t count_violations(const Load& load);

// Something that every server must keep was broken under load, and nobody waived it.
bool breaks_rules(const Load& load);
// An objective was missed that nobody waived.
bool misses_objectives(const Load& load);
// How many failed flows there may be is then a matter of an objective, and not of each of them.
bool tolerates_failures(const Load& load);

// Rules of each verdict; a rule with cases counts once, with its worst case.
std::map<Verdict, std::size_t> count_rules(const Run& run);

}  // namespace assay::record

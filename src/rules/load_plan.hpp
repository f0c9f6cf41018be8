// A load plan: which rules run as journeys and in which proportion, when flows arrive, what may be different beside them,
// and what has to be reached. Pure data; `load` runs it. Files are in scenarios/load/.
#pragma once
#include <chrono>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "rules/reader.hpp"

namespace assay::rules {

enum class LoadModel : std::uint8_t {
  open,   // flows arrive by a plan, whatever the server does
  closed  // users, each of them starts its next flow when the last one has ended
};

enum class ArrivalProcess : std::uint8_t {
  constant,  // evenly spaced
  poisson    // independent arrivals: exponential gaps, as real users come
};

// A part of the arrivals: the rate goes from `from` to `to` in a straight line; equal: a constant rate.
struct LoadStage {
  double from = 0, to = 0;  // flows per second
  std::chrono::nanoseconds duration{};
};

// A rule that is run as a flow.
struct LoadJourney {
  std::string rule;   // id, with case if it has some: "pkce/s256"
  double weight = 1;  // its share of the flows is weight / sum of all weights
  bool act_only =
      false;  // "measure": "act": the arrangements (logins, first tokens) are made ahead of time and not measured
  unsigned pool = 0;  // act_only: prepared flows that are kept in store, over all workers; 0: enough for a second
  bool keep =
      false;  // act_only: a prepared flow is used again and again (a live session whose refresh token is renewed)
};

// A rule that runs now and then among the journeys: replays of used codes, revoke and look, race waves.
struct LoadBeside {
  std::string rule;
  double share = 0;  // of all flows: 0.01 is one in a hundred; they come on top of the planned arrivals
};

// Something that must be reached, such as "p99(token) < 250ms".
struct LoadObjective {
  enum class Metric : std::uint8_t {
    percentile,  // of the times of `of`; limit in nanoseconds
    mean,        // of the times of `of`; limit in nanoseconds
    errors,      // failed / done; limit a fraction
    dropped,     // dropped / planned; limit a fraction
    violations,  // broken checks and invariants; limit a count
    rate,        // flows done per second
    lateness     // percentile of our own lateness; limit in nanoseconds
  };
  std::string text;  // as it was written
  Metric metric = Metric::percentile;
  double percentile = 0;  // 0 to 100, of percentile and lateness
  std::string of;         // a step's name ("token"), a journey's id, or empty: whole flows
  bool at_least = false;  // the value must be >= limit (only "rate"); otherwise it must be < limit
  double limit = 0;
  std::optional<std::chrono::nanoseconds> window;  // judged in each window of this length; nullopt: over the whole run
  bool abort = false;                              // ends the run when a window misses it
};

enum class ConnectionPolicy : std::uint8_t { keep_alive, per_flow, per_request };

struct LoadPlan {
  std::string id, title, story, path;
  LoadModel model = LoadModel::open;
  ArrivalProcess arrivals = ArrivalProcess::constant;
  std::vector<LoadStage> stages;        // open model, in order, without the warm-up
  unsigned users = 0;                   // closed model
  std::chrono::nanoseconds duration{};  // closed model; open model: the sum of the stages
  std::chrono::nanoseconds warm_up{};   // not measured, at the rate of the first stage
  std::chrono::nanoseconds drain{std::chrono::seconds(5)};
  std::vector<LoadJourney> journeys;
  std::vector<LoadBeside> beside;
  std::vector<LoadObjective> objectives;
  ConnectionPolicy connections = ConnectionPolicy::keep_alive;
  bool tls_resumption = true;
  bool fresh_login = false;  // every flow with an empty cookie jar (default in files); otherwise users stay logged in
};

struct Library;

inline constexpr double kMostRate = 1e6;                                   // flows per second
inline constexpr unsigned kMostLoadUsers = 20'000, kMostPool = 1'000'000;  // closed model; prepared flows

// Reads a plan file. All problems at once. Whether its rules exist is for load_library to say, which knows them.
std::expected<LoadPlan, base::Diagnostics> load_plan(const SourceFile& file);

// "p99(token) < 250ms", "p99.9 < 1s", "mean(flow) < 20ms", "errors < 0.1%", "dropped < 1%", "violations < 1", "rate >= 500",
// "lateness p99 < 1ms". Without a comparison sign that fits, or with an unknown word: what is wrong and how to write it.
std::expected<LoadObjective, std::string> parse_objective(std::string_view text);
// "0.01" or "1%": above 0, at most 1.
std::optional<double> parse_share(std::string_view text);

struct PlanProblem {
  std::string pointer, message, hint;  // pointer: JSON pointer in the plan's file
};
// What shows only beside the rules: rules that are not there or cannot be journeys, objectives of steps that nobody has.
std::vector<PlanProblem> check_load_plan(const LoadPlan& plan, const Library& library);
// Adds them to `problems`, with their places in the file.
void report_plan_problems(const SourceFile& file, std::span<const PlanProblem> found, base::Diagnostics& problems);

}  // namespace assay::rules

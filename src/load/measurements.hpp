// What one worker counts: every second by itself, handed over to the reporter when it is over. Nothing is counted twice, and
// nothing but what was handed over is shared while the run goes on.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/session.hpp"
#include "load/evidence.hpp"
#include "load/invariants.hpp"
#include "load/load_run.hpp"
#include "load/snapshot.hpp"
#include "record/run.hpp"

namespace assay::load {

class Politeness;  // politeness.hpp

using Nanoseconds = std::chrono::nanoseconds;

// The steps of all rules of a plan; those of the same name are one.
struct StepNames {
  explicit StepNames(std::span<const PlannedRule> rules);
  std::vector<std::string> names, rules;
  std::vector<std::vector<int>> by_slot;  // rule, slot -> index into names; -1: not a step of arrange or act
};

struct RuleMeasurements {
  RuleMeasurements() = default;
  explicit RuleMeasurements(const rules::Rule& rule);

  std::uint64_t planned = 0, started = 0, done = 0, failed = 0, dropped = 0, inconclusive = 0;
  record::Histogram response, service;
  std::vector<record::StepTimes> steps;  // by slot
  std::vector<record::LoadCheck> checks;
  std::optional<record::Race> race;

  void merge(const RuleMeasurements& other);
  void clear();
};

// Adds what the waves of one flow came to.
void add(record::Race& into, const record::Race& from);

// What happened at one worker in one second of the measurement.
struct Part {
  explicit Part(std::span<const PlannedRule> planned_rules);

  std::uint64_t second = 0;             // since the measurement began
  unsigned in_flight = 0;               // flows, the most
  std::vector<RuleMeasurements> rules;  // as they are planned
  record::Histogram lateness, queue_wait;
  std::uint64_t requests = 0, connections = 0;
  std::uint64_t violations_count = 0;  // with those of kinds beyond what `violations` can hold
  std::map<std::string, std::uint64_t> errors, violations;
  std::vector<Evidence> evidence;
  std::optional<InvariantCounts> invariants;  // since the run began

  // Another one's, into the same second or into a sum of seconds.
  void merge(const Part& other);
  void clear();
};

// Where a worker leaves its parts for the reporter, who gives them back empty: their memory is there already.
class Mailbox {
 public:
  std::optional<Part> put(Part&& part);  // a part to be filled again, if there is one
  std::vector<Part> take();
  void give_back(std::vector<Part>&& parts);

 private:
  std::mutex mutex_;
  std::vector<Part> parts_, empty_;
};

struct Measurements {
  explicit Measurements(std::span<const PlannedRule> rules);

  unsigned most_busy = 0;
  double cpu_seconds = 0;
  std::optional<Invariants> invariants;
  Politeness* politeness = nullptr;                        // is told every answer
  std::array<std::string, kWatchedCount> invariant_rules;  // ids; empty: nobody asked
  std::array<bool, kWatchedCount> counts_as_violation{};   // the others are told, and do no harm

  // An invariant is broken. `capture`: of the flow, as far as there is one.
  void broken(Watched watched, Nanoseconds since_start, bool measured, const Capture* capture);

  // The second that is running.
  Part& part() { return part_; }
  // Another second may have begun: hands over the one that is over.
  void tick(Nanoseconds since_start);
  void hand_over();

  // How many flows that broke a check of a rule are kept, and whether this one is.
  bool keeps(std::size_t rule, std::size_t check);

  Mailbox mailbox;

 private:
  std::span<const PlannedRule> planned_;
  Part part_;
  std::vector<std::vector<unsigned>> kept_;  // flows, by rule and check
  std::array<unsigned, kWatchedCount> kept_watched_{};
};

// Why a step failed, for the table of errors: "status 503", "timed_out", "login: no form that asks for a password".
std::string failure_kind(const engine::StepResult& result, rules::Verb verb);

// Watches the flows of one user.
class FlowWatch final : public engine::Observer {
 public:
  FlowWatch(Measurements& out, std::size_t rule, bool beside) : out_(out), rule_(rule), beside_(beside) {}

  // `measured`: false in the warm-up and while flows are prepared. `session` is the one that is watched.
  void begin(bool measured, const engine::Session& session);
  // A flow has ended: counts its checks, and keeps evidence of what it broke. Returns whether all held.
  bool end(engine::Session& session, Nanoseconds since_start);

  // Whether the server answered anything in this flow.
  bool answered() const { return answered_; }

  int on_exchange(const rules::Step* step, std::string_view purpose, std::string_view request,
                  const net::Answer& answer) override;
  int on_lasting_exchange(const rules::Step* step, std::string_view purpose, std::string_view request,
                          const net::Answer& answer) override;
  void on_step(const rules::Step& step, const engine::StepResult& result, bool failed) override;

 private:
  void count_exchange(const rules::Step* step, const net::Answer& answer);
  void count_step(const rules::Step& step, const engine::StepResult& result, bool failed);

  Measurements& out_;
  std::size_t rule_;
  bool beside_;
  bool measured_ = false, answered_ = false;
  Capture capture_;
  const engine::Session* session_ = nullptr;
  FlowState flow_;
};

}  // namespace assay::load

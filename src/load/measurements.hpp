// What one worker counts. Nothing here is shared while the run goes on, but the parts that a worker hands over once a second.
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

// What happened at one worker in one second of the measurement.
struct Part {
  std::uint64_t second = 0;   // since the measurement began
  std::uint64_t started = 0;  // flows
  unsigned in_flight = 0;     // the most
  Interval counts;            // without its times of day
  std::map<std::string, std::uint64_t> errors, violations;
};

// Where a worker leaves its parts for the reporter.
class Mailbox {
 public:
  void put(Part&& part);
  std::vector<Part> take();

 private:
  std::mutex mutex_;
  std::vector<Part> parts_;
};

// The steps of all rules of a plan; those of the same name are one.
struct StepNames {
  explicit StepNames(std::span<const PlannedRule> rules);
  std::vector<std::string> names, rules;
  std::vector<std::vector<int>> by_slot;  // rule, slot -> index into names; -1: not a step of arrange or act
};

struct RuleMeasurements {
  std::uint64_t planned = 0, started = 0, done = 0, failed = 0, dropped = 0, inconclusive = 0;
  record::Histogram response, service;
  std::vector<record::StepTimes> steps;  // by slot
  std::vector<record::LoadCheck> checks;
  std::optional<record::Race> race;

  void merge(const RuleMeasurements& other);
};

// Adds what the waves of one flow came to.
void add(record::Race& into, const record::Race& from);

struct Measurements {
  Measurements(std::span<const PlannedRule> rules, const StepNames& names);

  std::vector<RuleMeasurements> rules;
  record::Histogram lateness, queue_wait;
  std::uint64_t requests = 0, connections = 0;
  unsigned most_busy = 0;
  double cpu_seconds = 0;
  std::vector<Evidence> evidence;
  std::optional<Invariants> invariants;
  Politeness* politeness = nullptr;                        // is told every answer
  std::array<std::string, kWatchedCount> invariant_rules;  // ids; empty: nobody asked
  std::array<bool, kWatchedCount> counts_as_violation{};   // the others are told, and do no harm

  void merge(const Measurements& other);
  // An invariant is broken. `capture`: of the flow, as far as there is one.
  void broken(Watched watched, Nanoseconds since_start, bool measured, const Capture* capture);

  // The second that is running.
  Part& part() { return part_; }
  // Another second may have begun: hands over the one that is over.
  void tick(Nanoseconds since_start);
  void hand_over();

  Mailbox mailbox;
  const StepNames& names;

 private:
  void begin_part(std::uint64_t second);
  Part part_;
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
  void on_step(const rules::Step& step, const engine::StepResult& result, bool failed) override;

 private:
  Measurements& out_;
  std::size_t rule_;
  bool beside_;
  bool measured_ = false, answered_ = false;
  Capture capture_;
  const engine::Session* session_ = nullptr;
  FlowState flow_;
};

}  // namespace assay::load

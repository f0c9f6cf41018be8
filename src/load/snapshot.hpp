// What is known while a load run goes on: made about once a second by the reporter out of what the workers handed over; the
// live view, objectives with windows and the metrics endpoint read nothing else.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "record/histogram.hpp"

namespace assay::load {

// Times of one step (service time) or of the flows of one journey (response time).
struct NamedTimes {
  std::string name;  // "token" or "code/single-use"
  std::uint64_t done = 0, failed = 0;
  record::Histogram times;
};

// What happened since the previous snapshot; flows of the warm-up are not in it. Intervals add up to the whole run.
struct Interval {
  std::chrono::nanoseconds from{}, to{};  // since the measurement began
  std::uint64_t planned = 0, done = 0, failed = 0, dropped = 0, requests = 0;
  std::uint64_t violations = 0;          // broken checks and invariants
  record::Histogram response, lateness;  // as in record::Load
  std::vector<NamedTimes> steps;         // steps of the same name in different journeys are one
  std::vector<NamedTimes> journeys;      // those beside, too

  void merge(const Interval& later);  // afterwards it reaches from the earlier `from` to the later `to`
};

struct Snapshot {
  std::chrono::nanoseconds elapsed{};  // since the start, warm-up included
  std::chrono::nanoseconds whole{};    // how long it will take: warm-up and plan, without the drain
  bool warming_up = false, draining = false;
  // Since the start, warm-up included.
  std::uint64_t planned = 0, started = 0, done = 0, failed = 0, dropped = 0, requests = 0;
  std::uint64_t late = 0;      // put to start more than 10 ms after they were due
  unsigned in_flight = 0;      // flows under way now
  std::uint64_t waiting = 0;   // flows that are due and wait for a user
  std::uint64_t sessions = 0;  // prepared flows in store ("measure": "act")
  double busy = 0;             // processor time of the busiest worker in the last second, of one core
  std::map<std::string, std::uint64_t> errors, violations;  // as in record::Load, of the measured flows
  Interval last;                                            // since the previous snapshot
};

}  // namespace assay::load

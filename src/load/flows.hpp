// Runs flows at one worker, one from its start to its end at a time, and counts what came of each.
#pragma once
#include "load/worker_state.hpp"

namespace assay::load {

struct FlowEnd {
  bool answered = false;  // the server answered something
  Clock::time_point at{};
};

class Flows {
 public:
  explicit Flows(WorkerState& state) : state_(state) {}

  // One more is due.
  void count_planned(std::size_t rule, Clock::time_point planned, Clock::time_point now);
  // It could not be started.
  void drop(std::size_t rule, const Arrival& arrival);
  net::awaitable<FlowEnd> run(std::size_t rule, User& user, Arrival arrival, Clock::time_point started);
  // What comes before: false when the arrangements did not work. Not measured.
  net::awaitable<bool> prepare(std::size_t rule, User& user);

 private:
  void take_identity(std::size_t rule, User& user);
  FlowEnd finish(std::size_t rule, User& user, const Arrival& arrival, Clock::time_point started);

  WorkerState& state_;
};

}  // namespace assay::load

// Prepares flows ahead of time: fills the pools before the arrivals begin, and again while they come.
#pragma once
#include <functional>

#include "load/flows.hpp"
#include "load/request_pace.hpp"

namespace assay::load {

class Preparation {
 public:
  // `serve`: runs a prepared flow that somebody waits for, and what waits after it.
  Preparation(WorkerState& state, Flows& flows, std::function<net::awaitable<void>(std::size_t, User&, Arrival)> serve);

  // Begins what is missing in a pool.
  void fill(std::size_t rule);
  // Whether all pools are full; begins what is missing. `trouble` is set when it is not worth waiting any longer.
  bool ready(std::string& trouble);
  // The arrivals begin.
  void begin_run();

 private:
  net::awaitable<void> prepare(std::size_t rule, User& user);
  bool paced(const Pool& pool) const { return !state_.started || pool.keep(); }

  WorkerState& state_;
  Flows& flows_;
  std::function<net::awaitable<void>(std::size_t, User&, Arrival)> serve_;
  RequestPace pace_;
  Clock::time_point last_moment_;
};

}  // namespace assay::load

// What the parts of one worker share: the moments of the run, its pools, how far it is. Internal to the worker.
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/deferred.hpp>

#include "load/pool.hpp"

namespace assay::load {

using Clock = std::chrono::steady_clock;
using Timer = boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>, net::Executor>;
inline constexpr auto kToken = boost::asio::as_tuple(boost::asio::deferred);
inline constexpr auto kLongestBackOff = std::chrono::seconds(1);  // where the server does not answer

struct WorkerState {
  WorkerState(const WorkerTask& the_task, net::ClientContext& the_context, Counters& the_counters,
              Measurements& the_out)
      : task(the_task), context(the_context), counters(the_counters), out(the_out), next_user(the_task.index) {
    for (std::size_t i = 0; i < task.rules.size(); ++i) pools.emplace_back(UserParts{task, context, time, out}, i);
  }

  // Nothing begins any more; what is under way has until the end of the drain, unless it is to be cut off.
  bool stopping() const { return task.stop.load(std::memory_order_relaxed); }
  bool cutting() const { return task.options.cut && task.options.cut->load(std::memory_order_relaxed); }
  bool open() const { return task.plan.model == rules::LoadModel::open; }
  Nanoseconds since_start(Clock::time_point now) const { return now - measure_from; }

  const WorkerTask& task;
  net::ClientContext& context;
  Counters& counters;
  Measurements& out;
  net::RealTime time;
  std::deque<Pool> pools;  // by rule
  Clock::time_point start{}, measure_from{}, end{};
  std::uint64_t next_user;   // of the target, whose turn it is
  unsigned active = 0;       // flows under way
  bool started = false;      // the arrivals have begun
  bool pacing_over = false;  // no arrival is to come any more
  bool cut_off = false;      // it is over; whatever ends now was ended by us
};

}  // namespace assay::load

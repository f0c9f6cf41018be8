#include "load/worker.hpp"

#include <sys/resource.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <vector>

namespace assay::load {
namespace {

using Clock = std::chrono::steady_clock;
using Timer = boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>, net::Executor>;
constexpr auto kToken = boost::asio::as_tuple(boost::asio::use_awaitable_t<net::Executor>());

double thread_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class User {
 public:
  User(const WorkerTask& task, net::ClientContext& context, net::Timekeeper& time, engine::Observer& observer)
      : client(context), session(task.program, task.oracle, client, time, observer, {.control = false}) {
    session.lacking = task.lacking;
  }
  net::Client client;
  engine::Session session;
};

class Worker {
 public:
  Worker(const WorkerTask& task, net::ClientContext& context, Counters& counters, Measurements& out)
      : task_(task), context_(context), counters_(counters), out_(out), timer_(out), pace_timer_(context.io()),
        measure_from_(task.start + task.options.warm_up), end_(measure_from_ + task.options.duration) {}

  void run() {
    auto& io = context_.io();
    boost::asio::co_spawn(io, watch(), boost::asio::detached);
    if (task_.options.rate > 0) {
      boost::asio::co_spawn(io, pace(), boost::asio::detached);
    } else {
      for (unsigned i = 0; i < task_.users; ++i) {
        users_.push_back(std::make_unique<User>(task_, context_, time_, timer_));
        ++active_;
        boost::asio::co_spawn(io, loop(*users_.back()), boost::asio::detached);
      }
    }
    io.run();
    out_.cpu_seconds = measured_cpu_;
    if (cpu_open_) out_.cpu_seconds = thread_cpu_seconds() - cpu_at_start_;
  }

 private:
  bool stopping() const { return task_.stop.load(std::memory_order_relaxed); }

  // Opens and closes the measured window for CPU time, and ends the run when it has to end.
  net::awaitable<void> watch() {
    Timer timer(context_.io());
    for (auto now = Clock::now(); now < measure_from_ && !stopping(); now = Clock::now()) {
      timer.expires_at(std::min(measure_from_, now + std::chrono::milliseconds(50)));
      co_await timer.async_wait(kToken);
    }
    cpu_at_start_ = thread_cpu_seconds();
    cpu_open_ = true;
    const auto last = end_ + task_.options.drain;
    for (auto now = Clock::now(); now < last && !finished_ && !stopping(); now = Clock::now()) {
      if (now >= end_ && cpu_open_) close_cpu();
      timer.expires_at(std::min(now < end_ ? end_ : last, now + std::chrono::milliseconds(50)));
      co_await timer.async_wait(kToken);
    }
    if (cpu_open_) close_cpu();
    cut_off_ = !finished_;
    out_.dropped += backlog_.size();
    backlog_.clear();
    pace_timer_.cancel();
    context_.stop();
  }

  void close_cpu() {
    measured_cpu_ = thread_cpu_seconds() - cpu_at_start_;
    cpu_open_ = false;
  }

  void one_less() {
    if (--active_ == 0 && pacing_over_) finished_ = true;
  }

  // Closed model: one user, flow after flow.
  net::awaitable<void> loop(User& user) {
    pacing_over_ = true;
    Timer timer(context_.io());
    timer.expires_at(task_.start);
    co_await timer.async_wait(kToken);
    while (!stopping() && Clock::now() < end_) {
      const auto now = Clock::now();
      count_planned(now);
      co_await flow(user, now, now);
    }
    one_less();
  }

  // Open model: starts what is due, whatever the server does.
  net::awaitable<void> pace() {
    const auto& options = task_.options;
    ArrivalPlan plan(options.rate, options.warm_up + options.duration, task_.index, task_.workers);
    for (auto due = plan.next(); due && !stopping(); due = plan.next()) {
      const auto planned = task_.start + *due;
      if (planned > Clock::now()) {
        pace_timer_.expires_at(planned);
        co_await pace_timer_.async_wait(kToken);
        if (stopping()) break;
      }
      plan.advance();
      count_planned(planned);
      start_or_queue(planned);
    }
    pacing_over_ = true;
    if (active_ == 0) finished_ = true;
  }

  void count_planned(Clock::time_point planned) {
    counters_.planned.fetch_add(1, std::memory_order_relaxed);
    if (planned < measure_from_) return;
    ++out_.planned;
    ++out_.second(planned - measure_from_).planned;
  }

  void start_or_queue(Clock::time_point planned) {
    if (idle_.empty() && users_.size() >= task_.users) {
      backlog_.push_back(planned);  // no user is free: it waits, and the wait counts
      return;
    }
    if (idle_.empty()) {
      users_.push_back(std::make_unique<User>(task_, context_, time_, timer_));
      idle_.push_back(users_.back().get());
    }
    User* user = idle_.back();
    idle_.pop_back();
    ++active_;
    boost::asio::co_spawn(context_.io(), serve(*user, planned), boost::asio::detached);
  }

  net::awaitable<void> serve(User& user, Clock::time_point planned) {
    for (;;) {
      co_await flow(user, planned, Clock::now());
      if (backlog_.empty() || stopping()) break;
      planned = backlog_.front();
      backlog_.pop_front();
    }
    idle_.push_back(&user);
    one_less();
  }

  net::awaitable<void> flow(User& user, Clock::time_point planned, Clock::time_point started) {
    const bool measured = planned >= measure_from_;
    timer_.measuring = measured;
    counters_.started.fetch_add(1, std::memory_order_relaxed);
    if (measured) {
      ++out_.started;
      ++out_.second(started - measure_from_).started;
      if (task_.options.rate > 0) out_.lateness.record(static_cast<std::uint64_t>((started - planned).count()));
      out_.most_busy = std::max(out_.most_busy, active_);
    }
    co_await user.session.run();
    if (cut_off_) co_return;  // ended by us, not by the server: it says nothing
    const auto now = Clock::now();
    const bool held = user.session.all_held();
    counters_.done.fetch_add(1, std::memory_order_relaxed);
    if (!held) counters_.failed.fetch_add(1, std::memory_order_relaxed);
    if (!measured) co_return;
    ++out_.done;
    out_.flow_response.record(static_cast<std::uint64_t>((now - planned).count()));
    out_.flow_service.record(static_cast<std::uint64_t>((now - started).count()));
    auto& second = out_.second(now - measure_from_);
    ++second.done;
    second.times.record(static_cast<std::uint64_t>((now - planned).count()));
    if (held) co_return;
    ++out_.failed;
    ++second.failed;
    count_failure(out_, user.session);
  }

  const WorkerTask& task_;
  net::ClientContext& context_;
  Counters& counters_;
  Measurements& out_;
  StepTimer timer_;
  Timer pace_timer_;
  net::RealTime time_;
  Clock::time_point measure_from_, end_;
  std::vector<std::unique_ptr<User>> users_;
  std::vector<User*> idle_;
  std::deque<Clock::time_point> backlog_;
  unsigned active_ = 0;
  bool pacing_over_ = false, finished_ = false, cut_off_ = false, cpu_open_ = false;
  double cpu_at_start_ = 0, measured_cpu_ = 0;
};

}  // namespace

std::expected<void, base::Failure> run_worker(const WorkerTask& task, Counters& counters, Measurements& out) {
  boost::asio::io_context io(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO);  // one thread: no locks in the reactor
  auto context = net::ClientContext::create(io, task.options.client);
  if (!context) return std::unexpected(context.error());
  Worker worker(task, **context, counters, out);
  worker.run();
  return {};
}

}  // namespace assay::load

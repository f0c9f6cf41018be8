#include "load/worker.hpp"

#include <sys/resource.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "load/arrival_plan.hpp"
#include "load/documents.hpp"
#include "load/mix.hpp"
#include "load/preparation.hpp"

namespace assay::load {
namespace {

using namespace std::chrono_literals;
constexpr auto kLate = 10ms;        // from then on a flow counts as started late
constexpr auto kTimerSlack = 10ms;  // where no arrival is timed

double thread_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class Worker {
 public:
  Worker(const WorkerTask& task, net::ClientContext& context, Counters& counters, Measurements& out)
      : task_(task), context_(context), counters_(counters), out_(out), state_(task, context, counters, out),
        flows_(state_),
        preparation_(state_, flows_,
                     [this](std::size_t rule, User& user, Arrival arrival) { return serve(rule, user, arrival); }),
        pace_timer_(context.io()), mix_(task.plan, task.index, task.workers),
        documents_(context, task.programs.front().target(), task.options.documents_every,
                   [this](bool keys, std::string_view body) { take_document(keys, body); }) {}

  std::expected<void, base::Failure> run() {
    boost::asio::co_spawn(context_.io(), conduct(), boost::asio::detached);
    context_.io().run();
    out_.hand_over();
    if (!failure_.empty()) return std::unexpected(base::Failure{base::FailureCode::internal, failure_, ""});
    return {};
  }

 private:
  // The run from its beginning to its end.
  net::awaitable<void> conduct() {
    if (co_await prepared()) {
      counters_.prepared = true;
      const auto start = co_await start_known();
      if (start) co_await measure(*start);
    }
    state_.cut_off = true;
    for (auto& pool : state_.pools) pool.waiting.clear();
    pace_timer_.cancel();
    state_.time.interrupt();
    documents_.stop();
    context_.stop();
  }

  net::awaitable<bool> prepared() {
    Timer timer(context_.io());
    for (;;) {
      const bool ready = preparation_.ready(failure_);
      if (!failure_.empty()) {
        counters_.prepared = true;
        co_return false;
      }
      count_sessions();
      if (ready) co_return true;
      if (state_.stopping()) co_return false;
      timer.expires_after(2ms);
      co_await timer.async_wait(kToken);
    }
  }

  net::awaitable<std::optional<Clock::time_point>> start_known() {
    Timer timer(context_.io());
    while (!state_.stopping()) {
      if (const auto start = task_.start.get()) co_return start;
      timer.expires_after(1ms);
      co_await timer.async_wait(kToken);
    }
    co_return std::nullopt;
  }

  net::awaitable<void> measure(Clock::time_point start) {
    auto& io = context_.io();
    state_.start = start;
    state_.measure_from = start + task_.plan.warm_up;
    state_.end = state_.measure_from + total_duration(task_.plan);
    preparation_.begin_run();
    if (state_.open()) {
      boost::asio::co_spawn(io, pace(), boost::asio::detached);
    } else {
      state_.pacing_over = true;
      for (unsigned i = 0; i < task_.users; ++i) {
        ++state_.active;
        boost::asio::co_spawn(io, loop(start + begins_after(i)), boost::asio::detached);
      }
    }
    // One copy of each at a time is enough, whoever else is at work.
    if (task_.index == 0 && out_.invariants && task_.options.documents_every.count() > 0)
      boost::asio::co_spawn(io, documents_.run(), boost::asio::detached);
    Timer timer(io);
    double cpu_then = thread_cpu_seconds(), cpu_zero = cpu_then, cpu_end = -1;
    auto busy_at = Clock::now();
    bool measuring = false;
    auto& end = state_.end;
    auto last = end + task_.plan.drain;
    bool stopped = false;
    for (auto now = Clock::now(); now < last && !finished_ && !state_.cutting(); now = Clock::now()) {
      if (state_.stopping() && !stopped) {
        stopped = true;
        end = std::min(end, now);
        last = std::min(last, now + task_.plan.drain);
        pace_timer_.cancel();
        if (state_.active == 0) finished_ = true;
        continue;
      }
      if (!measuring && now >= state_.measure_from) {
        measuring = true;
        cpu_zero = thread_cpu_seconds();
      }
      if (now >= end && cpu_end < 0) cpu_end = thread_cpu_seconds();
      if (now - busy_at >= 1s) {
        const double cpu = thread_cpu_seconds();
        counters_.busy = (cpu - cpu_then) / std::chrono::duration<double>(now - busy_at).count();
        cpu_then = cpu;
        busy_at = now;
        if (measuring) counters_.cpu_seconds = (cpu_end < 0 ? cpu : cpu_end) - cpu_zero;
        counters_.most_busy = out_.most_busy;
      }
      if (measuring) out_.tick(state_.since_start(now));
      count_sessions();
      const auto next = now < state_.measure_from ? state_.measure_from : now < end ? end : last;
      timer.expires_at(std::min(next, now + 50ms));
      co_await timer.async_wait(kToken);
    }
    if (measuring) out_.cpu_seconds = (cpu_end < 0 ? thread_cpu_seconds() : cpu_end) - cpu_zero;
    for (std::size_t i = 0; i < state_.pools.size(); ++i)
      for (const auto& arrival : state_.pools[i].waiting) flows_.drop(i, arrival);
  }

  void take_document(bool keys, std::string_view body) {
    std::vector<Watched> broken;
    out_.invariants->on_document(keys, body, broken);
    const auto now = Clock::now();
    for (const auto watched : broken)
      out_.broken(watched, state_.since_start(now), now >= state_.measure_from, nullptr);
  }

  void count_sessions() {
    std::uint64_t sessions = 0, waiting = 0;
    for (const auto& pool : state_.pools) {
      sessions += pool.prepared();
      waiting += pool.waiting.size();
    }
    counters_.sessions.store(sessions, std::memory_order_relaxed);
    counters_.waiting.store(waiting, std::memory_order_relaxed);
    counters_.in_flight.store(state_.active, std::memory_order_relaxed);
  }

  void one_less() {
    if (--state_.active > 0 || !state_.pacing_over) return;
    for (const auto& pool : state_.pools)
      if (!pool.waiting.empty() && !state_.stopping()) return;
    finished_ = true;
  }

  bool may_have_another_user() const {
    std::size_t users = 0;
    for (const auto& pool : state_.pools) users += pool.size();
    return users < task_.users;
  }

  // Closed model: the users begin one after another. All at once, they would have all their TLS handshakes at the same time,
  // which takes twice the memory of the connections themselves.
  Nanoseconds begins_after(unsigned user) const {
    const auto& plan = task_.plan;
    const Nanoseconds longest = plan.warm_up > 0ns ? plan.warm_up : plan.duration / 20;
    const Nanoseconds all = std::min<Nanoseconds>({250ms, plan.users * 1ms, longest});
    return all * (user * task_.workers + task_.index) / std::max(1u, plan.users);
  }

  // One user, flow after flow.
  net::awaitable<void> loop(Clock::time_point begin) {
    Timer timer(context_.io());
    timer.expires_at(begin);
    co_await timer.async_wait(kToken);
    auto back_off = 10ms;
    auto now = Clock::now();
    while (!state_.stopping() && now < state_.end) {
      if (task_.pausing()) {
        co_await state_.time.wait(50ms);
        if (state_.cut_off) co_return;
        now = Clock::now();
        continue;
      }
      const auto rule = mix_.next();
      auto& pool = state_.pools[rule];
      User& user = *pool.take(false, true);
      FlowEnd end{.answered = true, .at = now};
      if (pool.act_only() && !user.prepared) {
        end.answered = co_await flows_.prepare(rule, user);
        end.at = now = Clock::now();
      }
      if (end.answered && !state_.cut_off) {
        flows_.count_planned(rule, now, now);
        end = co_await flows_.run(rule, user, {now, now}, now);
        if (!state_.cut_off) start_beside({now, now});
      }
      if (state_.cut_off) co_return;
      give_back(rule, user);
      now = end.at;  // where one flow ends, the next one begins
      if (end.answered) {
        back_off = 10ms;
        continue;
      }
      // Nobody answers: asking again at once would only burn processor time.
      timer.expires_after(std::min<Clock::duration>(back_off, kLongestBackOff));
      co_await timer.async_wait(kToken);
      back_off = std::min<std::chrono::milliseconds>(back_off * 2, kLongestBackOff);
      now = Clock::now();
    }
    one_less();
  }

  // Open model: starts what is due, whatever the server does.
  net::awaitable<void> pace() {
    const auto stages = with_warm_up(task_.plan);
    ArrivalPlan plan(stages, task_.plan.arrivals, task_.index, task_.workers, task_.options.seed);
    for (auto due = plan.next(); due && !state_.stopping(); due = plan.next()) {
      const auto planned = state_.start + *due;
      if (planned > Clock::now()) {
        pace_timer_.expires_at(planned);
        co_await pace_timer_.async_wait(kToken);
        if (state_.stopping() || state_.cut_off) break;
      }
      plan.advance();
      const Arrival arrival{planned, Clock::now()};
      const auto rule = mix_.next();
      flows_.count_planned(rule, planned, arrival.handled);
      if (arrival.handled - planned > kLate) counters_.late.fetch_add(1, std::memory_order_relaxed);
      if (planned >= state_.measure_from) {
        const auto late = static_cast<std::uint64_t>((arrival.handled - planned).count());
        out_.part().lateness.record(late);
      }
      if (task_.pausing()) {
        flows_.drop(rule, arrival);
        task_.politeness->hold_back();
        continue;
      }
      start_or_queue(rule, arrival);
      start_beside(arrival);
    }
    state_.pacing_over = true;
    ++state_.active;
    one_less();
  }

  void start_beside(const Arrival& arrival) {
    const auto journeys = task_.plan.journeys.size();
    for (std::size_t i = 0; i < task_.plan.beside.size(); ++i)
      for (unsigned count = mix_.beside(i); count > 0; --count) {
        flows_.count_planned(journeys + i, arrival.planned, arrival.handled);
        start_or_queue(journeys + i, arrival);
      }
  }

  void start_or_queue(std::size_t rule, const Arrival& arrival) {
    auto& pool = state_.pools[rule];
    if (User* user = pool.take(pool.act_only(), pool.size() == 0 || may_have_another_user())) {
      ++state_.active;
      boost::asio::co_spawn(context_.io(), serve(rule, *user, arrival), boost::asio::detached);
      return;
    }
    pool.waiting.push_back(arrival);  // nobody is free: it waits, and the wait counts
    if (pool.act_only()) preparation_.fill(rule);
  }

  net::awaitable<void> serve(std::size_t rule, User& user, Arrival arrival) {
    auto& pool = state_.pools[rule];
    for (;;) {
      co_await flows_.run(rule, user, arrival, Clock::now());
      if (state_.cut_off) co_return;
      // Where nothing is prepared for it, whoever is prepared next takes what waits.
      if (state_.stopping() || task_.pausing() || (pool.act_only() && !user.prepared)) break;
      const auto next = pool.next_waiting();
      if (!next) break;
      arrival = *next;
    }
    give_back(rule, user);
    one_less();
  }

  // A user is done with a flow.
  void give_back(std::size_t rule, User& user) {
    auto& pool = state_.pools[rule];
    pool.give_back(user);
    if (pool.act_only() && !user.prepared && state_.open()) preparation_.fill(rule);
  }

  const WorkerTask& task_;
  net::ClientContext& context_;
  Counters& counters_;
  Measurements& out_;
  WorkerState state_;
  Flows flows_;
  Preparation preparation_;
  Timer pace_timer_;
  Mix mix_;
  DocumentWatch documents_;
  bool finished_ = false;
  std::string failure_;
};

}  // namespace

std::expected<void, base::Failure> run_worker(const WorkerTask& task, Counters& counters, Measurements& out) {
  boost::asio::io_context io(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO);  // one thread: no locks in the reactor
  net::ClientOptions client = task.options.client;
  if (task.plan.model == rules::LoadModel::closed) client.timer_slack = kTimerSlack;
  auto context = net::ClientContext::create(io, client);
  if (!context) {
    counters.prepared = true;
    return std::unexpected(context.error());
  }
  Worker worker(task, **context, counters, out);
  return worker.run();
}

}  // namespace assay::load

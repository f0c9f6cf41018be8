#include "load/worker.hpp"

#include <sys/resource.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <vector>

#include "load/arrival_plan.hpp"
#include "load/documents.hpp"
#include "load/mix.hpp"

namespace assay::load {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Timer = boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>, net::Executor>;
constexpr auto kToken = boost::asio::as_tuple(boost::asio::use_awaitable_t<net::Executor>());
constexpr auto kLate = 10ms;             // from then on a flow counts as started late
constexpr unsigned kMostPreparing = 16;  // flows that a worker prepares at the same time
constexpr unsigned kMostFailures = 20;   // preparations in a row that may fail before the start
constexpr auto kLongestBackOff = 1s;     // of a closed model's user whose server does not answer

double thread_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Closes the connections after every exchange, as clients without keep-alive do.
class OneRequestAConnection final : public net::Transport {
 public:
  explicit OneRequestAConnection(net::Client& client) : client_(client) {}
  net::awaitable<void> exchange(const net::Origin& origin, std::string_view request, net::Answer& answer) override {
    co_await client_.exchange(origin, request, answer);
    client_.close_connections();
  }
  net::awaitable<void> wave(const net::Origin& origin, std::span<const std::string> requests, const net::WavePlan& plan,
                            std::span<net::Answer> answers, net::WaveTiming& timing) override {
    return client_.wave(origin, requests, plan, answers, timing);
  }
  void close_connections() override { client_.close_connections(); }

 private:
  net::Client& client_;
};

struct User {
  User(const WorkerTask& task, std::size_t rule, bool beside, engine::SessionOptions options,
       net::ClientContext& context, net::Timekeeper& time, Measurements& out)
      : client(context), closing(client), watch(out, rule, beside),
        session(task.programs[rule], task.oracle,
                task.plan.connections == rules::ConnectionPolicy::per_request ? static_cast<net::Transport&>(closing)
                                                                              : client,
                time, watch, options) {
    session.lacking = task.rules[rule].lacking;
  }
  net::Client client;
  OneRequestAConnection closing;
  FlowWatch watch;
  engine::Session session;
  bool prepared = false;  // its arrangements are made
  bool taken = false;     // it knows which of the target's users it is
};

struct Arrival {
  Clock::time_point planned, handled;
};

// The flows of one rule at this worker.
struct Pool {
  bool beside = false;
  bool act_only = false, keep = false;
  unsigned wanted = 0;  // act_only: prepared flows in store
  std::vector<std::unique_ptr<User>> users;
  std::vector<User*> idle;      // to be used from the beginning
  std::deque<User*> ready;      // act_only: prepared, the oldest first
  std::deque<Arrival> waiting;  // due, but nobody is free or ready
  unsigned preparing = 0, failures = 0;
  std::string trouble;  // why the last preparation failed
};

class Worker {
 public:
  Worker(const WorkerTask& task, net::ClientContext& context, Counters& counters, Measurements& out)
      : task_(task), context_(context), counters_(counters), out_(out), pace_timer_(context.io()),
        mix_(task.plan, task.index, task.workers), pools_(task.rules.size()),
        documents_(context, task.programs.front().target(), task.options.documents_every,
                   [this](bool keys, std::string_view body) { take_document(keys, body); }),
        next_user_(task.index) {
    for (std::size_t i = 0; i < pools_.size(); ++i) {
      auto& pool = pools_[i];
      pool.beside = i >= task.plan.journeys.size();
      if (pool.beside) continue;
      const auto& journey = task.plan.journeys[i];
      pool.act_only = journey.act_only;
      pool.keep = journey.keep;
      if (!pool.act_only) continue;
      const unsigned stored = journey.pool > 0 ? journey.pool : default_pool(journey);
      pool.wanted = std::max(1u, stored / task.workers + (task.index < stored % task.workers ? 1 : 0));
    }
  }

  std::expected<void, base::Failure> run() {
    boost::asio::co_spawn(context_.io(), conduct(), boost::asio::detached);
    context_.io().run();
    out_.hand_over();
    if (!failure_.empty()) return std::unexpected(base::Failure{base::FailureCode::internal, failure_, ""});
    return {};
  }

 private:
  // Nothing begins any more; what is under way has until the end of the drain, unless it is to be cut off.
  bool stopping() const { return task_.stop.load(std::memory_order_relaxed); }
  bool cutting() const { return task_.options.cut && task_.options.cut->load(std::memory_order_relaxed); }
  bool open() const { return task_.plan.model == rules::LoadModel::open; }
  Nanoseconds since_start(Clock::time_point now) const { return now - measure_from_; }

  // What a second needs, by the plan; of the closed model a flow for every user.
  unsigned default_pool(const rules::LoadJourney& journey) const {
    if (!open()) return task_.plan.users;
    double sum = 0, most = 0;
    for (const auto& one : task_.plan.journeys) sum += one.weight;
    for (const auto& stage : task_.plan.stages) most = std::max({most, stage.from, stage.to});
    return static_cast<unsigned>(std::min(1e6, most * journey.weight / sum + 1));
  }

  // The run from its beginning to its end.
  net::awaitable<void> conduct() {
    if (co_await prepared()) {
      counters_.prepared = true;
      const auto start = co_await start_known();
      if (start) co_await measure(*start);
    }
    cut_off_ = true;
    for (auto& pool : pools_) pool.waiting.clear();
    pace_timer_.cancel();
    time_.interrupt();
    documents_.stop();
    context_.stop();
  }

  net::awaitable<bool> prepared() {
    const auto patience = Clock::now() + task_.options.preparation;
    Timer timer(context_.io());
    for (;;) {
      bool ready = true;
      for (std::size_t i = 0; i < pools_.size(); ++i) {
        auto& pool = pools_[i];
        if (!pool.act_only || pool.ready.size() >= pool.wanted) continue;
        ready = false;
        fill(i);
        if (pool.failures < kMostFailures && Clock::now() < patience) continue;
        failure_ = "prepare flows of " + task_.rules[i].rule->full_id() + ": " + std::to_string(pool.ready.size()) +
                   " of " + std::to_string(pool.wanted) + " are ready" +
                   (pool.trouble.empty() ? "" : "; " + pool.trouble);
        counters_.prepared = true;
        co_return false;
      }
      count_sessions();
      if (ready) co_return true;
      if (stopping()) co_return false;
      timer.expires_after(2ms);
      co_await timer.async_wait(kToken);
    }
  }

  net::awaitable<std::optional<Clock::time_point>> start_known() {
    Timer timer(context_.io());
    while (!stopping()) {
      if (const auto start = task_.start.get()) co_return start;
      timer.expires_after(1ms);
      co_await timer.async_wait(kToken);
    }
    co_return std::nullopt;
  }

  net::awaitable<void> measure(Clock::time_point start) {
    auto& io = context_.io();
    start_ = start;
    measure_from_ = start + task_.plan.warm_up;
    end_ = measure_from_ + total_duration(task_.plan);
    if (open()) {
      boost::asio::co_spawn(io, pace(), boost::asio::detached);
    } else {
      pacing_over_ = true;
      for (unsigned i = 0; i < task_.users; ++i) {
        ++active_;
        boost::asio::co_spawn(io, loop(), boost::asio::detached);
      }
    }
    // One copy of each at a time is enough, whoever else is at work.
    if (task_.index == 0 && out_.invariants && task_.options.documents_every.count() > 0)
      boost::asio::co_spawn(io, documents_.run(), boost::asio::detached);
    Timer timer(io);
    double cpu_then = thread_cpu_seconds(), cpu_zero = cpu_then, cpu_end = -1;
    auto then = Clock::now(), busy_at = then;
    bool measuring = false;
    auto last = end_ + task_.plan.drain;
    bool stopped = false;
    for (auto now = Clock::now(); now < last && !finished_ && !cutting(); now = Clock::now()) {
      if (stopping() && !stopped) {
        stopped = true;
        end_ = std::min(end_, now);
        last = std::min(last, now + task_.plan.drain);
        pace_timer_.cancel();
        if (active_ == 0) finished_ = true;
        continue;
      }
      if (!measuring && now >= measure_from_) {
        measuring = true;
        cpu_zero = thread_cpu_seconds();
      }
      if (now >= end_ && cpu_end < 0) cpu_end = thread_cpu_seconds();
      if (now - busy_at >= 1s) {
        const double cpu = thread_cpu_seconds();
        counters_.busy = (cpu - cpu_then) / std::chrono::duration<double>(now - busy_at).count();
        cpu_then = cpu;
        busy_at = now;
      }
      if (measuring) out_.tick(since_start(now));
      count_sessions();
      timer.expires_at(std::min({now < measure_from_ ? measure_from_ : now < end_ ? end_ : last, now + 50ms}));
      co_await timer.async_wait(kToken);
    }
    if (measuring) out_.cpu_seconds = (cpu_end < 0 ? thread_cpu_seconds() : cpu_end) - cpu_zero;
    for (std::size_t i = 0; i < pools_.size(); ++i)
      for (const auto& arrival : pools_[i].waiting) drop(i, arrival);
  }

  void take_document(bool keys, std::string_view body) {
    std::vector<Watched> broken;
    out_.invariants->on_document(keys, body, broken);
    const auto now = Clock::now();
    for (const auto watched : broken) out_.broken(watched, since_start(now), now >= measure_from_, nullptr);
  }

  void drop(std::size_t rule, const Arrival& arrival) {
    if (arrival.planned < measure_from_) return;
    ++out_.rules[rule].dropped;
    if (!pools_[rule].beside) ++out_.part().counts.dropped;
  }

  void count_sessions() {
    std::uint64_t sessions = 0, waiting = 0;
    for (const auto& pool : pools_) {
      sessions += pool.ready.size();
      waiting += pool.waiting.size();
    }
    counters_.sessions.store(sessions, std::memory_order_relaxed);
    counters_.waiting.store(waiting, std::memory_order_relaxed);
    counters_.in_flight.store(active_, std::memory_order_relaxed);
  }

  void one_less() {
    if (--active_ > 0 || !pacing_over_) return;
    for (const auto& pool : pools_)
      if (!pool.waiting.empty() && !stopping()) return;
    finished_ = true;
  }

  User& another_user(std::size_t rule) {
    auto& pool = pools_[rule];
    engine::SessionOptions options{.control = false};
    options.stay_logged_in = !task_.plan.fresh_login;
    options.share_logins = false;  // the plan says when users log in, not the target
    options.most_trials = 1;
    pool.users.push_back(std::make_unique<User>(task_, rule, pool.beside, options, context_, time_, out_));
    return *pool.users.back();
  }

  // Whose flow it is. Users stay who they are while they stay logged in; otherwise every flow is the next one's. Rules beside the
  // journeys have the last user to themselves where there are several: a server may revoke more than the grant that was misused.
  void take_user(std::size_t rule, User& user) {
    if (user.taken && !task_.plan.fresh_login) return;
    user.taken = true;
    const int needed = task_.rules_users[rule], all = task_.users_known;
    if (pools_[rule].beside) return user.session.use_user(std::max(0, all - needed));
    const int choice = std::max(1, (all > needed && !task_.plan.beside.empty() ? all - 1 : all) - needed + 1);
    user.session.use_user(static_cast<int>(next_user_ % static_cast<std::uint64_t>(choice)));
    next_user_ += task_.workers;
  }

  std::size_t users() const {
    std::size_t out = 0;
    for (const auto& pool : pools_) out += pool.users.size();
    return out;
  }

  // Closed model: one user, flow after flow.
  net::awaitable<void> loop() {
    Timer timer(context_.io());
    timer.expires_at(start_);
    co_await timer.async_wait(kToken);
    auto back_off = 10ms;
    while (!stopping() && Clock::now() < end_) {
      const auto rule = mix_.next();
      auto& pool = pools_[rule];
      User* user = nullptr;
      if (pool.act_only && !pool.ready.empty()) {
        user = pool.ready.front();
        pool.ready.pop_front();
      } else if (!pool.idle.empty()) {
        user = pool.idle.back();
        pool.idle.pop_back();
      } else {
        user = &another_user(rule);
      }
      bool arranged = true;
      if (pool.act_only && !user->prepared) {
        user->watch.begin(false, user->session);
        take_user(rule, *user);
        arranged = co_await user->session.arrange();
      }
      bool answered = arranged;
      if (arranged) {
        const auto now = Clock::now();
        count_planned(rule, now);
        answered = co_await flow(rule, *user, {now, now});
        if (cut_off_) co_return;
        start_beside({now, now});
      }
      give_back(rule, *user);
      if (answered) {
        back_off = 10ms;
        continue;
      }
      // Nobody answers: asking again at once would only burn processor time.
      timer.expires_after(std::min<Clock::duration>(back_off, kLongestBackOff));
      co_await timer.async_wait(kToken);
      back_off = std::min<std::chrono::milliseconds>(back_off * 2, kLongestBackOff);
    }
    one_less();
  }

  // Open model: starts what is due, whatever the server does.
  net::awaitable<void> pace() {
    const auto stages = with_warm_up(task_.plan);
    ArrivalPlan plan(stages, task_.plan.arrivals, task_.index, task_.workers, task_.options.seed);
    for (auto due = plan.next(); due && !stopping(); due = plan.next()) {
      const auto planned = start_ + *due;
      if (planned > Clock::now()) {
        pace_timer_.expires_at(planned);
        co_await pace_timer_.async_wait(kToken);
        if (stopping() || cut_off_) break;
      }
      plan.advance();
      const Arrival arrival{planned, Clock::now()};
      const auto rule = mix_.next();
      count_planned(rule, planned);
      if (arrival.handled - planned > kLate) counters_.late.fetch_add(1, std::memory_order_relaxed);
      if (planned >= measure_from_) {
        const auto late = static_cast<std::uint64_t>((arrival.handled - planned).count());
        out_.lateness.record(late);
        out_.part().counts.lateness.record(late);
      }
      start_or_queue(rule, arrival);
      start_beside(arrival);
    }
    pacing_over_ = true;
    ++active_;
    one_less();
  }

  void count_planned(std::size_t rule, Clock::time_point planned) {
    if (!pools_[rule].beside) counters_.planned.fetch_add(1, std::memory_order_relaxed);
    if (planned < measure_from_) return;
    out_.tick(since_start(Clock::now()));
    ++out_.rules[rule].planned;
    if (!pools_[rule].beside) ++out_.part().counts.planned;
  }

  void start_beside(const Arrival& arrival) {
    const auto journeys = task_.plan.journeys.size();
    for (std::size_t i = 0; i < task_.plan.beside.size(); ++i)
      for (unsigned count = mix_.beside(i); count > 0; --count) {
        count_planned(journeys + i, arrival.planned);
        start_or_queue(journeys + i, arrival);
      }
  }

  void start_or_queue(std::size_t rule, const Arrival& arrival) {
    auto& pool = pools_[rule];
    User* user = nullptr;
    if (pool.act_only) {
      if (!pool.ready.empty()) {
        user = pool.ready.front();
        pool.ready.pop_front();
      }
    } else if (!pool.idle.empty()) {
      user = pool.idle.back();
      pool.idle.pop_back();
    } else if (users() < task_.users || pool.users.empty()) {
      user = &another_user(rule);
    }
    if (!user) {
      pool.waiting.push_back(arrival);  // nobody is free: it waits, and the wait counts
      if (pool.act_only) fill(rule);
      return;
    }
    ++active_;
    boost::asio::co_spawn(context_.io(), serve(rule, *user, arrival), boost::asio::detached);
  }

  net::awaitable<void> serve(std::size_t rule, User& user, Arrival arrival) {
    auto& pool = pools_[rule];
    for (;;) {
      co_await flow(rule, user, arrival);
      if (cut_off_) co_return;
      if (pool.waiting.empty() || stopping()) {
        give_back(rule, user);
        break;
      }
      if (pool.act_only && !user.prepared) {
        give_back(rule, user);  // whoever is prepared next takes what waits
        break;
      }
      arrival = pool.waiting.front();
      pool.waiting.pop_front();
    }
    one_less();
  }

  // A user is done with a flow.
  void give_back(std::size_t rule, User& user) {
    auto& pool = pools_[rule];
    if (!pool.act_only) {
      pool.idle.push_back(&user);
    } else if (user.prepared) {
      pool.ready.push_back(&user);
    } else {
      pool.idle.push_back(&user);
      if (open()) fill(rule);
    }
  }

  // Prepares flows until enough are in store.
  void fill(std::size_t rule) {
    auto& pool = pools_[rule];
    const bool room = !pacing_over_ || !pool.waiting.empty();
    while (room && pool.preparing < kMostPreparing && !stopping() && !cut_off_ &&
           pool.ready.size() + pool.preparing < pool.wanted + pool.waiting.size()) {
      User* user = nullptr;
      if (!pool.idle.empty()) {
        user = pool.idle.back();
        pool.idle.pop_back();
      } else {
        user = &another_user(rule);
      }
      ++pool.preparing;
      boost::asio::co_spawn(context_.io(), prepare(rule, *user), boost::asio::detached);
    }
  }

  net::awaitable<void> prepare(std::size_t rule, User& user) {
    auto& pool = pools_[rule];
    user.watch.begin(false, user.session);
    take_user(rule, user);
    const bool arranged = co_await user.session.arrange();
    if (cut_off_) co_return;
    --pool.preparing;
    if (arranged) {
      pool.failures = 0;
      user.prepared = true;
      if (!pool.waiting.empty()) {
        const auto arrival = pool.waiting.front();
        pool.waiting.pop_front();
        ++active_;
        co_await serve(rule, user, arrival);
      } else {
        pool.ready.push_back(&user);
      }
    } else {
      ++pool.failures;
      const auto* step = user.session.blocked_at();
      pool.trouble = (step ? step->name + ": " : "") +
                     (step ? failure_kind(user.session.result(*step), step->verb) : std::string("it did not work"));
      // What does not work now may work later; asking at once would be a storm of logins.
      Timer timer(context_.io());
      timer.expires_after(std::min<Clock::duration>(10ms * (1u << std::min(pool.failures, 7u)), kLongestBackOff));
      co_await timer.async_wait(kToken);
      if (cut_off_) co_return;
      pool.idle.push_back(&user);
    }
    fill(rule);
  }

  // One flow from its start to its end. False when the server did not answer at all.
  net::awaitable<bool> flow(std::size_t rule, User& user, Arrival arrival) {
    auto& pool = pools_[rule];
    auto& out = out_.rules[rule];
    const auto started = Clock::now();
    const bool measured = arrival.planned >= measure_from_;
    user.watch.begin(measured, user.session);
    if (!pool.beside) counters_.started.fetch_add(1, std::memory_order_relaxed);
    if (measured) {
      out_.tick(since_start(started));
      ++out.started;
      if (!pool.beside) {
        ++out_.part().started;
        if (open()) out_.queue_wait.record(static_cast<std::uint64_t>((started - arrival.handled).count()));
      }
      out_.most_busy = std::max(out_.most_busy, active_);
      out_.part().in_flight = std::max(out_.part().in_flight, active_);
    }
    if (!pool.act_only) {
      take_user(rule, user);
      co_await user.session.run();
    } else {
      co_await user.session.act();
    }
    if (cut_off_) co_return false;  // ended by us, not by the server: it says nothing
    const auto now = Clock::now();
    if (measured) out_.tick(since_start(now));
    const bool held = user.watch.end(user.session, since_start(now));
    if (task_.plan.connections == rules::ConnectionPolicy::per_flow) user.client.close_connections();
    if (pool.act_only && !(pool.keep && held && user.session.renew())) user.prepared = false;
    const bool answered = user.watch.answered();
    if (pool.beside && !measured) co_return answered;
    if (!pool.beside) {
      counters_.done.fetch_add(1, std::memory_order_relaxed);
      if (!held) counters_.failed.fetch_add(1, std::memory_order_relaxed);
    }
    if (!measured) co_return answered;
    const auto response = static_cast<std::uint64_t>((now - arrival.planned).count());
    ++out.done;
    out.failed += held ? 0 : 1;
    out.response.record(response);
    out.service.record(static_cast<std::uint64_t>((now - started).count()));
    auto& part = out_.part().counts;
    auto& times = part.journeys[rule];
    ++times.done;
    times.failed += held ? 0 : 1;
    times.times.record(response);
    if (pool.beside) co_return answered;
    ++part.done;
    part.failed += held ? 0 : 1;
    part.response.record(response);
    co_return answered;
  }

  const WorkerTask& task_;
  net::ClientContext& context_;
  Counters& counters_;
  Measurements& out_;
  Timer pace_timer_;
  Mix mix_;
  std::vector<Pool> pools_;  // by rule
  net::RealTime time_;
  DocumentWatch documents_;
  Clock::time_point start_, measure_from_, end_;
  std::uint64_t next_user_ = 0;
  unsigned active_ = 0;
  bool pacing_over_ = false, finished_ = false, cut_off_ = false;
  std::string failure_;
};

}  // namespace

std::expected<void, base::Failure> run_worker(const WorkerTask& task, Counters& counters, Measurements& out) {
  boost::asio::io_context io(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO);  // one thread: no locks in the reactor
  auto context = net::ClientContext::create(io, task.options.client);
  if (!context) {
    counters.prepared = true;
    return std::unexpected(context.error());
  }
  Worker worker(task, **context, counters, out);
  return worker.run();
}

}  // namespace assay::load

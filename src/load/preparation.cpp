#include "load/preparation.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace assay::load {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kMostPreparing = 16;  // flows that a worker prepares at the same time
constexpr unsigned kMostFailures = 20;   // preparations in a row that may fail before the start

}  // namespace

Preparation::Preparation(WorkerState& state, Flows& flows,
                         std::function<net::awaitable<void>(std::size_t, User&, Arrival)> serve)
    : state_(state), flows_(flows), serve_(std::move(serve)), last_moment_(Clock::now()) {
  const auto& options = state.task.options;
  auto patience = std::chrono::duration<double>(options.preparation);
  if (options.preparing) {
    const double rate = options.preparing->before / state.task.workers;
    pace_.set_rate(rate);
    for (std::size_t i = 0; i < state.pools.size(); ++i)
      patience += std::chrono::duration<double>(state.pools[i].wanted * state.task.rules[i].arranging / rate);
  }
  last_moment_ += std::chrono::duration_cast<Clock::duration>(patience);
}

void Preparation::begin_run() {
  state_.started = true;
  const auto& limit = state_.task.options.preparing;
  pace_.set_rate(limit ? std::optional(limit->during / state_.task.workers) : std::nullopt);
}

bool Preparation::ready(std::string& trouble) {
  bool ready = true;
  for (std::size_t i = 0; i < state_.pools.size(); ++i) {
    auto& pool = state_.pools[i];
    if (!pool.act_only() || pool.prepared() >= pool.wanted) continue;
    ready = false;
    fill(i);
    if (pool.failures < kMostFailures && Clock::now() < last_moment_) continue;
    trouble = "prepare flows of " + state_.task.rules[i].rule->full_id() + ": " + std::to_string(pool.prepared()) +
              " of " + std::to_string(pool.wanted) + " are ready" + (pool.trouble.empty() ? "" : "; " + pool.trouble);
    return false;
  }
  return ready;
}

void Preparation::fill(std::size_t rule) {
  auto& pool = state_.pools[rule];
  const bool room = (!state_.pacing_over || !pool.waiting.empty()) && !(paced(pool) && pace_.stopped());
  while (room && pool.preparing < kMostPreparing && !state_.stopping() && !state_.cut_off &&
         pool.prepared() + pool.preparing < pool.wanted + pool.waiting.size()) {
    ++pool.preparing;
    boost::asio::co_spawn(state_.context.io(), prepare(rule, pool.take_unprepared()), boost::asio::detached);
  }
}

net::awaitable<void> Preparation::prepare(std::size_t rule, User& user) {
  auto& pool = state_.pools[rule];
  const auto pause = paced(pool) ? pace_.take(Clock::now(), state_.task.rules[rule].arranging) : 0ns;
  if (pause > 0ns) {
    co_await state_.time.wait(pause);
    if (state_.cut_off) co_return;
  }
  while (state_.task.pausing() && !state_.stopping()) {
    co_await state_.time.wait(50ms);
    if (state_.cut_off) co_return;
  }
  const bool arranged = co_await flows_.prepare(rule, user);
  if (state_.cut_off) co_return;
  --pool.preparing;
  if (arranged) {
    pool.failures = 0;
    if (const auto arrival = pool.next_waiting()) {
      ++state_.active;
      co_await serve_(rule, user, *arrival);
    } else {
      pool.give_back(user);
    }
  } else {
    ++pool.failures;
    const auto* step = user.session.blocked_at();
    pool.trouble = (step ? step->name + ": " : "") +
                   (step ? failure_kind(user.session.result(*step), step->verb) : std::string("it did not work"));
    // What does not work now may work later; asking at once would be a storm of logins.
    Timer timer(state_.context.io());
    timer.expires_after(std::min<Clock::duration>(10ms * (1u << std::min(pool.failures, 7u)), kLongestBackOff));
    co_await timer.async_wait(kToken);
    if (state_.cut_off) co_return;
    pool.give_back(user);
  }
  fill(rule);
}

}  // namespace assay::load

#include "load/flows.hpp"

#include <algorithm>

namespace assay::load {

void Flows::count_planned(std::size_t rule, Clock::time_point planned, Clock::time_point now) {
  const bool beside = state_.pools[rule].beside();
  if (!beside) state_.counters.planned.fetch_add(1, std::memory_order_relaxed);
  if (planned < state_.measure_from) return;
  auto& out = state_.out;
  out.tick(state_.since_start(now));
  ++out.part().rules[rule].planned;
}

void Flows::drop(std::size_t rule, const Arrival& arrival) {
  if (arrival.planned < state_.measure_from) return;
  ++state_.out.part().rules[rule].dropped;
}

// Whose flow it is. Users stay who they are while they stay logged in; otherwise every flow is the next one's. Rules beside the
// journeys have the last user to themselves where there are several: a server may revoke more than the grant that was misused.
void Flows::take_identity(std::size_t rule, User& user) {
  const auto& task = state_.task;
  if (user.taken && !task.plan.fresh_login) return;
  user.taken = true;
  const int needed = task.rules_users[rule], all = task.users_known;
  if (state_.pools[rule].beside()) return user.session.use_user(std::max(0, all - needed));
  const int choice = std::max(1, (all > needed && !task.plan.beside.empty() ? all - 1 : all) - needed + 1);
  user.session.use_user(static_cast<int>(state_.next_user % static_cast<std::uint64_t>(choice)));
  state_.next_user += task.workers;
}

net::awaitable<bool> Flows::prepare(std::size_t rule, User& user) {
  user.watch.begin(false, user.session);
  take_identity(rule, user);
  user.prepared = co_await user.session.arrange();
  co_return user.prepared;
}

net::awaitable<FlowEnd> Flows::run(std::size_t rule, User& user, Arrival arrival, Clock::time_point started) {
  auto& pool = state_.pools[rule];
  auto& out = state_.out;
  const bool measured = arrival.planned >= state_.measure_from;
  user.watch.begin(measured, user.session);
  if (!pool.beside()) state_.counters.started.fetch_add(1, std::memory_order_relaxed);
  if (measured) {
    out.tick(state_.since_start(started));
    auto& part = out.part();
    ++part.rules[rule].started;
    if (!pool.beside() && state_.open())
      part.queue_wait.record(static_cast<std::uint64_t>((started - arrival.handled).count()));
    out.most_busy = std::max(out.most_busy, state_.active);
    part.in_flight = std::max(part.in_flight, state_.active);
  }
  if (!pool.act_only()) {
    take_identity(rule, user);
    co_await user.session.run();
  } else {
    co_await user.session.act();
  }
  if (state_.cut_off) co_return FlowEnd{};  // ended by us, not by the server: it says nothing
  co_return finish(rule, user, arrival, started);
}

FlowEnd Flows::finish(std::size_t rule, User& user, const Arrival& arrival, Clock::time_point started) {
  auto& pool = state_.pools[rule];
  const bool measured = arrival.planned >= state_.measure_from;
  const auto now = Clock::now();
  if (measured) state_.out.tick(state_.since_start(now));
  const bool held = user.watch.end(user.session, state_.since_start(now));
  if (state_.task.plan.connections == rules::ConnectionPolicy::per_flow) user.client.close_connections();
  if (pool.act_only() && !(pool.keep() && held && user.session.renew())) user.prepared = false;
  const FlowEnd end{user.watch.answered(), now};
  if (pool.beside() && !measured) return end;
  if (!pool.beside()) {
    state_.counters.done.fetch_add(1, std::memory_order_relaxed);
    if (!held) state_.counters.failed.fetch_add(1, std::memory_order_relaxed);
  }
  if (!measured) return end;
  const auto response = static_cast<std::uint64_t>((now - arrival.planned).count());
  auto& out = state_.out.part().rules[rule];
  ++out.done;
  out.failed += held ? 0 : 1;
  out.response.record(response);
  out.service.record(static_cast<std::uint64_t>((now - started).count()));
  return end;
}

}  // namespace assay::load

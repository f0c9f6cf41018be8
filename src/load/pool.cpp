#include "load/pool.hpp"

#include "load/feasible.hpp"

namespace assay::load {

net::awaitable<void> OneRequestAConnection::exchange(const net::Origin& origin, std::string_view request,
                                                     net::Answer& answer) {
  co_await client_.exchange(origin, request, answer);
  client_.close_connections();
}

User::User(const UserParts& parts, std::size_t rule, bool beside, const engine::SessionOptions& options)
    : client(parts.context), closing(client), watch(parts.out, rule, beside),
      session(parts.task.programs[rule], parts.task.oracle,
              parts.task.plan.connections == rules::ConnectionPolicy::per_request
                  ? static_cast<net::Transport&>(closing)
                  : client,
              parts.time, watch, options) {
  session.lacking = parts.task.rules[rule].lacking;
}

Pool::Pool(const UserParts& parts, std::size_t rule)
    : parts_(parts), rule_(rule), beside_(rule >= parts.task.plan.journeys.size()) {
  if (beside_) return;
  const auto& task = parts.task;
  journey_ = &task.plan.journeys[rule];
  if (!journey_->act_only) return;
  const unsigned stored = pool_of(task.plan, *journey_);
  wanted = std::max(1u, stored / task.workers + (task.index < stored % task.workers ? 1 : 0));
}

User* Pool::take(bool prepared_only, bool may_grow) {
  if (!ready_.empty()) {
    auto* user = ready_.front();
    ready_.pop_front();
    return user;
  }
  if (prepared_only || (idle_.empty() && !may_grow)) return nullptr;
  return &take_unprepared();
}

User& Pool::take_unprepared() {
  if (!idle_.empty()) {
    auto* user = idle_.back();
    idle_.pop_back();
    return *user;
  }
  const auto& plan = parts_.task.plan;
  engine::SessionOptions options{.control = false};
  options.stay_logged_in = !plan.fresh_login;
  options.share_logins = false;  // the plan says when users log in, not the target
  options.most_trials = 1;
  users_.push_back(std::make_unique<User>(parts_, rule_, beside_, options));
  return *users_.back();
}

void Pool::give_back(User& user) {
  if (user.prepared) ready_.push_back(&user);
  else idle_.push_back(&user);
}

std::optional<Arrival> Pool::next_waiting() {
  if (waiting.empty()) return std::nullopt;
  const auto out = waiting.front();
  waiting.pop_front();
  return out;
}

}  // namespace assay::load

// The users of one rule at one worker: who is free, whose flow is prepared, and which arrivals wait for one of them. Says
// whose turn it is; must not know when flows are due, nor what becomes of them.
#pragma once
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "load/worker.hpp"

namespace assay::load {

// Closes the connections after every exchange, as clients without keep-alive do.
class OneRequestAConnection final : public net::Transport {
 public:
  explicit OneRequestAConnection(net::Client& client) : client_(client) {}
  net::awaitable<void> exchange(const net::Origin& origin, std::string_view request, net::Answer& answer) override;
  net::awaitable<void> wave(const net::Origin& origin, std::span<const std::string> requests, const net::WavePlan& plan,
                            std::span<net::Answer> answers, net::WaveTiming& timing) override {
    return client_.wave(origin, requests, plan, answers, timing);
  }
  void close_connections() override { client_.close_connections(); }

 private:
  net::Client& client_;
};

// What users are made of.
struct UserParts {
  const WorkerTask& task;
  net::ClientContext& context;
  net::Timekeeper& time;
  Measurements& out;
};

struct User {
  User(const UserParts& parts, std::size_t rule, bool beside, const engine::SessionOptions& options);

  net::Client client;
  OneRequestAConnection closing;
  FlowWatch watch;
  engine::Session session;
  bool prepared = false;  // its arrangements are made
  bool taken = false;     // it knows which of the target's users it is
};

struct Arrival {
  std::chrono::steady_clock::time_point planned, handled;
};

class Pool {
 public:
  Pool(const UserParts& parts, std::size_t rule);

  // Whose flow is next: one that is prepared, the oldest first; otherwise, unless flows are prepared ahead (`prepared_only`),
  // somebody who is free; otherwise, with `may_grow`, somebody new. nullptr: nobody.
  User* take(bool prepared_only, bool may_grow);
  // Somebody to begin with: free, or new.
  User& take_unprepared();
  // A user is done with a flow, or its preparation has ended.
  void give_back(User& user);
  // The arrival that has waited longest, if there is one.
  std::optional<Arrival> next_waiting();

  bool beside() const { return beside_; }
  bool act_only() const { return journey_ && journey_->act_only; }
  bool keep() const { return journey_ && journey_->keep; }
  std::size_t size() const { return users_.size(); }
  std::size_t prepared() const { return ready_.size(); }

  unsigned wanted = 0;          // act_only: prepared flows in store
  std::deque<Arrival> waiting;  // due, but nobody is free or ready
  unsigned preparing = 0, failures = 0;
  std::string trouble;  // why the last preparation failed

 private:
  UserParts parts_;
  std::size_t rule_;
  bool beside_;
  const rules::LoadJourney* journey_ = nullptr;  // nullptr: a rule beside
  std::vector<std::unique_ptr<User>> users_;
  std::vector<User*> idle_;  // to be used from the beginning
  std::deque<User*> ready_;  // act_only: prepared, the oldest first
};

}  // namespace assay::load

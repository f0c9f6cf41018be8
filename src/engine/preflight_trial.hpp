// What the parts of the preflight share: they ask with the steps, requests and front channel of rules, and write down what they
// find. Internal to the preflight.
#pragma once
#include <string>
#include <vector>

#include "engine/oracle.hpp"
#include "engine/preflight.hpp"
#include "engine/session.hpp"

namespace assay::engine {

// What the step called "step" left behind, in strings of its own.
struct Finding {
  bool ok = false;       // a complete answer
  bool nothing = false;  // it says nothing: overload, no answer
  int status = 0;
  net::Outcome outcome = net::Outcome::cancelled;
  std::string error, error_description, access_token, refresh_token, body, actual;
  std::string note;  // of an authorize step: the page it stopped at
  Landing landed = Landing::stuck;
  Obstacle obstacle = Obstacle::none;
  bool code = false;
  std::vector<int> exchanges;
};

class Trial {
 public:
  Trial(const BoundTarget& target, net::Transport& transport, net::Timekeeper& time, Recorder& recorder,
        PreflightResult& out)
      : target_(target), transport_(transport), time_(time), recorder_(recorder), out_(out), oracle_(target) {}

  // Runs `steps`, the text of one or two steps of a rule, of which one is called "step".
  net::awaitable<Finding> perform(const std::string& steps);
  // Which oracle accepts this token, if any.
  net::awaitable<std::optional<std::size_t>> ask_oracle(std::string token);

  record::PreflightCheck& say(std::string name, record::Verdict verdict, std::string seen, std::string hint,
                              const std::vector<int>& evidence);

  const BoundTarget& target() const { return target_; }
  const Oracle& oracle() const { return oracle_; }
  PreflightResult& out() { return out_; }

 private:
  const BoundTarget& target_;
  net::Transport& transport_;
  net::Timekeeper& time_;
  Recorder& recorder_;
  PreflightResult& out_;
  Oracle oracle_;
};

// What to look at when there was no answer.
std::string connect_hint(net::Outcome outcome);

// Does the server know this client?
net::awaitable<void> try_client(Trial& trial, std::string role);
// Does the front channel work, and do codes buy tokens?
net::awaitable<void> try_login(Trial& trial);

// The problem (of rules::kProblems) behind an error of the authorization endpoint, or behind the text of a page; "" if it could
// be any.
std::string problem_of_error(std::string_view error, std::string_view description);
std::string problem_of_page(std::string_view text);

}  // namespace assay::engine

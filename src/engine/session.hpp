// Runs one program: arrange, act, checks, control. Holds one user agent (cookies, connections) and the buffers of one run
// after another; `check` uses a session once, `load` many times.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "crypto/key.hpp"
#include "engine/judge.hpp"
#include "engine/login_driver.hpp"
#include "engine/oracle.hpp"
#include "engine/program.hpp"
#include "engine/race_tally.hpp"
#include "engine/step_result.hpp"
#include "engine/wire.hpp"

namespace assay::engine {

// Watches a session. Called on the session's thread.
class Observer {
 public:
  virtual ~Observer() = default;
  // One exchange ended. `step` is null for liveness probes. Returns an id to keep as evidence, or 0.
  virtual int on_exchange(const rules::Step* step, std::string_view purpose, std::string_view request,
                          const net::Answer& answer) = 0;
  // The same, of a step that is one request: both stay as they are until the session runs again.
  virtual int on_lasting_exchange(const rules::Step* step, std::string_view purpose, std::string_view request,
                                  const net::Answer& answer) {
    return on_exchange(step, purpose, request, answer);
  }
  // One step ended, well or not; `failed`: it did not get what it needs (only said for arrange and act).
  virtual void on_step(const rules::Step&, const StepResult&, bool /*failed*/) {}
  // A secret that occurs in exchanges, and in no result that is left when the session has ended. Its kind is one of
  // secret_fields.hpp.
  virtual void on_secret(std::string_view /*kind*/, std::string_view /*value*/) {}
  // A further trial of a rule with a race begins; and: nothing came of it, its exchanges are not needed.
  virtual void begin_trial() {}
  virtual void drop_trial() {}
};

struct CheckOutcome {
  enum class State : std::uint8_t {
    held,
    broken,
    unknown,  // inconclusive: nothing can be said; `reason` in words when it was kept
    follows,  // not judged: another check failed
    lacks     // a capability is missing
  };
  State state = State::unknown;
  std::string reason;  // for unknown; made only when something went wrong
  std::vector<int> evidence;
  bool live = false;    // live, refreshable: what was found
  std::string finding;  // sample, count, every: what was found, in words
};

struct SessionOptions {
  base::Random random{};  // where fresh values come from
  bool control = true;    // run the control block (check does, load does not)
  int max_login_steps = 20;
  bool stay_logged_in = false;                // cookies are kept from one authorize step, and one run, to the next
  bool share_logins = true;                   // where the target wants users logged in once
  int first_user = 0;                         // the target's user whom rules call the first
  int sample_limit = 0;                       // most repetitions of a step that is sampled; 0: as its rule says
  unsigned race_trials = 0;                   // of rules with trials; 0: as many as the rule says
  unsigned most_trials = 0;                   // never more than this; 0: no limit
  std::chrono::seconds race_patience{60};     // after that, no further trial begins
  std::chrono::seconds sample_patience{30};   // after that, what has been sampled must do
  std::chrono::seconds repeat_patience{120};  // after that, a repeated step says nothing
};

class Session final : public Wire {
 public:
  // All arguments must outlive the session. `lacking(check)` tells whether a check lacks a capability.
  Session(const Program& program, const Oracle& oracle, net::Transport& transport, net::Timekeeper& time,
          Observer& observer, SessionOptions options);

  // One run. Afterwards the accessors tell what happened.
  net::awaitable<void> run();
  // The same in two halves: the arrangements, maybe long ahead; then what the rule is about, with its checks. False when the
  // arrangements did not work.
  net::awaitable<bool> arrange();
  net::awaitable<void> act();
  // From now on, the target's user of that number is the one whom rules call the first.
  void use_user(int first) { options_.first_user = first; }
  int user() const { return options_.first_user; }
  // Makes what the last act() left fit for another one: the refresh tokens that it was given take the place of those that
  // it used. False when the rule uses up what cannot be renewed, such as a code.
  bool renew();

  const Program& program() const { return program_; }
  // The step at which arrange or control went wrong, or nullptr.
  const rules::Step* blocked_at() const { return blocked_; }
  const rules::Step* control_failed_at() const { return control_failed_; }
  const StepResult& result(const rules::Step& step) const { return results_[static_cast<std::size_t>(step.slot)]; }
  std::span<const StepResult> results() const { return results_; }
  // Every value of a sampled field that the repetitions of a step brought.
  std::span<const std::string> sample(int slot, rules::Field field) const;
  std::vector<CheckOutcome>& checks() { return outcomes_; }
  // What the trials of a rule with a race came to; nullptr for other rules.
  const record::Race* race() const { return tally_ ? &tally_->race() : nullptr; }
  bool all_held() const;
  // What the server's clock shows, as far as its answers told: our time plus the calibrated difference.
  std::chrono::system_clock::time_point server_now() const;
  // Checks (by index) that are not to be judged for want of a capability.
  std::vector<bool> lacking;

  net::awaitable<void> send(const net::Origin& origin, std::string_view request, net::Answer& answer,
                            std::string_view purpose) override;
  void on_secret(std::string_view kind, std::string_view value) override { observer_.on_secret(kind, value); }
  void note(std::string_view request, const net::Answer& answer, std::string_view purpose) override {
    note_exchange(request, answer, purpose);
  }

 private:
  net::awaitable<void> run_with_control();
  net::awaitable<void> run_once();  // arrange, act, checks
  net::awaitable<void> arrange_and_act();
  void forget();
  void forget_login();
  void forget_outcomes();
  net::awaitable<void> run_control();
  net::awaitable<void> run_trials();  // run_once() several times
  // One step: begin_step(), wait for it, end_step().
  net::awaitable<void> begin_step(const rules::Step& step);
  void end_step(const rules::Step& step);
  net::awaitable<void> run_pause(const rules::Step& step, StepResult& result);
  void note_exchange(std::string_view request, const net::Answer& answer, std::string_view purpose,
                     bool lasting = false);
  net::awaitable<void> run_race(const rules::Step& step, StepResult& result);
  net::awaitable<Truth> judge_wave(const rules::That& that, CheckOutcome& outcome);
  net::awaitable<void> run_repeated(const rules::Step& step);
  Truth judge_sample(const rules::That& that, CheckOutcome& outcome) const;
  int planned_repetitions(const rules::Step& step) const;
  void tell_secrets(const StepResult& result);
  net::awaitable<void> run_authorize(const rules::Step& step, StepResult& result);
  void begin_login(const Credentials& credentials);
  net::awaitable<void> run_http(const rules::Step& step, StepResult& result);
  net::awaitable<void> calibrate_oracle();
  bool judge_at_once(std::size_t index);
  net::awaitable<void> judge_by_asking(std::size_t index);
  net::awaitable<Truth> probe(const rules::That& that, std::string& reason);
  net::awaitable<Truth> refreshable(const rules::That& that, std::string_view token);
  bool append_body(std::string& out, const BodyPlan& plan, StepResult& result);
  net::awaitable<bool> push_request(const rules::Step& step, StepResult& result);
  bool build_request(const rules::Step& step, StepResult& result);
  bool succeeded(const rules::Step& step, const StepResult& result) const;
  void impossible(StepResult& result, std::string why);
  bool fill(std::string& out, const rules::Template& value, StepResult& result);

  const Program& program_;
  const Oracle& oracle_;
  net::Transport& transport_;
  net::Timekeeper& time_;
  Observer& observer_;
  SessionOptions options_;
  std::vector<StepResult> results_;
  std::vector<CheckOutcome> outcomes_;
  base::Random random_;
  Judge judge_;
  std::string request_, body_, value_, authorize_url_;
  std::optional<crypto::Key> dpop_key_;  // made when first asked for
  net::Answer probe_answer_;
  std::unique_ptr<LoginDriver> login_;               // made when first needed
  std::unique_ptr<LoginDriver> authorization_call_;  // the same, where the target wants no browser
  LoginState login_state_;
  const rules::Step* current_ = nullptr;
  StepResult* current_result_ = nullptr;
  std::string_view sent_;  // the request of a step that is one request; empty: there is none, or none was sent
  std::vector<int> probe_evidence_;
  const rules::Step* blocked_ = nullptr;
  const rules::Step* control_failed_ = nullptr;
  bool needs_oracle_ = false;
  std::optional<std::size_t> accepting_;  // the oracle that accepted a fresh token in this run
  bool calibrated_ = false;

  // Of the trial that is running.
  unsigned trial_ = 0;
  std::optional<RaceTally> tally_;
  std::map<int, Wave> waves_;          // by slot
  std::optional<unsigned> survivors_;  // tokens of a wave that were found to work

  // Of the repeated step that is running.
  struct Held {
    std::string purpose, request;
    net::Answer answer;
  };
  int repetition_ = 0;
  std::string chain_;  // the refresh token to use now, when it is not the one that the rule names
  bool holding_ = false;
  std::vector<Held> held_;  // exchanges of a repetition that becomes evidence only if it is the last one
  std::map<std::pair<int, rules::Field>, std::vector<std::string>> samples_;  // by slot and field
};

}  // namespace assay::engine

// What must hold for every answer of a load run, whichever rule a flow runs: nothing is issued twice, everything comes back
// to its own flow and user, headers and errors keep their shape. One per worker, added up at the end. No I/O; on the path of
// a request no text is made and nothing allocated, until something is broken.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/step_result.hpp"
#include "load/claims.hpp"
#include "load/flow_facts.hpp"
#include "load/seen.hpp"
#include "record/histogram.hpp"

namespace assay::load {

// The checks of rules/invariant.hpp.
enum class Watched : std::uint8_t {
  codes_differ,
  users_tokens_differ,
  access_tokens_differ,
  refresh_tokens_differ,
  jti_differs,
  one_token_set_per_code,
  fresh_codes_accepted,
  own_subject,
  subjects_differ,
  own_state,
  own_iss,
  own_nonce,
  tokens_no_store,
  tokens_pragma,
  errors_no_store,
  errors_are_json,
  metadata_same,
  keys_same,
  one_clock,
  no_server_error,
  says_busy,
  count_
};
inline constexpr std::size_t kWatchedCount = static_cast<std::size_t>(Watched::count_);
std::string_view name_of(Watched watched);  // "codes-differ"
std::optional<Watched> find_watched(std::string_view name);

struct Watch {
  std::uint64_t held = 0, broken = 0;
  std::string finding;  // of the first time that it was broken
};

// What one worker has counted while the run goes on: without what only several together show.
struct InvariantCounts {
  std::array<Watch, kWatchedCount> watches;
  std::size_t signed_in = 0;  // users who were asked for a password
};

// What is remembered of the flow that one user runs.
struct FlowState {
  const std::vector<StepFacts>* facts = nullptr;
  std::span<const engine::StepResult> results{};
  std::uint64_t user = 0;       // the target's user whom the rule calls the first
  std::vector<Watched> broken;  // in order; whoever keeps evidence clears it
  net::SteadyTime last_answer{}, revoked{}, probed{};
  std::uint64_t token_hash = 0;  // of the access token that on_step() will be told of; 0: not known
};

class Invariants {
 public:
  // `issuer`: of the target. `seed`: the same for all workers of a run.
  Invariants(std::span<const rules::Rule* const> rules, std::string_view issuer, std::uint64_t seed);

  // A flow of rules[rule] begins for the target's user number `user`, in a browser that nobody else uses.
  void begin(FlowState& flow, std::size_t rule, std::span<const engine::StepResult> results, std::uint64_t user) const;
  void on_exchange(FlowState& flow, const rules::Step* step, const net::Answer& answer);
  // on_step() is to come, after other work: what it will look up is fetched from memory meanwhile.
  void expect_step(FlowState& flow, const rules::Step& step, const engine::StepResult& result);
  void on_step(FlowState& flow, const rules::Step& step, const engine::StepResult& result);
  // It has ended; `held`: all checks of its rule did.
  void end(FlowState& flow, bool held);
  // A copy of the metadata or of the keys, wherever it was fetched.
  void on_document(bool keys, std::string_view body, std::vector<Watched>& broken);

  // Adds another worker's: what two of them were given shows only here.
  void merge(const Invariants& other);

  InvariantCounts counts() const { return {watches_, signed_in_.size()}; }
  const Watch& watch(Watched watched) const { return watches_[static_cast<std::size_t>(watched)]; }
  // Why nothing can be said of it; empty: it was judged.
  std::string why_not_judged(Watched watched) const;
  std::string finding(Watched watched) const;
  // How long it took until revoked tokens were seen dead.
  const record::Histogram& time_to_dead() const { return time_to_dead_; }

 private:
  enum class Source : std::uint8_t { openid, introspection, access_token };
  static constexpr std::int64_t kSkew = 5'000'000'000;  // nanoseconds
  static constexpr std::uint16_t kGranted = 1;  // in the mark of an owner: a user's grant, not a client's own token
  struct Document {
    std::vector<std::uint64_t> versions;
    std::string current;  // the text of the last of them
    std::uint64_t current_hash = 0;
  };

  void hold(Watched watched) { ++watches_[static_cast<std::size_t>(watched)].held; }
  void breaks(FlowState& flow, Watched watched, auto&& finding);
  bool judge(FlowState& flow, Watched watched, bool holds, auto&& finding);
  void on_authorized(FlowState& flow, const StepFacts& facts, const engine::StepResult& result);
  void on_tokens(FlowState& flow, const StepFacts& facts, const engine::StepResult& result);
  void on_refused(FlowState& flow, const StepFacts& facts, const engine::StepResult& result);
  void on_access_token(FlowState& flow, const StepFacts& facts, std::string_view token);
  void on_refresh_token(FlowState& flow, const StepFacts& facts, std::string_view token);
  void on_id_token(FlowState& flow, const StepFacts& facts, const engine::StepResult& result);
  void on_subject(FlowState& flow, const StepFacts& facts, Source source, std::string_view subject);
  void on_clock(FlowState& flow, std::int64_t iat, const engine::StepResult& result);
  std::uint64_t user_of(const FlowState& flow, const StepFacts& facts) const {
    return flow.user + static_cast<std::uint64_t>(facts.user);
  }

  std::vector<std::vector<StepFacts>> facts_;  // by rule
  std::string issuer_;
  std::uint64_t seed_;
  std::array<Watch, kWatchedCount> watches_;
  Seen codes_, access_tokens_, refresh_tokens_, jtis_, redeemed_;
  Claims claims_;
  std::unordered_map<std::uint64_t, std::uint64_t> subject_of_user_, user_of_subject_;
  std::unordered_map<std::uint64_t, bool> signed_in_;  // users who were asked for a password
  std::array<Document, 2> documents_;
  std::uint64_t errors_with_ = 0, errors_without_ = 0;  // no-store
  std::uint64_t shed_ = 0, shed_with_retry_ = 0, timeouts_ = 0;
  std::int64_t clock_low_, clock_high_;  // nanoseconds that the server's clock is ahead: between these two
  std::chrono::nanoseconds wall_{};      // system_clock minus steady_clock
  record::Histogram time_to_dead_;
};

}  // namespace assay::load

#include "load/invariants.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/text.hpp"
#include "base/wall_clock.hpp"

namespace assay::load {
namespace {

using engine::StepResult;
using rules::Field;
using rules::Verb;

constexpr std::string_view kNames[] = {"codes-differ",
                                       "users-tokens-differ",
                                       "access-tokens-differ",
                                       "refresh-tokens-differ",
                                       "jti-differs",
                                       "one-token-set-per-code",
                                       "fresh-codes-accepted",
                                       "own-subject",
                                       "subjects-differ",
                                       "own-state",
                                       "own-iss",
                                       "own-nonce",
                                       "tokens-no-store",
                                       "tokens-pragma",
                                       "errors-no-store",
                                       "errors-are-json",
                                       "metadata-same",
                                       "keys-same",
                                       "one-clock",
                                       "no-server-error",
                                       "says-busy"};
static_assert(std::size(kNames) == kWatchedCount);

// Seeds: a code and a token of the same text are no clash.
enum Kind : std::uint64_t {
  kCode = 1,
  kAccess,
  kRefresh,
  kJtiOfAccess,
  kJtiOfId,
  kRedeemed,
  kSubject,
  kUser,
  kDocument
};

constexpr std::int64_t kDay = 86'400'000'000'000;  // beyond that it is no clock, but a wrong unit
constexpr std::size_t kMostBroken = 64;            // in one flow
constexpr std::size_t kMostUsers = 2'000'000;
constexpr auto kIdle = std::chrono::seconds(1);

bool is_one_of(int status, auto... others) { return ((status == others) || ...); }

bool contains_ignoring_case(std::string_view text, std::string_view word) {
  for (std::size_t at = 0; at + word.size() <= text.size(); ++at)
    if (base::equals_ignoring_case(text.substr(at, word.size()), word)) return true;
  return false;
}

struct Protection {
  bool no_store = false, no_cache_pragma = false;
};

Protection protection_of(const net::Answer& answer) {
  Protection out;
  for (const auto& field : answer.fields()) {
    if (field.name.size() == 13 && base::equals_ignoring_case(field.name, "Cache-Control"))
      out.no_store |= contains_ignoring_case(field.value, "no-store");
    else if (field.name.size() == 6 && base::equals_ignoring_case(field.name, "Pragma"))
      out.no_cache_pragma |= contains_ignoring_case(field.value, "no-cache");
  }
  return out;
}

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t both[] = {a, b};
  return hash64({reinterpret_cast<const char*>(both), sizeof both}, 0);
}

// Where two documents begin to differ, with a few characters of each.
std::string difference(std::string_view before, std::string_view now) {
  const auto at = static_cast<std::size_t>(std::ranges::mismatch(before, now).in1 - before.begin());
  const auto from = at < 20 ? 0 : at - 20;
  return "at byte " + std::to_string(at) + ": \"" + base::printable(before.substr(from, 50), 60) + "\", then \"" +
         base::printable(now.substr(from, 50), 60) + "\"";
}

}  // namespace

std::string_view name_of(Watched watched) { return kNames[static_cast<std::size_t>(watched)]; }

std::optional<Watched> find_watched(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == std::end(kNames)) return std::nullopt;
  return static_cast<Watched>(found - std::begin(kNames));
}

Invariants::Invariants(std::span<const rules::Rule* const> rules, std::string_view issuer, std::uint64_t seed)
    : issuer_(issuer), seed_(seed), clock_low_(std::numeric_limits<std::int64_t>::min()),
      clock_high_(std::numeric_limits<std::int64_t>::max()),
      wall_(base::wall_now().time_since_epoch() - std::chrono::steady_clock::now().time_since_epoch()) {
  for (const auto* rule : rules) facts_.push_back(facts_of(*rule));
}

// The finding is made only the first time.
void Invariants::breaks(FlowState& flow, Watched watched, auto&& finding) {
  auto& watch = watches_[static_cast<std::size_t>(watched)];
  if (watch.broken++ == 0) watch.finding = finding();
  if (flow.broken.size() < kMostBroken) flow.broken.push_back(watched);
}

bool Invariants::judge(FlowState& flow, Watched watched, bool holds, auto&& finding) {
  if (holds) hold(watched);
  else breaks(flow, watched, finding);
  return holds;
}

void Invariants::begin(FlowState& flow, std::size_t rule, std::span<const engine::StepResult> results,
                       std::uint64_t user) const {
  flow.facts = &facts_[rule];
  flow.results = results;
  flow.user = user;
  flow.revoked = flow.probed = {};
}

void Invariants::on_exchange(FlowState& flow, const rules::Step* step, const net::Answer& answer) {
  using net::Outcome;
  if (!step) flow.probed = answer.done;
  switch (answer.outcome) {
    case Outcome::ok:
      flow.last_answer = answer.done;
      if (is_one_of(answer.status, 429, 503)) {
        hold(Watched::says_busy);
        ++shed_;
        if (answer.header("Retry-After")) ++shed_with_retry_;
      }
      judge(flow, Watched::no_server_error, answer.status / 100 != 5 || is_one_of(answer.status, 502, 503, 504),
            [&] { return "status " + std::to_string(answer.status); });
      return;
    case Outcome::timed_out: ++timeouts_; return;
    case Outcome::truncated:
      return breaks(flow, Watched::says_busy,
                    [] { return std::string("a connection ended in the middle of an answer"); });
    case Outcome::closed:
      // A connection that was idle may end at any time (RFC 9112 section 9.5); one that was in use a moment ago may not.
      if (answer.reused_connection && answer.started - flow.last_answer > kIdle) return;
      return breaks(flow, Watched::says_busy,
                    [] { return std::string("a connection was closed instead of an answer"); });
    case Outcome::connect_failed:
      // Other failures to connect may be our own: no port is left, no descriptor.
      if (!answer.detail.contains("refused") && !answer.detail.contains("reset")) return;
      return breaks(flow, Watched::says_busy, [] { return std::string("a connection was refused"); });
    default: return;
  }
}

void Invariants::expect_step(FlowState& flow, const rules::Step& step, const StepResult& result) {
  flow.token_hash = 0;
  if (step.verb != Verb::token || result.type(Field::access_token) != base::JsonType::string) return;
  flow.token_hash = hash64(result.text(Field::access_token), seed_ + kAccess);
  access_tokens_.expect(flow.token_hash);
}

void Invariants::on_step(FlowState& flow, const rules::Step& step, const StepResult& result) {
  if (!flow.facts || result.state != engine::StepState::ran || step.race) return;
  const auto& facts = (*flow.facts)[static_cast<std::size_t>(step.slot)];
  switch (step.verb) {
    case Verb::authorize: return on_authorized(flow, facts, result);
    case Verb::token:
      if (!result.answer.ok()) return;
      if (result.status() == 200 && result.type(Field::access_token) == base::JsonType::string)
        return on_tokens(flow, facts, result);
      if (result.status() / 100 == 4 && !is_one_of(result.status(), 408, 413, 429)) on_refused(flow, facts, result);
      return;
    case Verb::userinfo:
    case Verb::introspect: {
      if (!result.answer.ok() || result.status() != 200 || result.type(Field::sub) != base::JsonType::string) return;
      if (step.verb == Verb::introspect && result.text(Field::active) != "true") return;
      return on_subject(flow, facts, step.verb == Verb::userinfo ? Source::openid : Source::introspection,
                        result.text(Field::sub));
    }
    case Verb::revoke:
      if (result.answer.ok() && result.status() / 100 == 2) flow.revoked = result.ended;
      return;
    case Verb::discover:
    case Verb::jwks:
      if (result.answer.ok() && result.status() == 200)
        on_document(step.verb == Verb::jwks, result.answer.body(), flow.broken);
      return;
    default: return;
  }
}

void Invariants::on_authorized(FlowState& flow, const StepFacts& facts, const StepResult& result) {
  if (result.arrival.credentials_status != 0 && facts.authorize >= 0 && signed_in_.size() < kMostUsers)
    signed_in_.try_emplace(user_of(flow, facts), true);
  if (result.arrival.landed != engine::Landing::redirect_uri) return;
  if (result.has(Field::code) && !result.text(Field::code).empty()) {
    const auto seen = codes_.add(hash64(result.text(Field::code), seed_ + kCode), 0);
    if (seen != Seen::Result::not_compared)
      judge(flow, Watched::codes_differ, seen == Seen::Result::fresh, [] { return std::string("a code came twice"); });
  }
  if (facts.sends_state)
    judge(flow, Watched::own_state,
          result.has(Field::state) && result.text(Field::state) == result.text(Field::sent_state), [&] {
            return std::string(result.has(Field::state) ? "the state of another request came back"
                                                        : "no state came back");
          });
  if (result.has(Field::iss))
    judge(flow, Watched::own_iss, result.text(Field::iss) == issuer_,
          [&] { return "iss was " + base::printable(result.text(Field::iss), 80); });
}

void Invariants::on_tokens(FlowState& flow, const StepFacts& facts, const StepResult& result) {
  const auto protection = protection_of(result.answer);
  judge(flow, Watched::tokens_no_store, protection.no_store,
        [] { return std::string("an answer with tokens had no Cache-Control: no-store"); });
  judge(flow, Watched::tokens_pragma, protection.no_cache_pragma,
        [] { return std::string("an answer with tokens had no Pragma: no-cache"); });
  if (facts.code_of >= 0) {
    const auto& grant = flow.results[static_cast<std::size_t>(facts.code_of)];
    const auto seen = redeemed_.add(hash64(grant.text(Field::code), seed_ + kRedeemed), 0);
    if (seen != Seen::Result::not_compared)
      judge(flow, Watched::one_token_set_per_code, seen == Seen::Result::fresh,
            [] { return std::string("a code bought tokens for the second time"); });
    if (facts.must_work) hold(Watched::fresh_codes_accepted);
  }
  on_access_token(flow, facts, result.text(Field::access_token));
  if (result.type(Field::refresh_token) == base::JsonType::string)
    on_refresh_token(flow, facts, result.text(Field::refresh_token));
  if (result.type(Field::id_token) == base::JsonType::string) on_id_token(flow, facts, result);
}

void Invariants::on_access_token(FlowState& flow, const StepFacts& facts, std::string_view token) {
  const bool granted = facts.authorize >= 0;
  const auto mark = mixed(facts.client, granted ? user_of(flow, facts) + 1 : 0) << 1;
  const auto owner = static_cast<std::uint16_t>(granted ? mark | kGranted : mark);
  const auto known = std::exchange(flow.token_hash, 0);
  const auto seen = access_tokens_.add(known != 0 ? known : hash64(token, seed_ + kAccess), owner);
  if (seen == Seen::Result::not_compared) return;
  judge(flow, Watched::users_tokens_differ, seen != Seen::Result::of_another,
        [] { return std::string("two users or clients were given the same access token"); });
  // What a client or a grant still has may be handed out again; a new grant has a new token.
  if (facts.code_of >= 0)
    judge(flow, Watched::access_tokens_differ, seen != Seen::Result::again,
          [] { return std::string("two grants were given the same access token"); });
  if (seen != Seen::Result::fresh || !claims_.read(token)) return;
  if (!claims_.jti().empty())
    judge(flow, Watched::jti_differs, jtis_.add(hash64(claims_.jti(), seed_ + kJtiOfAccess), 0) != Seen::Result::again,
          [] { return std::string("two access tokens had the same jti"); });
  if (granted && !claims_.sub().empty()) on_subject(flow, facts, Source::access_token, claims_.sub());
}

void Invariants::on_refresh_token(FlowState& flow, const StepFacts& facts, std::string_view token) {
  if (facts.code_of < 0 && facts.refresh_of < 0) return;  // nobody knows what it may be the same as
  // Not rotated (RFC 6749 section 6).
  if (facts.refresh_of >= 0 &&
      flow.results[static_cast<std::size_t>(facts.refresh_of)].text(Field::refresh_token) == token)
    return hold(Watched::refresh_tokens_differ);
  const auto seen = refresh_tokens_.add(hash64(token, seed_ + kRefresh), 0);
  if (seen == Seen::Result::not_compared) return;
  // A retried refresh may bring the successor once more.
  const bool known_here =
      seen == Seen::Result::again && facts.refresh_of >= 0 &&
      std::ranges::count(flow.results, token, [](const StepResult& one) { return one.text(Field::refresh_token); }) > 1;
  judge(flow, Watched::refresh_tokens_differ, seen == Seen::Result::fresh || known_here,
        [] { return std::string("two grants were given the same refresh token"); });
}

void Invariants::on_id_token(FlowState& flow, const StepFacts& facts, const StepResult& result) {
  if (!claims_.read(result.text(Field::id_token))) return;
  if (!claims_.jti().empty())
    judge(flow, Watched::jti_differs, jtis_.add(hash64(claims_.jti(), seed_ + kJtiOfId), 0) != Seen::Result::again,
          [] { return std::string("two ID tokens had the same jti"); });
  if (facts.code_of >= 0) {
    const auto& grant = flow.results[static_cast<std::size_t>(facts.code_of)];
    if (grant.has(Field::nonce))
      judge(flow, Watched::own_nonce, claims_.nonce() && *claims_.nonce() == grant.text(Field::nonce), [&] {
        return std::string(claims_.nonce() ? "the nonce of another request came back" : "no nonce came back");
      });
    if (claims_.iat()) on_clock(flow, *claims_.iat(), result);
  }
  if (!claims_.sub().empty()) on_subject(flow, facts, Source::openid, claims_.sub());
}

// What is learned at first sight must stay. A user whom the server never asked for a password may be anybody.
void Invariants::on_subject(FlowState& flow, const StepFacts& facts, Source source, std::string_view subject) {
  if (facts.authorize < 0) return;
  const auto user = user_of(flow, facts);
  if (!signed_in_.contains(user)) return;
  // A subject may be another one for each client (OpenID Connect Core section 8.1).
  const auto seed = mixed(seed_ + kSubject, facts.client * 4u + static_cast<unsigned>(source));
  const auto hash = hash64(subject, seed);
  if (const auto known = subject_of_user_.find(mixed(seed, user)); known != subject_of_user_.end()) {
    judge(flow, Watched::own_subject, known->second == hash,
          [] { return std::string("a user was given what belongs to another subject"); });
    return;
  }
  if (subject_of_user_.size() >= kMostUsers) return;
  subject_of_user_.emplace(mixed(seed, user), hash);
  const bool own = user_of_subject_.try_emplace(hash, user).first->second == user;
  hold(Watched::own_subject);
  judge(flow, Watched::subjects_differ, own, [] { return std::string("two users have the same subject"); });
}

// The token was made between the sending of the request and the end of the answer, and iat has whole seconds: that leaves an
// interval for how far the server's clock is ahead. All clocks agree if all intervals meet.
void Invariants::on_clock(FlowState& flow, std::int64_t iat, const StepResult& result) {
  if (iat > std::numeric_limits<std::int64_t>::max() / 1'000'000'000 || iat < 0) return;
  const auto wall = [&](net::SteadyTime time) { return (time.time_since_epoch() + wall_).count(); };
  const std::int64_t low = iat * 1'000'000'000 - wall(result.ended),
                     high = (iat + 1) * 1'000'000'000 - wall(result.began);
  if (low > kDay || high < -kDay) return;
  const std::int64_t apart = std::max(clock_low_ == std::numeric_limits<std::int64_t>::min() ? 0 : clock_low_ - high,
                                      clock_high_ == std::numeric_limits<std::int64_t>::max() ? 0 : low - clock_high_);
  const bool holds = judge(flow, Watched::one_clock, apart <= kSkew, [&] {
    return "two ID tokens were dated by clocks that are at least " +
           base::format_duration(std::chrono::nanoseconds(apart)) + " apart";
  });
  if (!holds) return;
  clock_low_ = std::max(clock_low_, low);
  clock_high_ = std::min(clock_high_, high);
}

void Invariants::on_refused(FlowState& flow, const StepFacts& facts, const StepResult& result) {
  const bool shaped = result.shape == base::JsonShape::object && !result.form_encoded &&
                      result.type(Field::error) == base::JsonType::string;
  judge(flow, Watched::errors_are_json, shaped, [&] {
    return "a refusal with status " + std::to_string(result.status()) + " was no JSON object with the member error";
  });
  if (protection_of(result.answer).no_store) {
    ++errors_with_;
    hold(Watched::errors_no_store);
  } else if (errors_without_++; errors_with_ > 0) {
    breaks(flow, Watched::errors_no_store,
           [] { return std::string("some refusals had Cache-Control: no-store and some had not"); });
  }
  if (facts.must_work && shaped && result.text(Field::error) == "invalid_grant")
    breaks(flow, Watched::fresh_codes_accepted,
           [] { return std::string("a code that was issued a moment ago was refused with invalid_grant"); });
}

void Invariants::on_document(bool keys, std::string_view body, std::vector<Watched>& broken) {
  auto& document = documents_[keys ? 1 : 0];
  const auto watched = keys ? Watched::keys_same : Watched::metadata_same;
  const auto hash = hash64(body, seed_ + kDocument);
  if (document.versions.empty() || hash == document.current_hash) {
    hold(watched);
    if (!document.versions.empty()) return;
  } else if (std::ranges::find(document.versions, hash) != document.versions.end()) {
    auto& watch = watches_[static_cast<std::size_t>(watched)];
    if (watch.broken++ == 0)
      watch.finding = "an earlier document came back; they differ " + difference(document.current, body);
    if (broken.size() < kMostBroken) broken.push_back(watched);
  } else {
    hold(watched);  // replaced, perhaps for good
  }
  if (document.versions.size() < 100 && std::ranges::find(document.versions, hash) == document.versions.end())
    document.versions.push_back(hash);
  document.current.assign(body);
  document.current_hash = hash;
}

void Invariants::end(FlowState& flow, bool held) {
  if (held && flow.revoked != net::SteadyTime{} && flow.probed > flow.revoked)
    time_to_dead_.record(static_cast<std::uint64_t>((flow.probed - flow.revoked).count()));
}

}  // namespace assay::load

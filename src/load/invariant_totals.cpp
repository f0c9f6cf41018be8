// Invariants when the run is over: adds up what several workers saw, and says what was found or why nothing could be.
#include <algorithm>
#include <limits>

#include "base/text.hpp"
#include "load/invariants.hpp"

namespace assay::load {

void Invariants::merge(const Invariants& other) {
  for (std::size_t i = 0; i < kWatchedCount; ++i) {
    watches_[i].held += other.watches_[i].held;
    watches_[i].broken += other.watches_[i].broken;
    if (watches_[i].finding.empty()) watches_[i].finding = other.watches_[i].finding;
  }
  const auto clash = [&](Watched watched, const char* finding) {
    auto& watch = watches_[static_cast<std::size_t>(watched)];
    if (watch.held > 0) --watch.held;  // each of the two took it for new
    if (watch.broken++ == 0) watch.finding = finding;
  };
  codes_.merge(other.codes_, [&](auto, auto) { clash(Watched::codes_differ, "a code came twice"); });
  refresh_tokens_.merge(other.refresh_tokens_, [&](auto, auto) {
    clash(Watched::refresh_tokens_differ, "two grants were given the same refresh token");
  });
  jtis_.merge(other.jtis_, [&](auto, auto) { clash(Watched::jti_differs, "two tokens had the same jti"); });
  redeemed_.merge(other.redeemed_, [&](auto, auto) {
    clash(Watched::one_token_set_per_code, "a code bought tokens for the second time");
  });
  access_tokens_.merge(other.access_tokens_, [&](Seen::Result result, std::uint16_t owner) {
    if (result == Seen::Result::of_another)
      clash(Watched::users_tokens_differ, "two users or clients were given the same access token");
    // A grant lives at one worker: two workers have seen two grants. What a client has by itself may be handed out again.
    else if ((owner & kGranted) != 0)
      clash(Watched::access_tokens_differ, "two grants were given the same access token");
  });
  for (const auto& [user, subject] : other.subject_of_user_)
    if (const auto [known, is_new] = subject_of_user_.try_emplace(user, subject); !is_new && known->second != subject)
      clash(Watched::own_subject, "a user was given what belongs to another subject");
  for (const auto& [subject, user] : other.user_of_subject_)
    if (const auto [known, is_new] = user_of_subject_.try_emplace(subject, user); !is_new && known->second != user)
      clash(Watched::subjects_differ, "two users have the same subject");
  signed_in_.insert(other.signed_in_.begin(), other.signed_in_.end());
  errors_with_ += other.errors_with_;
  errors_without_ += other.errors_without_;
  if (auto& watch = watches_[static_cast<std::size_t>(Watched::errors_no_store)];
      watch.broken == 0 && errors_with_ > 0 && errors_without_ > 0) {
    watch.broken = errors_without_;
    watch.finding = "some refusals had Cache-Control: no-store and some had not";
  }
  shed_ += other.shed_;
  shed_with_retry_ += other.shed_with_retry_;
  timeouts_ += other.timeouts_;
  const auto unset_low = std::numeric_limits<std::int64_t>::min(),
             unset_high = std::numeric_limits<std::int64_t>::max();
  if (clock_low_ != unset_low && other.clock_low_ != unset_low) {
    const auto apart = std::max(clock_low_ - other.clock_high_, other.clock_low_ - clock_high_);
    if (apart > kSkew) clash(Watched::one_clock, "ID tokens were dated by clocks that do not agree");
  }
  clock_low_ = std::max(clock_low_, other.clock_low_);
  clock_high_ = std::min(clock_high_, other.clock_high_ == unset_high ? clock_high_ : other.clock_high_);
  time_to_dead_.merge(other.time_to_dead_);
}

std::string Invariants::why_not_judged(Watched watched) const {
  const auto& one = watch(watched);
  if (one.broken > 0) return "";
  switch (watched) {
    case Watched::own_subject:
    case Watched::subjects_differ:
      if (signed_in_.empty()) return "no user had to sign in, so nobody knows whose tokens these are";
      if (signed_in_.size() < 2)
        return "only one user signed in: name more of them, or a \"user_pool\", in the target file";
      break;
    case Watched::errors_no_store:
      if (errors_with_ == 0 && errors_without_ > 0)
        return "no refusal had Cache-Control: no-store, which no document asks for";
      break;
    case Watched::says_busy:
      if (one.held == 0) return "it was never too much for the server";
      break;
    default: break;
  }
  return one.held > 0 ? "" : "nothing of the kind was seen in this run";
}

std::string Invariants::finding(Watched watched) const {
  std::string out = watch(watched).finding;
  const auto add = [&](const std::string& text) { out += (out.empty() ? "" : "; ") + text; };
  const auto cap = [&](const Seen& seen) {
    if (seen.full()) add("only the first " + std::to_string(seen.size()) + " were compared");
  };
  switch (watched) {
    case Watched::codes_differ: cap(codes_); break;
    case Watched::users_tokens_differ:
    case Watched::access_tokens_differ: cap(access_tokens_); break;
    case Watched::refresh_tokens_differ: cap(refresh_tokens_); break;
    case Watched::jti_differs: cap(jtis_); break;
    case Watched::one_token_set_per_code: cap(redeemed_); break;
    case Watched::metadata_same:
    case Watched::keys_same:
      if (const auto& versions = documents_[watched == Watched::keys_same ? 1 : 0].versions;
          versions.size() > 1 && watch(watched).broken == 0)
        add("it was replaced " + base::plural(versions.size() - 1, "time"));
      break;
    case Watched::says_busy:
      if (shed_ > 0)
        add(base::plural(shed_, "answer") + " 429 or 503, " + std::to_string(shed_with_retry_) + " with Retry-After");
      if (timeouts_ > 0) add(base::plural(timeouts_, "request") + " not answered in time");
      break;
    default: break;
  }
  return out;
}

}  // namespace assay::load

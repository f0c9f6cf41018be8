#include "mock-provider/under_load.hpp"

#include <algorithm>
#include <utility>

#include "mock-provider/application.hpp"

namespace assay::mock {
namespace {

constexpr Defect load_defects[] = {
    Defect::duplicate_token_same_second,
    Defect::token_again_under_load,
    Defect::code_twice_under_load,
    Defect::refresh_token_twice_under_load,
    Defect::jti_twice_under_load,
    Defect::code_reusable_under_load,
    Defect::code_lost_under_load,
    Defect::expiry_ignored_under_load,
    Defect::revocation_late_under_load,
    Defect::tokens_crossed_under_load,
    Defect::state_crossed,
    Defect::iss_of_node_under_load,
    Defect::nonce_crossed_under_load,
    Defect::no_store_missing_under_load,
    Defect::pragma_missing_under_load,
    Defect::error_storable_under_load,
    Defect::error_html_under_load,
    Defect::metadata_flaps,
    Defect::keys_flap_under_load,
    Defect::iat_skewed_nodes,
    Defect::error_5xx_under_load,
    Defect::overload_resets,
};

constexpr auto pause = std::chrono::seconds(1);

UnderLoad& state_of(const Call& call) { return call.application.under_load; }

}  // namespace

void UnderLoad::count(std::chrono::steady_clock::time_point now) {
  const auto ticks = std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count();
  const auto before = last_.exchange(ticks, std::memory_order_relaxed);
  if (std::chrono::nanoseconds(ticks - before) > pause) requests_.store(0, std::memory_order_relaxed);
  requests_.fetch_add(1, std::memory_order_relaxed);
}

bool UnderLoad::is_turn(Defect defect, unsigned every) {
  return asked_[static_cast<std::size_t>(defect)].fetch_add(1, std::memory_order_relaxed) % every == every - 1;
}

std::string UnderLoad::swap(std::string_view name, std::string_view value) {
  const std::lock_guard lock(mutex_);
  const auto found = values_.find(name);
  if (found != values_.end()) return std::exchange(found->second, std::string(value));
  if (values_.size() < kMostNames) values_.emplace(name, value);
  return {};
}

std::string UnderLoad::long_ago(Defect defect, std::string_view value) {
  const std::lock_guard lock(mutex_);
  auto& [ring, next] = rings_[defect];
  return std::exchange(ring[next++ % kBack], std::string(value));
}

bool has_load_defect(const DefectSet& defects) {
  return std::ranges::any_of(load_defects, [&](Defect defect) { return defects.has(defect); });
}

bool is_broken_under_load(const Call& call, Defect defect) {
  return call.broken(defect) && state_of(call).busy(call.application.options().load_onset);
}

bool strikes(const Call& call, Defect defect, unsigned every) {
  return is_broken_under_load(call, defect) && state_of(call).is_turn(defect, every);
}

namespace {

std::string one_of_long_ago(Call& call, Defect defect, std::string fresh) {
  if (!call.broken(defect)) return fresh;
  const bool struck = strikes(call, defect, 17);
  auto old = state_of(call).long_ago(defect, struck ? std::string_view() : fresh);
  return struck && !old.empty() ? old : fresh;
}

}  // namespace

std::string code_under_load(Call& call, std::string fresh) {
  return one_of_long_ago(call, Defect::code_twice_under_load, std::move(fresh));
}

std::string refresh_token_under_load(Call& call, std::string fresh) {
  return one_of_long_ago(call, Defect::refresh_token_twice_under_load, std::move(fresh));
}

std::string access_token_under_load(Call& call, std::string fresh, const User& user) {
  const auto again = [&](Defect defect, const std::string& name) {
    const bool struck = strikes(call, defect, 17);
    auto last = state_of(call).swap(name, fresh);
    if (struck && !last.empty()) fresh = std::move(last);
  };
  if (call.broken(Defect::token_again_under_load))
    again(Defect::token_again_under_load, "again " + std::string(call.client->id) + ' ' + std::string(user.name));
  // Of whoever came last in this second, and was another.
  if (call.broken(Defect::duplicate_token_same_second)) {
    const auto second = std::to_string(numeric_date(call.now));
    const bool struck = strikes(call, Defect::duplicate_token_same_second, 17);
    const auto last = state_of(call).swap("second", second + ' ' + std::string(user.name) + ' ' + fresh);
    const auto first_blank = last.find(' '), blank = last.rfind(' ');
    if (struck && blank != std::string::npos && last.starts_with(second + ' ') &&
        std::string_view(last).substr(first_blank + 1, blank - first_blank - 1) != user.name)
      return last.substr(blank + 1);
  }
  return fresh;
}

std::string jti_under_load(Call& call, std::string fresh) {
  if (!call.broken(Defect::jti_twice_under_load)) return fresh;
  const bool struck = strikes(call, Defect::jti_twice_under_load, 17);
  auto last = state_of(call).swap("jti", fresh);
  return struck && !last.empty() ? last : fresh;
}

const User& user_under_load(Call& call, const User& user) {
  if (!call.broken(Defect::tokens_crossed_under_load)) return user;
  const bool struck = strikes(call, Defect::tokens_crossed_under_load, 7);
  // Users live as long as the provider does.
  const User* last = call.application.last_user.exchange(&user, std::memory_order_relaxed);
  return struck && last ? *last : user;
}

}  // namespace assay::mock

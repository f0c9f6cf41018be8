// Defects that only load shows. The provider is under load once very many requests have come without a pause of a second; then
// every so many requests that such a defect is about meet it. What it hands out a second time is remembered here.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "mock-provider/call.hpp"

namespace assay::mock {

class UnderLoad {
 public:
  // A request came. Only counted while a defect of this kind is on.
  void count(std::chrono::steady_clock::time_point now);
  bool busy(std::uint64_t onset) const { return requests_.load(std::memory_order_relaxed) > onset; }
  // Every so many of those who ask about one defect.
  bool is_turn(Defect defect, unsigned every);

  // Keeps `value` under a name and gives back the one before; empty: there was none.
  std::string swap(std::string_view name, std::string_view value);
  // The same, but the value of 256 calls ago: whoever had it has long used it.
  std::string long_ago(Defect defect, std::string_view value);

 private:
  static constexpr std::size_t kBack = 256, kMostNames = 10'000;

  std::atomic<std::uint64_t> requests_{0};
  std::atomic<std::int64_t> last_{0};
  std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(Defect::count)> asked_{};
  std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> values_;
  std::map<Defect, std::pair<std::array<std::string, kBack>, std::size_t>> rings_;
};

// Whether any of them is switched on.
bool has_load_defect(const DefectSet& defects);
// The defect is on, and the provider is under load.
bool is_broken_under_load(const Call& call, Defect defect);
// And it is the turn of this request.
bool strikes(const Call& call, Defect defect, unsigned every);

// Tokens, and what else the defects give twice: `fresh`, unless one of them strikes.
std::string code_under_load(Call& call, std::string fresh);
std::string refresh_token_under_load(Call& call, std::string fresh);
std::string access_token_under_load(Call& call, std::string fresh, const User& user);
std::string jti_under_load(Call& call, std::string fresh);
// The user whom a token is made for: the one of the grant, unless the grants are crossed.
const User& user_under_load(Call& call, const User& user);

}  // namespace assay::mock

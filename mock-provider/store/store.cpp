// Lookups copy: a copied entry shares its Grant, so that a revocation after the lookup is still seen.
#include "mock-provider/store/store.hpp"

namespace assay::mock {
namespace {

template <class Entry>
std::optional<Entry> copy_of(Table<Entry>& table, std::string_view secret) {
  std::optional<Entry> copy;
  table.visit(secret, [&](const Entry& entry) { copy = entry; });
  return copy;
}

// Defects mark late: what was read is used once its gap is over.
template <class Entry>
std::optional<Entry> copy_with_late_mark(Table<Entry>& table, std::string_view secret) {
  auto copy = copy_of(table, secret);
  if (copy && copy->settles != std::chrono::steady_clock::time_point{} &&
      copy->settles <= std::chrono::steady_clock::now())
    copy->claimed = true;
  return copy;
}

template <class Entry>
bool claim(Table<Entry>& table, std::string_view secret) {
  bool won = false;
  table.visit(secret, [&](Entry& entry) { won = !std::exchange(entry.claimed, true); });
  return won;
}

}  // namespace

std::optional<Code> Store::find_code(std::string_view code) { return copy_with_late_mark(codes, code); }
std::optional<RefreshToken> Store::find_refresh_token(std::string_view token) {
  return copy_with_late_mark(refresh_tokens, token);
}
std::optional<AccessToken> Store::find_access_token(std::string_view token) { return copy_of(access_tokens, token); }

bool Store::claim_code(std::string_view code) { return claim(codes, code); }
bool Store::claim_refresh_token(std::string_view token) { return claim(refresh_tokens, token); }

void Store::clear() {
  interactions.clear();
  sessions.clear();
  codes.clear();
  pushed_requests.clear();
  seen_challenges.clear();
  last_tokens.clear();
  seen_proofs.clear();
  refresh_tokens.clear();
  access_tokens.clear();
}

}  // namespace assay::mock

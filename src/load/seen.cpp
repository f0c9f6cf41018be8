#include "load/seen.hpp"

#include <cstring>

namespace assay::load {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t kOne = 0x9e3779b97f4a7c15, kTwo = 0xd6e8feb86659fd93, kThree = 0xa0761d6478bd642f;

std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t read(const char* from, std::size_t size = 8) {
  std::uint64_t out = 0;
  std::memcpy(&out, from, size);
  return out;
}

}  // namespace

std::uint64_t hash64(std::string_view text, std::uint64_t seed) {
  std::uint64_t hash = fold(seed ^ kOne, text.size() ^ kTwo);
  while (text.size() > 16) {
    hash = fold(read(text.data()) ^ kTwo, read(text.data() + 8) ^ hash);
    text.remove_prefix(16);
  }
  const auto first = text.substr(0, 8), second = text.substr(first.size());
  const auto low = first.empty() ? 0 : read(first.data(), first.size());
  const auto high = second.empty() ? 0 : read(second.data(), second.size());
  return fold(fold(low ^ kThree, high ^ hash) ^ kOne, hash ^ kTwo);
}

void Seen::grow(Shard& shard) {
  Shard larger;
  larger.entries.resize(shard.entries.empty() ? 64 : shard.entries.size() * 2);
  const auto mask = larger.entries.size() - 1;
  for (const Entry entry : shard.entries) {
    if (entry.hash == 0) continue;
    auto at = entry.hash & mask;
    while (larger.entries[at].hash != 0) at = (at + 1) & mask;
    larger.entries[at] = entry;
  }
  larger.used = shard.used;
  shard = std::move(larger);
}

Seen::Result Seen::add(std::uint64_t hash, std::uint16_t owner) {
  if (hash == 0) hash = 1;
  Shard& shard = shard_of(hash);
  if (shard.used * 4 >= shard.entries.size() * 3) grow(shard);
  const auto mask = shard.entries.size() - 1;
  auto at = hash & mask;
  for (; shard.entries[at].hash != 0; at = (at + 1) & mask)
    if (shard.entries[at].hash == hash) return shard.entries[at].owner == owner ? Result::again : Result::of_another;
  if (full()) return Result::not_compared;
  shard.entries[at] = {hash, owner};
  ++shard.used;
  ++size_;
  return Result::fresh;
}

}  // namespace assay::load

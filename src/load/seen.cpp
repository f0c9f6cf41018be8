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

template <class Word>
Word read(const char* from) {
  Word out;
  std::memcpy(&out, from, sizeof out);
  return out;
}

}  // namespace

std::uint64_t hash64(std::string_view text, std::uint64_t seed) {
  std::uint64_t hash = fold(seed ^ kOne, text.size() ^ kTwo);
  while (text.size() > 16) {
    hash = fold(read<std::uint64_t>(text.data()) ^ kTwo, read<std::uint64_t>(text.data() + 8) ^ hash);
    text.remove_prefix(16);
  }
  // The rest as two words, which overlap when it is short.
  const char* const end = text.data() + text.size();
  std::uint64_t low = 0, high = 0;
  if (text.size() >= 8) {
    low = read<std::uint64_t>(text.data());
    high = read<std::uint64_t>(end - 8);
  } else if (text.size() >= 4) {
    low = read<std::uint32_t>(text.data());
    high = read<std::uint32_t>(end - 4);
  } else if (!text.empty()) {
    low = read<std::uint8_t>(text.data()) | std::uint64_t{read<std::uint8_t>(text.data() + text.size() / 2)} << 8;
    high = read<std::uint8_t>(end - 1);
  }
  return fold(fold(low ^ kThree, high ^ hash) ^ kOne, hash ^ kTwo);
}

void Seen::grow(Shard& shard) {
  Level& level = levels_[shard.level];
  const std::size_t capacity = kFirst << shard.level;
  if (level.shards == 0) level.memory = base::ZeroPages(capacity * kShards * sizeof(Entry));
  const auto number = static_cast<std::size_t>(&shard - shards_.data());
  auto* const entries = static_cast<Entry*>(level.memory.data()) + number * capacity;
  const auto mask = capacity - 1;
  for (std::size_t i = 0; i < shard.capacity(); ++i) {
    const Entry entry = shard.entries[i];
    if (entry.hash == 0) continue;
    auto at = entry.hash & mask;
    while (entries[at].hash != 0) at = (at + 1) & mask;
    entries[at] = entry;
  }
  ++level.shards;
  if (shard.level > 0) {
    Level& before = levels_[shard.level - 1];
    if (--before.shards == 0) before.memory = {};
  }
  shard.entries = entries;
  shard.mask = mask;
  ++shard.level;
}

Seen::Result Seen::add(std::uint64_t hash, std::uint16_t owner) {
  if (hash == 0) hash = 1;
  Shard& shard = shards_[hash >> kShardShift];
  if (shard.used * 4 >= shard.capacity() * 3) grow(shard);
  auto at = hash & shard.mask;
  for (; shard.entries[at].hash != 0; at = (at + 1) & shard.mask)
    if (shard.entries[at].hash == hash) return shard.entries[at].owner == owner ? Result::again : Result::of_another;
  if (full()) return Result::not_compared;
  shard.entries[at] = {hash, owner};
  ++shard.used;
  ++size_;
  return Result::fresh;
}

}  // namespace assay::load

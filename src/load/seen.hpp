// Which values came before, as 64-bit hashes with a short mark of their owner: 10 bytes each in a table with open addressing. Of
// sixteen million values, one pair collides by chance in about a hundred thousand runs. Pure, bounded.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace assay::load {

// For tables only: fast, well spread, not hard to forge. Different seeds give unrelated hashes.
std::uint64_t hash64(std::string_view text, std::uint64_t seed);

class Seen {
 public:
  enum class Result : std::uint8_t {
    fresh,
    again,        // it was there, with the same owner
    of_another,   // with another one
    not_compared  // there are too many
  };

  explicit Seen(std::size_t most = kMost) : most_(most) {}

  Result add(std::uint64_t hash, std::uint16_t owner);
  // add() of this hash is to come: asks for its place, which is far from any cache once there are many.
  void expect(std::uint64_t hash) {
    const Shard& shard = shard_of(hash);
    if (!shard.entries.empty()) __builtin_prefetch(&shard.entries[hash & (shard.entries.size() - 1)], 1);
  }
  std::size_t size() const { return size_; }
  bool full() const { return size_ >= most_; }
  // Takes over what another one has seen; `clash(Result, owner there)` is called for every value that both have.
  template <class Clash>
  void merge(const Seen& other, Clash&& clash) {
    for (const auto& shard : other.shards_)
      for (const Entry entry : shard.entries) {
        if (entry.hash == 0) continue;
        const auto result = add(entry.hash, entry.owner);
        if (result == Result::again || result == Result::of_another) clash(result, entry.owner);
      }
  }

  static constexpr std::size_t kMost = 32'000'000;

 private:
  // Many small tables grow one by one: no insertion waits long.
  static constexpr std::size_t kShards = 64;
  // Side by side, so that a look at one is one fetch from memory; without padding, for there may be millions.
  struct [[gnu::packed]] Entry {
    std::uint64_t hash = 0;  // 0: free
    std::uint16_t owner = 0;
  };
  struct Shard {
    std::vector<Entry> entries;
    std::size_t used = 0;
  };
  static void grow(Shard& shard);
  // The lowest bits say where in the shard.
  Shard& shard_of(std::uint64_t hash) { return shards_[hash >> 58]; }

  std::array<Shard, kShards> shards_;
  std::size_t most_, size_ = 0;
};

}  // namespace assay::load

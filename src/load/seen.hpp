// Which values came before, as 64-bit hashes with a short mark of their owner: 10 bytes each in a table with open addressing. Of
// sixteen million values, one pair collides by chance in about a hundred thousand runs. Pure, bounded.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/zero_pages.hpp"

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
  Seen(const Seen&) = delete;
  Seen& operator=(const Seen&) = delete;

  Result add(std::uint64_t hash, std::uint16_t owner);
  // add() of this hash is to come: asks for its place, which is far from any cache once there are many.
  void expect(std::uint64_t hash) {
    const Shard& shard = shards_[hash >> kShardShift];
    if (shard.entries != nullptr) __builtin_prefetch(&shard.entries[hash & shard.mask], 1);
  }
  std::size_t size() const { return size_; }
  bool full() const { return size_ >= most_; }
  // Takes over what another one has seen; `clash(Result, owner there)` is called for every value that both have.
  template <class Clash>
  void merge(const Seen& other, Clash&& clash) {
    for (const auto& shard : other.shards_)
      for (std::size_t i = 0; i < shard.capacity(); ++i) {
        const Entry entry = shard.entries[i];
        if (entry.hash == 0) continue;
        const auto result = add(entry.hash, entry.owner);
        if (result == Result::again || result == Result::of_another) clash(result, entry.owner);
      }
  }

  static constexpr std::size_t kMost = 32'000'000;

 private:
  // Many small tables grow one by one: no insertion waits long.
  static constexpr std::size_t kShards = 64;
  static constexpr int kShardShift = 58;     // the highest bits of a hash say which, the lowest where in it
  static constexpr std::size_t kFirst = 64;  // entries of a shard in the beginning
  // Side by side, so that a look at one is one fetch from memory; without padding, for there may be millions.
  struct [[gnu::packed]] Entry {
    std::uint64_t hash = 0;  // 0: free
    std::uint16_t owner = 0;
  };
  struct Shard {
    std::size_t capacity() const { return entries == nullptr ? 0 : mask + 1; }
    Entry* entries = nullptr;  // its place in the memory of its level
    std::size_t mask = 0, used = 0;
    std::size_t level = 0;  // of the next growth
  };
  // Shards of one size lie together, because alone they are smaller than a large page. They reach a size at nearly the same time.
  struct Level {
    base::ZeroPages memory;
    std::size_t shards = 0;  // that are here
  };
  void grow(Shard& shard);

  std::array<Shard, kShards> shards_;
  std::array<Level, 24> levels_;
  std::size_t most_, size_ = 0;
};

}  // namespace assay::load

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
  std::size_t size() const { return size_; }
  bool full() const { return size_ >= most_; }
  // Takes over what another one has seen; `clash(Result, owner there)` is called for every value that both have.
  template <class Clash>
  void merge(const Seen& other, Clash&& clash) {
    for (const auto& shard : other.shards_)
      for (std::size_t i = 0; i < shard.hashes.size(); ++i) {
        if (shard.hashes[i] == 0) continue;
        const auto result = add(shard.hashes[i], shard.owners[i]);
        if (result == Result::again || result == Result::of_another) clash(result, shard.owners[i]);
      }
  }

  static constexpr std::size_t kMost = 32'000'000;

 private:
  // Many small tables grow one by one: no insertion waits long.
  static constexpr std::size_t kShards = 64;
  struct Shard {
    std::vector<std::uint64_t> hashes;  // 0: free
    std::vector<std::uint16_t> owners;
    std::size_t used = 0;
  };
  static void grow(Shard& shard);

  std::array<Shard, kShards> shards_;
  std::size_t most_, size_ = 0;
};

}  // namespace assay::load

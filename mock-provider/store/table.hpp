// A sharded table from secrets to what they stand for. Keys are SHA-256 digests: the store never holds a code or a token in the
// clear. Every operation holds one shard's lock, so what `visit` does to an entry is atomic.
#pragma once
#include <array>
#include <cstddef>
#include <cstring>
#include <deque>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "crypto/digest.hpp"
#include "mock-provider/clock.hpp"

namespace assay::mock {

// Entry has a member `Time kept_until`; after that it may vanish. All entries of one table live equally long, so that the
// oldest is always the next to go: each insertion removes what is over, which keeps memory bounded without a sweep. Beyond
// `capacity` the oldest entries go early, and so they do when those that say how much of what clients sent they hold (`weight()`,
// bytes; the same for as long as the entry is here) together hold more than `most_bytes`.
template <class Entry>
class Table {
 public:
  explicit Table(std::size_t capacity, std::size_t most_bytes = 32u << 20)
      : shard_capacity_(capacity / shard_count + 1), shard_bytes_(most_bytes / shard_count) {}

  // True if there was none before; an older one is replaced.
  bool insert(std::string_view secret, Entry entry, Time now) {
    const auto key = crypto::sha256(secret);
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    shard.bytes += weight_of(entry);
    const auto [place, is_new] = shard.entries.try_emplace(key, std::move(entry));
    if (is_new) {
      shard.by_age.push_back(&place->first);
    } else {
      shard.bytes -= weight_of(place->second);
      place->second = std::move(entry);
    }
    // Two at most of what is over: the work of an insertion stays constant and still outpaces insertions.
    for (int removed = 0; !shard.by_age.empty(); ++removed) {
      const auto oldest = shard.entries.find(*shard.by_age.front());
      const bool full = shard.entries.size() > shard_capacity_ || shard.bytes > shard_bytes_;
      if (!full && (removed >= 2 || oldest->second.kept_until > now)) break;
      shard.bytes -= weight_of(oldest->second);
      shard.by_age.pop_front();
      shard.entries.erase(oldest);
    }
    return is_new;
  }

  // Runs `use(Entry&)` while no other thread sees the entry. False if there is none.
  template <class Use>
  bool visit(std::string_view secret, Use&& use) {
    const auto key = crypto::sha256(secret);
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    const auto place = shard.entries.find(key);
    if (place == shard.entries.end()) return false;
    std::forward<Use>(use)(place->second);
    return true;
  }

  void clear() {
    for (Shard& shard : shards_) {
      const std::lock_guard lock(shard.mutex);
      shard.by_age.clear();
      shard.entries.clear();
      shard.bytes = 0;
    }
  }

  std::size_t size() const {
    std::size_t total = 0;
    for (const Shard& shard : shards_) {
      const std::lock_guard lock(shard.mutex);
      total += shard.entries.size();
    }
    return total;
  }

 private:
  static constexpr std::size_t shard_count = 64;

  struct FirstBytes {  // a digest is a hash already
    std::size_t operator()(const crypto::Digest& digest) const {
      std::size_t hash = 0;
      std::memcpy(&hash, digest.data(), sizeof hash);
      return hash;
    }
  };
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::unordered_map<crypto::Digest, Entry, FirstBytes> entries;
    std::deque<const crypto::Digest*> by_age;
    std::size_t bytes = 0;
  };

  static std::size_t weight_of(const Entry& entry) {
    if constexpr (requires { entry.weight(); }) return entry.weight();
    else return 0;
  }

  Shard& shard_of(const crypto::Digest& key) { return shards_[key.back() % shard_count]; }

  const std::size_t shard_capacity_, shard_bytes_;
  std::array<Shard, shard_count> shards_;
};

}  // namespace assay::mock

// The deliberate defects and the set of those that are switched on. A defect is a small named deviation at the one place where
// the healthy behaviour is decided: `if (call.broken(Defect::state_dropped))`.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>

#include "base/failure.hpp"

namespace assay::mock {

enum class Defect : std::uint16_t {
#define DEFECT(enumerator, name, breaks, clause) enumerator,
#include "mock-provider/defects/table.inc"
#undef DEFECT
  count  // not a defect
};

class DefectSet {
 public:
  static constexpr std::size_t words = 8;
  static_assert(static_cast<std::size_t>(Defect::count) <= words * 64);

  bool has(Defect defect) const { return bits_[index(defect) / 64] >> index(defect) % 64 & 1u; }
  void add(Defect defect) { bits_[index(defect) / 64] |= std::uint64_t{1} << index(defect) % 64; }

  void add(const DefectSet& others) {
    for (std::size_t word = 0; word < words; ++word) bits_[word] |= others.bits_[word];
  }

  // The defects of these names; a Failure with a suggestion if one does not exist.
  static std::expected<DefectSet, base::Failure> of(std::span<const std::string> names);

 private:
  friend class LiveDefects;
  static std::size_t index(Defect defect) { return static_cast<std::size_t>(defect); }
  std::array<std::uint64_t, words> bits_{};
};

// The set a running provider obeys: read by every request, replaced now and then, without a lock.
class LiveDefects {
 public:
  DefectSet read() const {
    DefectSet set;
    for (std::size_t word = 0; word < DefectSet::words; ++word)
      set.bits_[word] = bits_[word].load(std::memory_order_relaxed);
    return set;
  }
  void replace(const DefectSet& set) {
    for (std::size_t word = 0; word < DefectSet::words; ++word)
      bits_[word].store(set.bits_[word], std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<std::uint64_t>, DefectSet::words> bits_{};
};

}  // namespace assay::mock

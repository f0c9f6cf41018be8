// A histogram of durations with a bounded relative error, in the bucket layout of HdrHistogram: cheap to record into, and
// two of them add up to exactly what one would have recorded.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace assay::record {

// Values are nanoseconds. 128 sub-buckets per power of two: relative error below 0.8 %. Values above 2^42 ns (73 min) count
// in the last bucket; max() stays exact.
class Histogram {
 public:
  static constexpr int kSubBucketBits = 7;

  // No allocation after the first call; inline because the load path calls it for every answer.
  void record(std::uint64_t value_ns) {
    if (counts_.empty()) [[unlikely]]
      allocate();
    ++counts_[index_of(value_ns)];
    ++count_;
    sum_ += value_ns;
    max_ = value_ns > max_ ? value_ns : max_;
    min_ = value_ns < min_ ? value_ns : min_;
  }
  void merge(const Histogram& other);
  void clear();  // its memory stays

  std::uint64_t count() const { return count_; }
  std::uint64_t min() const { return count_ ? min_ : 0; }
  std::uint64_t max() const { return max_; }
  double mean() const { return count_ ? static_cast<double>(sum_) / static_cast<double>(count_) : 0; }
  // The smallest recorded bucket's upper bound that at least `percent` of the values do not exceed; 0 when empty.
  std::uint64_t percentile(double percent) const;

  struct Bucket {
    std::uint64_t lowest = 0;  // ns; identifies the bucket
    std::uint64_t count = 0;
  };
  std::vector<Bucket> buckets() const;  // the non-empty ones, ascending
  static Histogram from_buckets(const std::vector<Bucket>& buckets, std::uint64_t min, std::uint64_t max,
                                std::uint64_t sum);
  std::uint64_t sum() const { return sum_; }

 private:
  static constexpr std::uint64_t kSubBuckets = 1u << kSubBucketBits;
  static constexpr std::uint64_t kHighest = (1ull << 42) - 1;
  static constexpr std::size_t kBuckets = (42 - kSubBucketBits - 1) * kSubBuckets + 2 * kSubBuckets;

  // Values below 256 stand for themselves; above, the leading 8 bits choose the bucket. The exponent is the number of low
  // bits that are dropped, and each exponent adds 128 buckets.
  static std::size_t index_of(std::uint64_t value) {
    value = value < kHighest ? value : kHighest;
    const auto exponent = static_cast<unsigned>(std::bit_width(value | kSubBuckets)) - kSubBucketBits - 1u;
    return (std::size_t{exponent} << kSubBucketBits) + static_cast<std::size_t>(value >> exponent);
  }
  static std::uint64_t lowest_of(std::size_t index);
  static std::uint64_t width_of(std::size_t index);
  void allocate();

  std::vector<std::uint64_t> counts_;  // empty until the first value
  std::uint64_t count_ = 0, sum_ = 0, max_ = 0, min_ = ~0ull;
};

}  // namespace assay::record

// The part of the histogram that is not on the path of a request: percentiles, adding two, in and out as buckets.
#include "record/histogram.hpp"

#include <algorithm>
#include <cmath>

namespace assay::record {

void Histogram::allocate() { counts_.assign(kBuckets, 0); }

std::uint64_t Histogram::lowest_of(std::size_t index) {
  if (index < 2 * kSubBuckets) return index;
  const std::size_t exponent = (index >> kSubBucketBits) - 1;
  return (std::uint64_t{index & (kSubBuckets - 1)} + kSubBuckets) << exponent;
}

std::uint64_t Histogram::width_of(std::size_t index) {
  return index < 2 * kSubBuckets ? 1 : 1ull << ((index >> kSubBucketBits) - 1);
}

void Histogram::merge(const Histogram& other) {
  if (other.count_ == 0) return;
  if (counts_.empty()) allocate();
  for (std::size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
  min_ = std::min(min_, other.min_);
}

void Histogram::clear() {
  if (count_ == 0) return;
  std::ranges::fill(counts_, 0);
  count_ = sum_ = max_ = 0;
  min_ = ~0ull;
}

std::uint64_t Histogram::percentile(double percent) const {
  if (count_ == 0) return 0;
  // The small step down keeps 99.9 % of 1000 at 999 although 99.9 has no exact binary form.
  const double exact = std::ceil(std::clamp(percent, 0.0, 100.0) / 100 * static_cast<double>(count_) - 1e-6);
  const auto wanted = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(exact), 1, count_);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i + 1 < kBuckets; ++i) {
    seen += counts_[i];
    if (seen >= wanted) return std::min(lowest_of(i) + width_of(i) - 1, max_);
  }
  return max_;
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
  std::vector<Bucket> out;
  for (std::size_t i = 0; i < counts_.size(); ++i)
    if (counts_[i] != 0) out.push_back({lowest_of(i), counts_[i]});
  return out;
}

Histogram Histogram::from_buckets(const std::vector<Bucket>& buckets, std::uint64_t min, std::uint64_t max,
                                  std::uint64_t sum) {
  Histogram out;
  if (buckets.empty()) return out;
  out.allocate();
  for (const auto& bucket : buckets) {
    out.counts_[index_of(bucket.lowest)] += bucket.count;
    out.count_ += bucket.count;
  }
  out.min_ = min;
  out.max_ = max;
  out.sum_ = sum;
  return out;
}

}  // namespace assay::record

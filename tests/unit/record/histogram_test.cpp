// The histogram: its error bound, its sums, and that two of them add up.
#include "record/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace assay::record {
namespace {

TEST(Histogram, EmptyIsZero) {
  const Histogram empty;
  EXPECT_EQ(empty.count(), 0u);
  EXPECT_EQ(empty.min(), 0u);
  EXPECT_EQ(empty.max(), 0u);
  EXPECT_EQ(empty.percentile(99), 0u);
  EXPECT_EQ(empty.mean(), 0);
  EXPECT_TRUE(empty.buckets().empty());
}

TEST(Histogram, SmallValuesAreExact) {
  Histogram histogram;
  for (std::uint64_t v = 0; v < 256; ++v) histogram.record(v);
  EXPECT_EQ(histogram.percentile(0), 0u);
  EXPECT_EQ(histogram.percentile(50), 127u);
  EXPECT_EQ(histogram.percentile(100), 255u);
  EXPECT_EQ(histogram.buckets().size(), 256u);
}

TEST(Histogram, EveryBucketHoldsItsOwnBoundsWithin0Point8Percent) {
  for (std::uint64_t v = 1; v < (1ull << 42); v = v * 3 / 2 + 1)
    for (const std::uint64_t value : {v - 1, v, v + 1}) {
      Histogram histogram;
      histogram.record(value);
      histogram.record(value * 2 + 1000);  // so that max does not cap the bound
      const auto bound = histogram.percentile(50);
      ASSERT_GE(bound, value);
      ASSERT_LE(static_cast<double>(bound - value), 0.008 * static_cast<double>(value));
      ASSERT_LE(histogram.buckets().front().lowest, value);
    }
}

TEST(Histogram, PercentilesAgreeWithSortedValues) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> times(16.5, 1.2);
  Histogram histogram;
  std::vector<std::uint64_t> values;
  for (int i = 0; i < 20000; ++i) {
    values.push_back(static_cast<std::uint64_t>(times(random)));
    histogram.record(values.back());
  }
  std::sort(values.begin(), values.end());
  for (const double percent : {0.1, 1.0, 10.0, 50.0, 90.0, 99.0, 99.9, 99.99, 100.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(percent / 100 * 20000 - 1e-6));
    const auto exact = static_cast<double>(values[std::max<std::size_t>(rank, 1) - 1]);
    EXPECT_NEAR(static_cast<double>(histogram.percentile(percent)), exact, 0.008 * exact) << percent;
  }
  EXPECT_EQ(histogram.min(), values.front());
  EXPECT_EQ(histogram.max(), values.back());
}

TEST(Histogram, RanksAreNotOffByOne) {
  Histogram histogram;
  for (int i = 0; i < 999; ++i) histogram.record(1);
  histogram.record(200);
  EXPECT_EQ(histogram.percentile(99.9), 1u);
  EXPECT_EQ(histogram.percentile(99.91), 200u);
}

TEST(Histogram, HugeValuesCountInTheLastBucketAndMaxStaysExact) {
  Histogram histogram;
  histogram.record(~0ull >> 1);
  histogram.record(5);
  EXPECT_EQ(histogram.count(), 2u);
  EXPECT_EQ(histogram.max(), ~0ull >> 1);
  EXPECT_EQ(histogram.percentile(100), ~0ull >> 1);
  EXPECT_EQ(histogram.percentile(50), 5u);
}

bool same(const Histogram& a, const Histogram& b) {
  const auto x = a.buckets(), y = b.buckets();
  return a.count() == b.count() && a.sum() == b.sum() && a.min() == b.min() && a.max() == b.max() &&
         std::equal(x.begin(), x.end(), y.begin(), y.end(),
                    [](const auto& p, const auto& q) { return p.lowest == q.lowest && p.count == q.count; });
}

TEST(Histogram, MergingEqualsRecordingBoth) {
  std::mt19937_64 random(11);
  Histogram a, b, both, empty;
  for (int i = 0; i < 5000; ++i) {
    const auto value = random() >> (random() % 64);
    (i % 3 ? a : b).record(value);
    both.record(value);
  }
  Histogram merged = a;
  merged.merge(b);
  merged.merge(empty);
  EXPECT_TRUE(same(merged, both));
  empty.merge(both);
  EXPECT_TRUE(same(empty, both));
}

TEST(Histogram, BucketsComeBackExactly) {
  Histogram histogram;
  for (std::uint64_t v = 1; v < (1ull << 50); v = v * 5 / 4 + 1) histogram.record(v);
  const auto copy = Histogram::from_buckets(histogram.buckets(), histogram.min(), histogram.max(), histogram.sum());
  EXPECT_TRUE(same(copy, histogram));
  EXPECT_EQ(copy.percentile(99.9), histogram.percentile(99.9));
  EXPECT_TRUE(same(Histogram::from_buckets({}, 0, 0, 0), Histogram()));
}

}  // namespace
}  // namespace assay::record

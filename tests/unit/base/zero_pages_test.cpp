#include "base/zero_pages.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

#include <gtest/gtest.h>

namespace assay::base {
namespace {

std::span<char> bytes(const ZeroPages& pages) { return {static_cast<char*>(pages.data()), pages.size()}; }

TEST(ZeroPages, BeginAsZerosOfAnySize) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{4096}, std::size_t{100'000}, std::size_t{5} << 20}) {
    const ZeroPages pages(size);
    ASSERT_GE(pages.size(), size);
    EXPECT_TRUE(std::ranges::all_of(bytes(pages), [](char c) { return c == 0; })) << size;
    std::ranges::fill(bytes(pages), 'x');
  }
}

TEST(ZeroPages, LargeOnesBeginAtALargePage) {
  const ZeroPages pages((std::size_t{2} << 20) + 1);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(pages.data()) % (std::size_t{2} << 20), 0u);
  EXPECT_EQ(pages.size(), std::size_t{4} << 20);
}

TEST(ZeroPages, MoveAndEnd) {
  ZeroPages pages(100);
  bytes(pages)[0] = 'x';
  ZeroPages other(std::move(pages));
  EXPECT_EQ(pages.data(), nullptr);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(bytes(other)[0], 'x');
  pages = std::move(other);
  EXPECT_EQ(bytes(pages)[0], 'x');
  pages = {};
  EXPECT_EQ(pages.data(), nullptr);
  EXPECT_EQ(ZeroPages(0).data(), nullptr);
}

}  // namespace
}  // namespace assay::base

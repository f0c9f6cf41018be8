#include "base/zero_pages.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace assay::base {
namespace {

constexpr std::size_t kLargePage = std::size_t{2} << 20;

std::size_t rounded_up(std::size_t size, std::size_t unit) { return (size + unit - 1) / unit * unit; }

}  // namespace

ZeroPages::ZeroPages(std::size_t size) {
  if (size == 0) return;
  const bool large = size >= kLargePage;
  size_ = large ? rounded_up(size, kLargePage) : size;
  const std::size_t mapped = large ? size_ + kLargePage : size_;
  void* const begin = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (begin == MAP_FAILED) throw std::bad_alloc();
  data_ = begin;
  if (!large) return;
  // A large page begins at a multiple of its size: what is before and behind goes back.
  const std::size_t before =
      rounded_up(reinterpret_cast<std::uintptr_t>(begin), kLargePage) - reinterpret_cast<std::uintptr_t>(begin);
  data_ = static_cast<char*>(begin) + before;
  if (before > 0) munmap(begin, before);
  if (before < kLargePage) munmap(static_cast<char*>(data_) + size_, kLargePage - before);
  madvise(data_, size_, MADV_HUGEPAGE);  // a wish: without it the table works as well, but slower
}

ZeroPages::~ZeroPages() {
  if (data_ != nullptr) munmap(data_, size_);
}

}  // namespace assay::base

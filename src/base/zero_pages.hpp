// Memory that begins as zeros, in large pages where the system has them: a look at a random place of a large table costs two
// fetches from memory otherwise, the first one to learn where the page is.
#pragma once
#include <cstddef>
#include <utility>

namespace assay::base {

class ZeroPages {
 public:
  ZeroPages() = default;
  // Throws std::bad_alloc. What is not written to takes no memory.
  explicit ZeroPages(std::size_t size);
  ~ZeroPages();
  ZeroPages(ZeroPages&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  ZeroPages& operator=(ZeroPages&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  void* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace assay::base

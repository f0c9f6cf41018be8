#include "html/gumbo_tree.hpp"

#include <csetjmp>
#include <cstddef>
#include <utility>

namespace assay::html {

struct GumboTree::Arena {
  std::vector<std::unique_ptr<char[]>> chunks;
  char* free_begin = nullptr;
  std::size_t free_size = 0;
  std::size_t left = 0;  // of the budget, bytes
  std::size_t calls = 0;
  std::chrono::steady_clock::time_point deadline;
  std::jmp_buf give_up;

  // Bytes for gumbo, or nullptr beyond the budget.
  void* take(std::size_t size) {
    constexpr std::size_t alignment = alignof(std::max_align_t);
    if (size > left) return nullptr;
    size = (size + alignment - 1) / alignment * alignment;
    left = size > left ? 0 : left - size;
    // What is slow in gumbo (many attributes, many open formatting elements) also allocates, so time is looked at here.
    if (++calls % 256 == 0 && std::chrono::steady_clock::now() > deadline) left = 0;
    constexpr std::size_t chunk = 256 * 1024;
    if (size > chunk / 4) return chunks.emplace_back(std::make_unique_for_overwrite<char[]>(size)).get();
    if (size > free_size) {
      free_begin = chunks.emplace_back(std::make_unique_for_overwrite<char[]>(chunk)).get();
      free_size = chunk;
    }
    free_size -= size;
    return std::exchange(free_begin, free_begin + size);
  }

  static void* allocate(void* self, std::size_t size) {
    auto& arena = *static_cast<Arena*>(self);
    if (void* out = arena.take(size)) return out;
    // Gumbo does not survive a failed allocation. Only C frames without anything to clean up lie between here and parse().
    std::longjmp(arena.give_up, 1);
  }
  static void deallocate(void*, void*) {}  // everything goes with the arena

  // Holds no object with a destructor, which longjmp would skip.
  const GumboNode* parse(const char* data, std::size_t size) {
    if (setjmp(give_up) != 0) return nullptr;  // NOLINT(cert-err52-cpp): an exception may not cross gumbo's frames
    GumboOptions options = kGumboDefaultOptions;
    options.allocator = &Arena::allocate;
    options.deallocator = &Arena::deallocate;
    options.userdata = this;
    options.max_errors = 0;
    return gumbo_parse_with_options(&options, data, size)->root;
  }
};

GumboTree::GumboTree(std::string_view html, TreeBudget budget) : arena_(std::make_unique<Arena>()) {
  arena_->left = budget.memory;
  arena_->deadline = std::chrono::steady_clock::now() + budget.time;
  root_ = arena_->parse(html.data(), html.size());
}

GumboTree::~GumboTree() = default;

}  // namespace assay::html

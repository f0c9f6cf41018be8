// A gumbo parse tree that a hostile page cannot make arbitrarily large, deep or slow: all of it lives in one arena, and a
// parse that exceeds its budget is abandoned. (Gumbo itself has no limits, and frees its tree recursively.)
#pragma once
#include <gumbo.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace assay::html {

struct TreeBudget {
  std::size_t memory = 64u << 20;  // bytes
  std::chrono::milliseconds time{1000};
};

class GumboTree {
 public:
  // `html` must outlive the tree.
  GumboTree(std::string_view html, TreeBudget budget);
  GumboTree(const GumboTree&) = delete;
  GumboTree& operator=(const GumboTree&) = delete;
  ~GumboTree();

  // The document's root element, or nullptr if the budget ran out.
  const GumboNode* root() const { return root_; }

 private:
  struct Arena;
  std::unique_ptr<Arena> arena_;
  const GumboNode* root_ = nullptr;
};

}  // namespace assay::html

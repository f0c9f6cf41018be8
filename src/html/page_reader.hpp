// From a parse tree to what matters of a page. Internal to src/html.
#pragma once
#include <gumbo.h>

#include "html/page.hpp"

namespace assay::html {

// Fills in everything but Page::unreadable, at most about `most_text` bytes of the text. Not recursive, and bounded in what it
// keeps.
void read_tree(const GumboNode* root, Page& page, std::size_t most_text);

}  // namespace assay::html

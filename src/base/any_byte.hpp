// A look at every byte of a text.
#pragma once
#include <string_view>

namespace assay::base {

// Whether `is` says yes to any byte. All are looked at, because so the compiler takes sixteen at a time, and a loop that ends early
// takes one; `is` must do without && and || for that.
template <class Is>
bool any_byte(std::string_view text, Is is) {
  unsigned char found = 0;
  for (const char c : text) found |= static_cast<unsigned char>(is(c));
  return found != 0;
}

}  // namespace assay::base

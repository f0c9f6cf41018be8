// A problem in a file that a person wrote: where it is, what is wrong, what to do. Loaders collect all of them.
#pragma once
#include <string>
#include <vector>

namespace assay::base {

struct Diagnostic {
  std::string file;
  int line = 0;    // 1-based; 0: the whole file
  int column = 0;  // 1-based
  std::string message;
  std::string hint;  // what to change; may be empty
};

using Diagnostics = std::vector<Diagnostic>;

// "file:line:column: error: message" and, on a second line, "  hint: ...".
std::string to_string(const Diagnostic& diagnostic);

}  // namespace assay::base

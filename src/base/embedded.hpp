// The files of scenarios/, reports/ and mock-provider/personas/ that travel inside the binary; generated at build time.
#pragma once
#include <span>
#include <string_view>

namespace assay::base {

struct EmbeddedFile {
  std::string_view path;     // relative to the project, such as "scenarios/rules/code/single-use.jsonc"
  std::string_view content;  // the bytes of the file
};

// Every embedded file, ordered by path.
std::span<const EmbeddedFile> embedded_files();

}  // namespace assay::base

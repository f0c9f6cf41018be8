// Whole files, read and written; written so that a reader never sees half of one.
#pragma once
#include <expected>
#include <string>
#include <string_view>

#include "base/failure.hpp"

namespace assay::base {

// Reads a file of at most `limit` bytes.
std::expected<std::string, Failure> read_file(const std::string& path, std::size_t limit = 256u << 20);
enum class FileMode { usual, only_mine };  // only_mine: nobody else may read it, at no moment
// Writes to "path.tmp-…" beside it and renames; on failure nothing is left behind.
std::expected<void, Failure> write_file(const std::string& path, std::string_view content,
                                        FileMode mode = FileMode::usual);

}  // namespace assay::base

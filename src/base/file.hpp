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
// `durable`: it survives a loss of power, too, which takes the disk's time.
enum class Durability { durable, fleeting };
// Writes into a file without a name, which then takes the place of `path`: whoever reads that finds the old content or the new
// one, whole, whatever happens to us. On failure the old one stays and nothing is left behind. A new file in place of an old
// one keeps its permissions. Through a link, the file behind it is replaced. What is no file (a terminal, a pipe, /dev/stdout)
// is written to.
std::expected<void, Failure> write_file(const std::string& path, std::string_view content,
                                        FileMode mode = FileMode::usual, Durability durability = Durability::durable);
// Whether write_file would write to it and not replace it.
bool is_stream(const std::string& path);
// A new file in the folder for temporary files ($TMPDIR, or /tmp), readable by nobody else: "assay-NAME-….json". Its path.
std::expected<std::string, Failure> write_temporary(const std::string& name, std::string_view content);

}  // namespace assay::base

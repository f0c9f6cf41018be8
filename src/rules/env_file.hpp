// The file beside a target that holds its secrets: one NAME=value a line, as shells and containers read it. Knows how such a
// file is written and read, and not what is in it.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "rules/reader.hpp"

namespace assay::rules {

// The variables of the file that the member "env_file" of a target names, relative to the target's folder. What cannot be read
// is a problem of that member; without the member, or the file, there are none.
std::map<std::string, std::string> read_env_file(const Node& target);

// One line of such a file, in single quotes, as a POSIX shell would have it.
std::string env_line(std::string_view name, std::string_view value);

// Exposed for its test. `problem`: what is wrong with the first line that cannot be read, or "".
std::map<std::string, std::string> parse_env(std::string_view text, std::string& problem);

}  // namespace assay::rules

// A JSON-with-comments file that a person wrote: the parsed tree, and where each value stands, so that a loader can point
// at the line. Duplicate member names are errors here, because nlohmann/json would silently keep the last one.
#pragma once
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/diagnostic.hpp"

namespace assay::base {

struct Position {
  int line = 0;    // 1-based
  int column = 0;  // 1-based, in bytes
};

// Where each value (by JSON pointer) begins. For object members, "pointer" + "~key" holds the place of the member's name.
using JsonPositions = std::map<std::string, Position>;

// Scans `text` (JSON with // and /* */ comments) for positions and reports duplicate names. Malformed text ends the scan
// without complaint: the parser has the better message.
JsonPositions scan_json_positions(std::string_view file, std::string_view text, Diagnostics& problems);

// Parses `text`; on a syntax error adds one diagnostic with its line and returns false.
bool parse_jsonc(std::string_view file, std::string_view text, nlohmann::ordered_json& tree, Diagnostics& problems);

}  // namespace assay::base

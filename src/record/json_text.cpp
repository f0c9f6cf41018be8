// JSON documents as text that neither breaks a reader nor drives a terminal.
#include "record/json_text.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>

namespace assay::record::json {
namespace {

// C1 controls and direction marks as \u escapes: they are valid JSON, but whoever prints the file on a terminal would obey
// them. Outside of strings a JSON document holds no such bytes.
std::string with_marks_escaped(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t i = 0; i < json.size(); ++i) {
    const auto byte = [&](std::size_t k) { return i + k < json.size() ? static_cast<unsigned char>(json[i + k]) : 0u; };
    unsigned point = 0;
    if (byte(0) == 0xc2 && byte(1) < 0xa0) point = byte(1);
    else if (byte(0) == 0xe2 && (byte(1) == 0x80 || byte(1) == 0x81))
      point = 0x2000 + (byte(1) - 0x80) * 64 + (byte(2) & 63);
    else if (byte(0) == 0xef && byte(1) == 0xbb && byte(2) == 0xbf) point = 0xfeff;
    const bool mark = (point > 0 && point < 0xa0) || (point >= 0x200b && point <= 0x200f) ||
                      (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069) || point == 0xfeff;
    if (!mark) {
      out += json[i];
      continue;
    }
    out += fmt::format("\\u{:04x}", point);
    i += point < 0x100 ? 1 : 2;
  }
  return out;
}

}  // namespace

std::string written(const nlohmann::ordered_json& document, int indent) {
  return with_marks_escaped(document.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace)) + "\n";
}

}  // namespace assay::record::json

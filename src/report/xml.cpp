// Escaping for XML and HTML. Knows nothing of what it escapes.
#include "report/xml.hpp"

#include <cstdint>

namespace assay::report {
namespace {

// The length of the well-formed UTF-8 sequence at the start of `text` that XML allows, or 0.
std::size_t allowed_sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead >= 0xc2 && lead < 0xe0   ? 2
                             : lead >= 0xe0 && lead < 0xf0 ? 3
                             : lead >= 0xf0 && lead < 0xf5 ? 4
                                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  std::uint32_t point = lead & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    point = point << 6 | (byte(i) & 0x3fu);
  }
  if ((length == 3 && point < 0x800) || (length == 4 && (point < 0x10000 || point > 0x10ffff))) return 0;
  if ((point >= 0xd800 && point <= 0xdfff) || point == 0xfffe || point == 0xffff) return 0;
  return length;
}

}  // namespace

std::string xml_escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '"') out += "&quot;";
    else if (c == '\'') out += "&#39;";
    else if (c == '\t' || c == '\n' || c == '\r' || (byte >= 0x20 && byte < 0x7f)) out += c;
    else if (byte >= 0x80) {
      const auto length = allowed_sequence(text.substr(i));
      if (length == 0) continue;
      out += text.substr(i, length);
      i += length - 1;
    }
  }
  return out;
}

}  // namespace assay::report

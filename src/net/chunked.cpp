// Chunk extensions and trailer fields are read and dropped: nothing in OAuth uses them, and RFC 9112 section 7.1.1
// tells recipients to ignore extensions they do not know.
#include "net/chunked.hpp"

#include <algorithm>
#include <cstring>

#include "base/hex_digit.hpp"

namespace assay::net {
namespace {

constexpr std::size_t max_ornaments = 16 * 1024;

}  // namespace

void ChunkedBody::reset(std::size_t max_body) {
  *this = {};
  budget_ = max_body;
}

ChunkedBody::State ChunkedBody::advance(char* data, std::size_t& raw, std::size_t filled, std::size_t& body_end) {
  while (raw < filled) {
    if (part_ == Part::data) {
      const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, filled - raw));
      const std::size_t accepted = std::min(size, budget_);
      std::memmove(data + body_end, data + raw, accepted);
      body_end += accepted;
      budget_ -= accepted;
      raw += accepted;
      if (accepted < size) return State::too_large;
      left_ -= size;
      if (left_ == 0) part_ = Part::data_cr;
      continue;
    }
    const char c = data[raw++];
    switch (part_) {
      case Part::first_digit:
      case Part::digits:
        if (const int digit = base::hex_digit(c); digit >= 0) {
          if (left_ >> 59U != 0) return State::malformed;
          left_ = left_ * 16 + static_cast<unsigned>(digit);
          part_ = Part::digits;
        } else if (part_ == Part::first_digit) {
          return State::malformed;
        } else if (c == '\r') {
          part_ = Part::size_lf;
        } else if (c == ';') {
          part_ = Part::extension;
        } else if (c == ' ' || c == '\t') {
          part_ = Part::blanks;
        } else {
          return State::malformed;
        }
        break;
      case Part::blanks:  // before an extension, or left over by who pads the number
        if (c == '\r') part_ = Part::size_lf;
        else if (c == ';') part_ = Part::extension;
        else if ((c != ' ' && c != '\t') || ++ornaments_ > max_ornaments) return State::malformed;
        break;
      case Part::extension:
        if (c == '\r') part_ = Part::size_lf;
        else if (c == '\n' || ++ornaments_ > max_ornaments) return State::malformed;
        break;
      case Part::size_lf:
        if (c != '\n') return State::malformed;
        part_ = left_ == 0 ? Part::line_start : Part::data;
        break;
      case Part::data_cr:
        if (c != '\r') return State::malformed;
        part_ = Part::data_lf;
        break;
      case Part::data_lf:
        if (c != '\n') return State::malformed;
        part_ = Part::first_digit;
        break;
      case Part::line_start:
        if (c == '\n') return State::malformed;
        part_ = c == '\r' ? Part::end_lf : Part::line;
        break;
      case Part::line:
        if (c == '\r') part_ = Part::line_lf;
        else if (c == '\n' || ++ornaments_ > max_ornaments) return State::malformed;
        break;
      case Part::line_lf:
        if (c != '\n') return State::malformed;
        part_ = Part::line_start;
        break;
      case Part::end_lf: return c == '\n' ? State::done : State::malformed;
      case Part::data: break;  // above
    }
  }
  return State::more;
}

}  // namespace assay::net

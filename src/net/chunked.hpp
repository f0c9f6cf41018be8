// Removes the chunked transfer coding (RFC 9112 section 7.1) in place, as bytes arrive. Knows nothing of who sent them.
// Internal to src/net.
#pragma once
#include <cstddef>
#include <cstdint>

namespace assay::net {

class ChunkedBody {
 public:
  enum class State : std::uint8_t { more, done, malformed, too_large };

  // Reads coded bytes data[raw, filled) and moves what they carry to data[body_end...], with body_end <= raw; advances
  // both. After `more` everything was read (raw == filled); after `done`, raw is the first byte behind the message.
  State advance(char* data, std::size_t& raw, std::size_t filled, std::size_t& body_end);

  // `max_body`: bytes of decoded body that are accepted.
  void reset(std::size_t max_body);

 private:
  enum class Part : std::uint8_t {
    first_digit,
    digits,
    blanks,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    line_start,
    line,
    line_lf,
    end_lf
  };

  Part part_ = Part::first_digit;
  std::uint64_t left_ = 0;     // bytes of this chunk
  std::size_t budget_ = 0;     // bytes of body still allowed
  std::size_t ornaments_ = 0;  // bytes of extensions and trailers seen: bounded, they are not kept
};

}  // namespace assay::net

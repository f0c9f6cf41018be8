// Heads of HTTP/1.1 messages (RFC 9112 section 5), for both directions: splits the lines into fields and notes what
// decides where the message ends. Knows nothing of sockets. Internal to src/net.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "net/answer.hpp"

namespace assay::net {

// What the header lines say about the length of the message and the life of the connection.
struct FramingFields {
  std::uint64_t length = 0;
  bool has_length = false;
  bool length_conflict = false;  // several different lengths, or one that is not a number
  bool has_coding = false;       // Transfer-Encoding is there
  bool chunked = false;          // and its last coding is chunked
  bool only_chunked = false;     // and its only one
  bool coding_broken = false;    // it is not a list of codings
  bool close = false;
  bool keep_alive = false;
  bool expect_continue = false;
  unsigned hosts = 0;  // number of Host fields
};

enum class FieldsFault : std::uint8_t { none, folded, malformed, without_end };

struct FieldsResult {
  FieldsFault fault = FieldsFault::none;
  const char* why = "";  // a lower-case fragment
  std::size_t size = 0;  // bytes of the head, when there is no fault
};

bool is_token_char(char c);  // RFC 9110 section 5.6.2

// `data`: first line, header lines and the final empty line, each with its CRLF, and whatever comes behind. The first line goes to
// `first_line`, without its CRLF and only checked for control characters that end lines. Views point into `data`.
FieldsResult parse_head(std::string_view data, std::string_view& first_line, std::vector<HeaderField>& fields,
                        FramingFields& framing);

// Offset after the empty line that ends a head; npos if it is not there yet. Up to `from` it was looked for before. A
// bare LF before that line counts as a line end here; parse_head() then refuses the head.
std::size_t find_head_end(std::string_view data, std::size_t from);

}  // namespace assay::net

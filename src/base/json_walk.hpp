// A strict, zero-copy walk over one JSON document (RFC 8259): no tree, no allocation. It finds members by name, tells what
// they are, and says whether the whole document is well-formed. For the path of a request; elsewhere nlohmann/json is used.
// It differs from nlohmann/json in four ways: bytes above 0x7f in strings are taken as they are, well-formed UTF-8 or not;
// lone surrogate escapes are read as U+FFFD; numbers may be of any size, for they stay text; a NUL does not end the document.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace assay::base {

enum class JsonType : std::uint8_t { absent, null, boolean, number, string, array, object };
std::string_view to_string(JsonType type);

struct JsonValue {
  JsonType type = JsonType::absent;
  bool escaped = false;   // the text of a string holds backslash escapes
  bool repeated = false;  // the member occurs more than once in its object
  std::string_view text;  // a string without its quotes; anything else as it stands in the document

  // The string's characters with escapes resolved; numbers and the rest as they stand.
  std::string unescaped() const;
  std::optional<std::int64_t> integer() const;  // a number without fraction and exponent that fits
};

struct JsonWanted {
  std::string_view name;  // a member of the top-level object
  JsonValue value;
};

inline constexpr int kMostJsonDepth = 64;  // what is nested deeper is taken for malformed

enum class JsonShape : std::uint8_t { object, other, malformed };

// Reads `text` once: fills every entry of `wanted` (their names differ) with the first member of that name (marks repetitions) and
// says what the document is. Nesting deeper than 64 counts as malformed. O(text), no allocation.
JsonShape walk_json(std::string_view text, std::span<JsonWanted> wanted);

// The value at a JSON pointer (RFC 6901; "" is the whole document); absent when there is none or the text is malformed.
JsonValue find_json(std::string_view text, std::string_view pointer);

// The first member name that occurs twice in one object, anywhere; empty if none.
std::string repeated_json_member(std::string_view text);

}  // namespace assay::base

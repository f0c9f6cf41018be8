// Small things about text that several folders need.
#pragma once
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay::base {

bool equals_ignoring_case(std::string_view a, std::string_view b);           // ASCII
std::string lower(std::string_view text);                                    // ASCII
std::string_view trim(std::string_view text);                                // spaces and tabs, CR, LF
std::vector<std::string_view> split(std::string_view text, char separator);  // empty parts are dropped
bool has_word(std::string_view words, std::string_view word);                // words separated by spaces

// The name among `known` that `unknown` was probably meant to be, by edit distance; empty if none is near.
std::string did_you_mean(std::string_view unknown, std::span<const std::string> known);

// `text` with control characters, ESC sequences' ESC and bidirectional marks made visible as \xNN or \u{NNNN}: a hostile
// server must not drive the user's terminal. Tabs and line ends become spaces. At most `limit` bytes, then "…".
std::string printable(std::string_view text, std::size_t limit = 400);

// "*" matches any run of characters, "?" one: code/*, */single-use.
bool matches_glob(std::string_view pattern, std::string_view text);

// "250ms", "5s", "2m", "1h", "1.5s"; nullopt if it is not a duration.
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::nanoseconds duration);  // "12 ms", "1.4 s", "2 min"

// "1 rule", "2 rules"
std::string plural(std::size_t count, std::string_view noun);

}  // namespace assay::base

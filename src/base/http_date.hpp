// Dates in HTTP header fields (Date, Retry-After), as times. Knows no header field.
#pragma once
#include <chrono>
#include <optional>
#include <string_view>

namespace assay::base {

// The three forms of RFC 9110 section 5.6.7; nullopt for anything else. What comes after 2200 is 2200. "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

}  // namespace assay::base

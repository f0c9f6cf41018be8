// Encodings of RFC 4648 (base64, base64url, hex) and of HTML forms (application/x-www-form-urlencoded, percent).
// Every append_ function adds to the end of `out` and allocates only what `out` has to grow.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay::base {

void append_base64(std::string& out, std::string_view bytes);     // RFC 4648 section 4, padded
void append_base64url(std::string& out, std::string_view bytes);  // RFC 4648 section 5, no padding
std::string base64(std::string_view bytes);
std::string base64url(std::string_view bytes);
std::optional<std::string> decode_base64(std::string_view text);     // nullopt: not base64
std::optional<std::string> decode_base64url(std::string_view text);  // nullopt: not base64url; padding is refused
std::string hex(std::string_view bytes);

// application/x-www-form-urlencoded, as the WHATWG URL standard and RFC 6749 appendix B have it: space becomes "+".
void append_form_encoded(std::string& out, std::string_view value);
std::string form_encoded(std::string_view value);
// Percent-encoding for a query or path component: everything but RFC 3986 unreserved characters.
void append_percent_encoded(std::string& out, std::string_view value);
// Decodes %XX; with `plus_is_space` also "+". A broken escape is kept as it stands.
std::string percent_decoded(std::string_view text, bool plus_is_space);

// What stands between the quotes of a JSON string (RFC 8259 section 7). Bytes above 0x7f stay as they are.
void append_json_escaped(std::string& out, std::string_view value);

using Parameters = std::vector<std::pair<std::string, std::string>>;
// Parses a form body or a query; keeps order and repetitions. At most `limit` pairs are read.
Parameters parse_form(std::string_view text, std::size_t limit = 1000);
// The first value of `name`, or nullptr.
const std::string* find_parameter(const Parameters& parameters, std::string_view name);

}  // namespace assay::base

// What conditions ask of single values: which characters they are made of, what is inside them. Pure functions; those that build
// a tree are for checks that only `check` judges.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "base/json_walk.hpp"
#include "rules/rule.hpp"

namespace assay::engine {

// "vschar" (RFC 6749 appendix A), "b64token" (RFC 6750 section 2.1) or "unreserved" (RFC 3986 section 2.3). An empty text is of
// none of them.
bool is_made_of(std::string_view characters, std::string_view text);

// Whether a JSON array has this string, or a JSON string is it ("aud" may be either, RFC 7519 section 4.1.3).
bool has_element(base::JsonType type, std::string_view text, std::string_view element);

// Whether a JSON object has no member but these.
bool has_only_members(std::string_view object, std::span<const std::string> names);

// Whether `secret` can be read in `text`: as it stands, or in what its parts decode to as base64 or base64url.
bool reveals(std::string_view text, std::string_view secret);

std::string filtered(rules::Filter filter, std::string_view value, std::string_view claim);

}  // namespace assay::engine

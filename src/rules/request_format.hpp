// How the parameters of a request travel.
#pragma once
#include <cstdint>
#include <string_view>

namespace assay::rules {

enum class RequestFormat : std::uint8_t {
  form,   // application/x-www-form-urlencoded, as RFC 6749 section 4.1.3 says
  json,   // the members of one JSON object, all of them strings
  query,  // in the query of a POST without a body
};
inline constexpr std::string_view kRequestFormats[] = {"form", "json", "query"};

}  // namespace assay::rules

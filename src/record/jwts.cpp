// Finds tokens by their looks: three parts of base64url, the first of which begins a JSON object. What a server sent may be
// anything: nothing here may fail, loop or recurse on it.
#include "record/jwts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/encoding.hpp"
#include "base/json_walk.hpp"

namespace assay::record {
namespace {

constexpr std::size_t kMostOfAMessage = 4;
constexpr std::size_t kLongestPart = 16384;
// OpenID Connect Core section 5.1, but for sub and preferred_username: who the test user is, stands in the target file.
constexpr std::string_view kPersonal[] = {"name",    "given_name",   "family_name", "middle_name", "nickname",
                                          "email",   "phone_number", "address",     "birthdate",   "gender",
                                          "picture", "profile",      "website"};

bool is_base64url(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

std::string_view part_at(std::string_view text, std::size_t from) {
  auto end = from;
  while (end < text.size() && is_base64url(text[end])) ++end;
  return text.substr(from, end - from);
}

bool is_object(std::string_view text) { return base::walk_json(text, {}) == base::JsonShape::object; }

std::string without_person(std::string json) {
  for (const auto name : kPersonal) {
    const auto value = base::find_json(json, fmt::format("/{}", name));
    if (value.text.empty() || value.type == base::JsonType::boolean || value.type == base::JsonType::null) continue;
    const bool quoted = value.type == base::JsonType::string;
    const auto mask = fmt::format("‹{} {} chars›", name, value.text.size());
    const auto at = static_cast<std::size_t>(value.text.data() - json.data());
    json.replace(at, value.text.size(), quoted ? mask : "\"" + mask + "\"");
  }
  return json;
}

void add(const Redactor& redactor, std::string_view message, bool of_request, std::vector<Jwt>& out) {
  std::size_t found = 0, seen = 0;
  for (auto at = message.find("eyJ"); at != std::string_view::npos && found < kMostOfAMessage;
       at = message.find("eyJ", at + 3)) {
    if (at < seen || (at > 0 && is_base64url(message[at - 1]))) continue;
    // RFC 7515 section 7.1. In a record that was redacted, a label is the last part, or there is none.
    const auto header = part_at(message, at);
    const auto dot = at + header.size();
    if (dot >= message.size() || message[dot] != '.' || header.size() > kLongestPart) continue;
    const auto claims = part_at(message, dot + 1);
    seen = dot + 1 + claims.size();
    if (seen >= message.size() || message[seen] != '.' || claims.size() > kLongestPart) continue;
    const auto signature = part_at(message, seen + 1);
    const auto label = redactor.label(message.substr(at, seen + 1 - at + signature.size()));
    if (!label.empty() && signature.empty()) continue;
    const auto first = base::decode_base64url(header), second = base::decode_base64url(claims);
    if (!first || !second || !is_object(*first) || !is_object(*second)) continue;
    ++found;
    const auto shown = [&](const std::string& json) { return redactor.redact(without_person(json)); };
    // The same token once is enough.
    Jwt jwt{.label = label, .of_request = of_request, .header = shown(*first), .claims = shown(*second)};
    const auto same = [&](const Jwt& one) {
      return one.label == jwt.label && one.header == jwt.header && one.claims == jwt.claims;
    };
    if (std::ranges::none_of(out, same)) out.push_back(std::move(jwt));
  }
}

}  // namespace

std::vector<Jwt> jwts_of(const Redactor& redactor, const Exchange& exchange) {
  std::vector<Jwt> out;
  for (const auto& jwt : exchange.jwts)
    out.push_back({jwt.label, jwt.of_request, redactor.redact(jwt.header), redactor.redact(jwt.claims)});
  if (!out.empty()) return out;
  add(redactor, exchange.request, true, out);
  add(redactor, exchange.response, false, out);
  return out;
}

}  // namespace assay::record

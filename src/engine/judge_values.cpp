#include "engine/judge_values.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "crypto/jws.hpp"

namespace assay::engine {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_base64_character(char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '+' || c == '/'; }

// Another character of the same kind, so that the value keeps its form: what was hexadecimal stays so.
char another(char c) {
  if (is_digit(c)) return c == '9' ? '0' : static_cast<char>(c + 1);
  if (c >= 'a' && c <= 'f') return c == 'f' ? 'a' : static_cast<char>(c + 1);
  if (c >= 'A' && c <= 'F') return c == 'F' ? 'A' : static_cast<char>(c + 1);
  if (is_letter(c)) return c == 'z' ? 'g' : c == 'Z' ? 'G' : static_cast<char>(c + 1);
  return 'A';
}

char with_swapped_case(char c) { return is_letter(c) ? static_cast<char>(c ^ 0x20) : c; }

}  // namespace

bool is_made_of(std::string_view characters, std::string_view text) {
  const auto fits = [&](char c) {
    if (characters == "vschar") return c >= 0x20 && c <= 0x7e;
    if (is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') return true;
    return characters == "b64token" && (c == '+' || c == '/');
  };
  if (characters == "b64token")
    while (text.size() > 1 && text.ends_with('=')) text.remove_suffix(1);
  return !text.empty() && std::ranges::all_of(text, fits);
}

bool has_element(base::JsonType type, std::string_view text, std::string_view element) {
  if (type == base::JsonType::string) return text == element;
  if (type != base::JsonType::array) return false;
  const auto json = nlohmann::json::parse(text, nullptr, false);
  return json.is_array() && std::ranges::any_of(json, [&](const auto& one) {
           return one.is_string() && one.template get_ref<const std::string&>() == element;
         });
}

bool has_only_members(std::string_view object, std::span<const std::string> names) {
  const auto json = nlohmann::json::parse(object, nullptr, false);
  if (!json.is_object()) return false;
  for (const auto& [name, value] : json.items())
    if (std::ranges::find(names, name) == names.end()) return false;
  return true;
}

bool reveals(std::string_view text, std::string_view secret) {
  if (secret.empty()) return false;
  if (text.contains(secret)) return true;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = begin;
    while (end < text.size() && is_base64_character(text[end])) ++end;
    const auto part = text.substr(begin, end - begin);
    begin = end + 1;
    if (part.size() < 16) continue;
    std::string padded(part);
    while (padded.size() % 4 != 0) padded += '=';
    for (const auto& decoded : {base::decode_base64url(part), base::decode_base64(padded)})
      if (decoded && decoded->contains(secret)) return true;
  }
  return false;
}

std::string filtered(rules::Filter filter, std::string_view value, std::string_view claim) {
  std::string out(value);
  switch (filter) {
    case rules::Filter::none: break;
    case rules::Filter::tampered: {
      // In a JWT the middle is the payload or the signature; in any other value one character in the middle carries as much as
      // any, while the last one may hold padding bits only.
      std::size_t at = out.size() / 2;
      while (at < out.size() && !is_letter(out[at]) && !is_digit(out[at])) ++at;
      if (at < out.size()) out[at] = another(out[at]);
      break;
    }
    case rules::Filter::swapped_case: std::ranges::transform(out, out.begin(), with_swapped_case); break;
    case rules::Filter::upper:
      std::ranges::transform(out, out.begin(), [](char c) { return c >= 'a' && c <= 'z' ? with_swapped_case(c) : c; });
      break;
    case rules::Filter::s256: return crypto::sha256_base64url(value);
    case rules::Filter::claim: {
      const auto jws = crypto::parse_jws(value);
      return jws ? base::find_json(jws->payload, "/" + std::string(claim)).unescaped() : std::string();
    }
  }
  return out;
}

}  // namespace assay::engine

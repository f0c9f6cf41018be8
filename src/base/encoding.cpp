#include "base/encoding.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/any_byte.hpp"
#include "base/hex_digit.hpp"

namespace assay::base {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kHex = "0123456789ABCDEF";

void append_with(std::string& out, std::string_view bytes, std::string_view alphabet, bool padded) {
  std::size_t i = 0;
  const auto before = out.size();
  out.resize(before + bytes.size() / 3 * 4);
  char* to = out.data() + before;
  const auto byte = [&](std::size_t at) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at])); };
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t v = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    *to++ = alphabet[v >> 18];
    *to++ = alphabet[v >> 12 & 63];
    *to++ = alphabet[v >> 6 & 63];
    *to++ = alphabet[v & 63];
  }
  const std::size_t rest = bytes.size() - i;
  if (rest == 0) return;
  const std::uint32_t v = byte(i) << 16 | (rest == 2 ? byte(i + 1) << 8 : 0);
  out += alphabet[v >> 18];
  out += alphabet[v >> 12 & 63];
  if (rest == 2) out += alphabet[v >> 6 & 63];
  if (padded) out.append(rest == 2 ? 1 : 2, '=');
}

std::optional<std::string> decode_with(std::string_view text, std::string_view alphabet) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const auto at = alphabet.find(c);
    if (at == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(at);
    if (++count == 4) {
      out += static_cast<char>(bits >> 16 & 255);
      out += static_cast<char>(bits >> 8 & 255);
      out += static_cast<char>(bits & 255);
      bits = 0;
      count = 0;
    }
  }
  if (count == 2) out += static_cast<char>(bits >> 4 & 255);
  if (count == 3) {
    out += static_cast<char>(bits >> 10 & 255);
    out += static_cast<char>(bits >> 2 & 255);
  }
  return out;
}

using SafeTable = std::array<bool, 256>;

constexpr SafeTable unreserved_table(std::string_view extra) {
  SafeTable table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (const char c : extra) table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr std::string_view kFormOthers = "*-._", kUriOthers = "-._~";  // safe besides letters and digits
constexpr auto kFormSafe = unreserved_table(kFormOthers);
constexpr auto kUriSafe = unreserved_table(kUriOthers);

// Whether nothing has to be escaped. Of a long value, all but the end is looked at sixteen bytes at a time; the table is for the rest.
bool is_plain(std::string_view value, const SafeTable& safe, std::string_view others) {
  using Byte = unsigned char;
  const auto among = [](Byte c, char first, Byte size) -> Byte { return static_cast<Byte>(c - first) < size; };
  const auto is = [](char c, char other) -> Byte { return c == other; };
  const auto odd = [&](char c) -> Byte {
    return Byte{1} ^ (among(static_cast<Byte>(c | 0x20), 'a', 26) | among(static_cast<Byte>(c), '0', 10) |
                      is(c, others[0]) | is(c, others[1]) | is(c, others[2]) | is(c, others[3]));
  };
  const auto whole = value.size() / 16 * 16;
  return !any_byte(value.substr(0, whole), odd) &&
         std::ranges::all_of(value.substr(whole), [&](char c) { return safe[static_cast<Byte>(c)]; });
}

void append_escaped(std::string& out, std::string_view value, const SafeTable& safe, bool plus) {
  const auto before = out.size();
  out.resize_and_overwrite(before + 3 * value.size(), [&](char* data, std::size_t) {
    char* to = data + before;
    for (const char c : value) {
      const auto byte = static_cast<unsigned char>(c);
      if (safe[byte]) {
        *to++ = c;
      } else if (plus && c == ' ') {
        *to++ = '+';
      } else {
        *to++ = '%';
        *to++ = kHex[byte >> 4];
        *to++ = kHex[byte & 15];
      }
    }
    return static_cast<std::size_t>(to - data);
  });
}

}  // namespace

void append_base64(std::string& out, std::string_view bytes) { append_with(out, bytes, kBase64, true); }
void append_base64url(std::string& out, std::string_view bytes) { append_with(out, bytes, kBase64Url, false); }

std::string base64(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes);
  return out;
}

std::string base64url(std::string_view bytes) {
  std::string out;
  append_base64url(out, bytes);
  return out;
}

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;  // RFC 4648 section 3.2: padding is part of it
  for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i) text.remove_suffix(1);
  return decode_with(text, kBase64);
}

std::optional<std::string> decode_base64url(std::string_view text) { return decode_with(text, kBase64Url); }

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    out += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

// Most values are plain, as tokens are.
void append_form_encoded(std::string& out, std::string_view value) {
  if (is_plain(value, kFormSafe, kFormOthers)) out.append(value);
  else append_escaped(out, value, kFormSafe, true);
}

std::string form_encoded(std::string_view value) {
  std::string out;
  append_form_encoded(out, value);
  return out;
}

void append_percent_encoded(std::string& out, std::string_view value) {
  if (is_plain(value, kUriSafe, kUriOthers)) out.append(value);
  else append_escaped(out, value, kUriSafe, false);
}

void append_json_escaped(std::string& out, std::string_view value) {
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
      out += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
    } else {
      out += c;
    }
  }
}

std::string percent_decoded(std::string_view text, bool plus_is_space) {
  if (text.find('%') == std::string_view::npos && (!plus_is_space || text.find('+') == std::string_view::npos))
    return std::string(text);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else {
      out += text[i];
    }
  }
  return out;
}

Parameters parse_form(std::string_view text, std::size_t limit) {
  Parameters out;
  out.reserve(std::min(limit, static_cast<std::size_t>(std::ranges::count(text, '&')) + 1));
  while (!text.empty() && out.size() < limit) {
    const auto end = text.find('&');
    const auto pair = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    out.emplace_back(percent_decoded(pair.substr(0, equals), true),
                     equals == std::string_view::npos ? std::string() : percent_decoded(pair.substr(equals + 1), true));
  }
  return out;
}

const std::string* find_parameter(const Parameters& parameters, std::string_view name) {
  for (const auto& [key, value] : parameters)
    if (key == name) return &value;
  return nullptr;
}

}  // namespace assay::base

#include "load/claims.hpp"

#include <array>

namespace assay::load {
namespace {

constexpr auto kDigits = [] {
  std::array<std::int8_t, 256> out{};
  out.fill(-1);
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    out[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  return out;
}();

// As base::decode_base64url, but into a buffer that is there.
bool decode(std::string_view text, std::string& out) {
  out.resize(text.size() * 3 / 4);
  char* to = out.data();
  const auto digit = [](char c) { return kDigits[static_cast<unsigned char>(c)]; };
  for (; text.size() >= 4; text.remove_prefix(4)) {
    const int four[] = {digit(text[0]), digit(text[1]), digit(text[2]), digit(text[3])};
    if ((four[0] | four[1] | four[2] | four[3]) < 0) return false;
    const int bits = four[0] << 18 | four[1] << 12 | four[2] << 6 | four[3];
    *to++ = static_cast<char>(bits >> 16);
    *to++ = static_cast<char>(bits >> 8);
    *to++ = static_cast<char>(bits);
  }
  std::uint32_t bits = 0;
  int have = 0;
  for (const char c : text) {
    if (digit(c) < 0) return false;
    bits = bits << 6 | static_cast<std::uint32_t>(digit(c));
    if ((have += 6) < 8) continue;
    have -= 8;
    *to++ = static_cast<char>(bits >> have);
  }
  return text.size() % 4 != 1;
}

}  // namespace

bool Claims::read(std::string_view token) {
  sub_ = jti_ = {};
  nonce_.reset();
  iat_.reset();
  if (!token.starts_with("eyJ")) return false;  // {" in base64url
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) return false;
  if (!decode(token.substr(first + 1, second - first - 1), payload_)) return false;
  std::array<base::JsonWanted, 4> wanted{base::JsonWanted{"sub", {}}, base::JsonWanted{"jti", {}},
                                         base::JsonWanted{"nonce", {}}, base::JsonWanted{"iat", {}}};
  if (base::walk_json(payload_, wanted) != base::JsonShape::object) return false;
  const auto text = [&](std::size_t i) -> std::optional<std::string_view> {
    const auto& value = wanted[i].value;
    if (value.type != base::JsonType::string) return std::nullopt;
    if (!value.escaped) return value.text;
    unescaped_[i] = value.unescaped();
    return unescaped_[i];
  };
  sub_ = text(0).value_or(std::string_view());
  jti_ = text(1).value_or(std::string_view());
  nonce_ = text(2);
  iat_ = wanted[3].value.integer();
  return true;
}

}  // namespace assay::load

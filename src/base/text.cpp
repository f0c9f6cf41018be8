#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace assay::base {
namespace {

char lower_char(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (lower_char(a[i - 1]) == lower_char(b[j - 1]) ? 0 : 1)});
      diagonal = above;
    }
  }
  return row.back();
}

}  // namespace

namespace {

// Eight or four characters in lower case at once: of each byte that is 'A' to 'Z', the bit that makes it lower case is set.
template <class Word>
Word lower_word(const char* from) {
  constexpr auto each = static_cast<Word>(0x0101010101010101);
  Word text = 0;
  std::memcpy(&text, from, sizeof text);
  const Word low = text & (each * 0x7f);
  const Word upper = (low + each * (0x80 - 'A')) & ~(low + each * (0x7f - 'Z')) & ~text & (each * 0x80);
  return text | upper >> 2;
}

// Of at least one word; the last one may overlap the one before.
template <class Word>
bool equal_words(std::string_view a, std::string_view b) {
  constexpr auto step = sizeof(Word);
  for (std::size_t at = 0; at + step < a.size(); at += step)
    if (lower_word<Word>(a.data() + at) != lower_word<Word>(b.data() + at)) return false;
  const std::size_t last = a.size() - step;
  return lower_word<Word>(a.data() + last) == lower_word<Word>(b.data() + last);
}

}  // namespace

// Header fields are compared by their names at every request.
bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  if (a.size() >= 8) return equal_words<std::uint64_t>(a, b);
  if (a.size() >= 4) return equal_words<std::uint32_t>(a, b);
  return std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower_char(x) == lower_char(y); });
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower_char);
  return out;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const auto end = text.find(separator);
    if (end != 0) out.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return out;
}

bool has_word(std::string_view words, std::string_view word) {
  const auto all = split(words, ' ');
  return std::find(all.begin(), all.end(), word) != all.end();
}

std::string did_you_mean(std::string_view unknown, std::span<const std::string> known) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, unknown.size() / 3) + 1;
  for (const auto& name : known) {
    const auto distance = edit_distance(unknown, name);
    if (distance >= std::max(unknown.size(), name.size())) continue;  // nothing in common
    if (distance < best_distance) {
      best_distance = distance;
      best = name;
    }
  }
  return best;
}

std::string printable(std::string_view text, std::size_t limit) {
  std::string out;
  for (std::size_t i = 0, used = 1; i < text.size(); i += used) {
    const auto byte = static_cast<unsigned char>(text[i]);
    char escaped[16];
    std::string_view piece = text.substr(i, 1);
    used = 1;
    if (byte == '\t' || byte == '\n' || byte == '\r') {
      piece = " ";
    } else if (byte < 0x20 || byte == 0x7f) {
      std::snprintf(escaped, sizeof escaped, "\\x%02x", byte);
      piece = escaped;
    } else if (byte >= 0x80) {
      // One well-formed UTF-8 sequence, or the byte in hexadecimal.
      const std::size_t length = byte >= 0xf0 && byte < 0xf5 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 0;
      bool good = length > 0 && byte < 0xf5 && i + length <= text.size();
      std::uint32_t point = length == 2 ? byte & 0x1f : length == 3 ? byte & 0x0f : byte & 0x07;
      for (std::size_t k = 1; good && k < length; ++k) {
        const auto next = static_cast<unsigned char>(text[i + k]);
        good = (next & 0xc0) == 0x80;
        point = point << 6 | (next & 0x3f);
      }
      const bool hostile = point < 0xa0 || point == 0x61c || (point >= 0x200b && point <= 0x200f) ||
                           (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069) ||
                           point == 0xfeff || (point >= 0xd800 && point <= 0xdfff) || (length == 3 && point < 0x800) ||
                           (length == 4 && (point < 0x10000 || point > 0x10ffff));
      if (!good) std::snprintf(escaped, sizeof escaped, "\\x%02x", byte);
      else if (hostile) std::snprintf(escaped, sizeof escaped, "\\u{%x}", point);
      if (good) used = length;
      piece = good && !hostile ? text.substr(i, length) : std::string_view(escaped);
    }
    if (out.size() + piece.size() > limit) return out + "…";
    out += piece;
  }
  return out;
}

bool matches_glob(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || (pattern[p] != '*' && pattern[p] == text[t]))) {
      ++p;
      ++t;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !std::isfinite(value) || value < 0) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  double seconds = 0;
  if (unit == "ms") seconds = value / 1000;
  else if (unit == "s") seconds = value;
  else if (unit == "m" || unit == "min") seconds = value * 60;
  else if (unit == "h") seconds = value * 3600;
  else return std::nullopt;
  if (seconds > 366.0 * 24 * 3600) return std::nullopt;
  return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

std::string format_duration(std::chrono::nanoseconds duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  char out[48];
  if (seconds < 1e-3) std::snprintf(out, sizeof out, "%.0f us", seconds * 1e6);
  else if (seconds < 1) std::snprintf(out, sizeof out, seconds < 0.01 ? "%.1f ms" : "%.0f ms", seconds * 1e3);
  else if (seconds < 120) std::snprintf(out, sizeof out, seconds < 10 ? "%.2g s" : "%.0f s", seconds);
  else std::snprintf(out, sizeof out, "%.0f min", seconds / 60);
  return out;
}

std::string plural(std::size_t count, std::string_view noun) {
  std::string out = std::to_string(count) + " " + std::string(noun);
  if (count != 1) out += "s";
  return out;
}

}  // namespace assay::base

#include "base/json_walk.hpp"

#include <bit>
#include <charconv>
#include <unordered_set>
#include <vector>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace assay::base {
namespace {

constexpr int kMaxDepth = kMostJsonDepth;

void append_utf8(std::string& out, std::uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0 | point >> 6);
    out += static_cast<char>(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xe0 | point >> 12);
    out += static_cast<char>(0x80 | (point >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (point & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | point >> 18);
    out += static_cast<char>(0x80 | (point >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (point >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (point & 0x3f));
  }
}

std::uint32_t hex4(std::string_view text) {
  std::uint32_t value = 0;
  std::from_chars(text.data(), text.data() + 4, value, 16);
  return value;
}

// A cursor over the document. Every read_ function returns false when the text is not JSON there.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  void skip_space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) ++at_;
  }
  bool at_end() const { return at_ == end_; }
  char peek() const { return at_ == end_ ? '\0' : *at_; }
  bool take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  bool read_string(std::string_view& text, bool& escaped) {
    if (!take('"')) return false;
    const char* begin = at_;
    escaped = false;
    for (;;) {
      skip_plain();
      if (at_ == end_) return false;
      const auto c = static_cast<unsigned char>(*at_);
      if (c == '"') {
        text = {begin, static_cast<std::size_t>(at_ - begin)};
        ++at_;
        return true;
      }
      if (c < 0x20) return false;
      if (c == '\\') {
        escaped = true;
        if (++at_ == end_) return false;
        if (*at_ == 'u') {
          if (end_ - at_ < 5) return false;
          for (int i = 1; i <= 4; ++i)
            if (!is_hex(at_[i])) return false;
          at_ += 4;
        } else if (std::string_view("\"\\/bfnrt").find(*at_) == std::string_view::npos) {
          return false;
        }
      }
      ++at_;
    }
  }

  bool read_value(JsonValue& value, int depth) {
    if (depth > kMaxDepth) return false;
    skip_space();
    const char* begin = at_;
    switch (peek()) {
      case '"': value.type = JsonType::string; return read_string(value.text, value.escaped);
      case '{': value.type = JsonType::object; break;
      case '[': value.type = JsonType::array; break;
      case 't': value.type = JsonType::boolean; return read_literal("true", value);
      case 'f': value.type = JsonType::boolean; return read_literal("false", value);
      case 'n': value.type = JsonType::null; return read_literal("null", value);
      default: value.type = JsonType::number; return read_number(value);
    }
    const auto nothing = [](std::string_view, bool, const JsonValue&) {};
    if (value.type == JsonType::object ? !read_object(nothing, depth) : !read_array(nothing, depth)) return false;
    value.text = {begin, static_cast<std::size_t>(at_ - begin)};
    return true;
  }

  template <class Visit>
  bool read_object(Visit&& visit, int depth) {
    if (!take('{')) return false;
    skip_space();
    if (take('}')) return true;
    for (;;) {
      std::string_view name;
      bool escaped = false;
      skip_space();
      if (!read_string(name, escaped)) return false;
      skip_space();
      if (!take(':')) return false;
      JsonValue value;
      if (!read_value(value, depth + 1)) return false;
      visit(name, escaped, value);
      skip_space();
      if (take('}')) return true;
      if (!take(',')) return false;
    }
  }

  template <class Visit>
  bool read_array(Visit&& visit, int depth) {
    if (!take('[')) return false;
    skip_space();
    if (take(']')) return true;
    for (;;) {
      JsonValue value;
      if (!read_value(value, depth + 1)) return false;
      visit(std::string_view(), false, value);
      skip_space();
      if (take(']')) return true;
      if (!take(',')) return false;
    }
  }

 private:
  static bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  // To the next byte of a string that is a quote, a backslash or a control character, or to the end. Tokens are long: 16 bytes
  // at a time make the walk over a token answer twice as fast.
  void skip_plain() {
#ifdef __SSE2__
    for (; end_ - at_ >= 16; at_ += 16) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at_));
      const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
      const __m128i other =
          _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
      if (const auto found = static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(control, other))); found != 0) {
        at_ += std::countr_zero(found);
        return;
      }
    }
#endif
    while (at_ != end_ && *at_ != '"' && *at_ != '\\' && static_cast<unsigned char>(*at_) >= 0x20) ++at_;
  }

  bool read_literal(std::string_view word, JsonValue& value) {
    if (static_cast<std::size_t>(end_ - at_) < word.size() || std::string_view(at_, word.size()) != word) return false;
    value.text = {at_, word.size()};
    at_ += word.size();
    return true;
  }

  bool read_number(JsonValue& value) {
    const char* begin = at_;
    take('-');
    if (take('0')) {
    } else if (is_digit(peek())) {
      while (is_digit(peek())) ++at_;
    } else {
      return false;
    }
    if (take('.')) {
      if (!is_digit(peek())) return false;
      while (is_digit(peek())) ++at_;
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (!is_digit(peek())) return false;
      while (is_digit(peek())) ++at_;
    }
    value.text = {begin, static_cast<std::size_t>(at_ - begin)};
    return true;
  }

  const char* at_;
  const char* end_;
};

std::string name_of(std::string_view text, bool escaped) {
  JsonValue value;
  value.type = JsonType::string;
  value.text = text;
  value.escaped = escaped;
  return value.unescaped();
}

void find_repeated(const JsonValue& value, std::string& found, int depth) {
  if (!found.empty() || depth > kMaxDepth) return;
  Cursor cursor(value.text);
  std::unordered_set<std::string> seen;
  const auto visit = [&](std::string_view name, bool escaped, const JsonValue& member) {
    if (value.type == JsonType::object) {
      std::string clear = name_of(name, escaped);
      if (found.empty() && !seen.insert(clear).second) found = clear;
    }
    find_repeated(member, found, depth + 1);
  };
  if (value.type == JsonType::object) cursor.read_object(visit, 0);
  if (value.type == JsonType::array) cursor.read_array(visit, 0);
}

}  // namespace

std::string_view to_string(JsonType type) {
  switch (type) {
    case JsonType::absent: return "absent";
    case JsonType::null: return "null";
    case JsonType::boolean: return "boolean";
    case JsonType::number: return "number";
    case JsonType::string: return "string";
    case JsonType::array: return "array";
    case JsonType::object: return "object";
  }
  return "absent";
}

std::string JsonValue::unescaped() const {
  if (!escaped) return std::string(text);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 >= text.size()) {
      out += text[i];
      continue;
    }
    switch (text[++i]) {
      case 'b': out += '\b'; break;
      case 'f': out += '\f'; break;
      case 'n': out += '\n'; break;
      case 'r': out += '\r'; break;
      case 't': out += '\t'; break;
      case 'u': {
        if (i + 4 >= text.size()) return out;
        std::uint32_t point = hex4(text.substr(i + 1, 4));
        i += 4;
        const bool high = point >= 0xd800 && point < 0xdc00;
        if (high && i + 6 < text.size() && text[i + 1] == '\\' && text[i + 2] == 'u') {
          const std::uint32_t low = hex4(text.substr(i + 3, 4));
          if (low >= 0xdc00 && low < 0xe000) {
            point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
            i += 6;
          }
        }
        append_utf8(out, point >= 0xd800 && point < 0xe000 ? 0xfffd : point);
        break;
      }
      default: out += text[i];
    }
  }
  return out;
}

std::optional<std::int64_t> JsonValue::integer() const {
  if (type != JsonType::number) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

JsonShape walk_json(std::string_view text, std::span<JsonWanted> wanted) {
  for (auto& want : wanted) want.value = {};
  Cursor cursor(text);
  cursor.skip_space();
  JsonShape shape = JsonShape::other;
  if (cursor.peek() == '{') {
    shape = JsonShape::object;
    const auto visit = [&](std::string_view name, bool escaped, const JsonValue& value) {
      for (auto& want : wanted) {
        if (escaped ? name_of(name, true) != want.name : name != want.name) continue;
        if (want.value.type != JsonType::absent) want.value.repeated = true;
        else want.value = value;
        break;
      }
    };
    if (!cursor.read_object(visit, 0)) return JsonShape::malformed;
  } else {
    JsonValue value;
    if (!cursor.read_value(value, 0)) return JsonShape::malformed;
  }
  cursor.skip_space();
  return cursor.at_end() ? shape : JsonShape::malformed;
}

JsonValue find_json(std::string_view text, std::string_view pointer) {
  Cursor cursor(text);
  JsonValue value;
  if (!cursor.read_value(value, 0)) return {};
  cursor.skip_space();
  if (!cursor.at_end()) return {};
  while (!pointer.empty()) {
    pointer.remove_prefix(1);  // the slash
    const auto end = pointer.find('/');
    std::string token(pointer.substr(0, end));
    pointer = end == std::string_view::npos ? std::string_view{} : pointer.substr(end);
    for (std::size_t i = 0; (i = token.find('~', i)) != std::string::npos; ++i)
      token.replace(i, 2, token.compare(i, 2, "~1") == 0 ? "/" : "~");
    JsonValue found;
    std::size_t index = 0;
    Cursor inner(value.text);
    if (value.type == JsonType::object) {
      inner.read_object(
          [&](std::string_view name, bool escaped, const JsonValue& member) {
            if (escaped ? name_of(name, true) != token : name != token) return;
            if (found.type == JsonType::absent) found = member;
            else found.repeated = true;
          },
          0);
    } else if (value.type == JsonType::array) {
      inner.read_array(
          [&](std::string_view, bool, const JsonValue& member) {
            if (std::to_string(index++) == token) found = member;
          },
          0);
    }
    value = found;
  }
  return value;
}

std::string repeated_json_member(std::string_view text) {
  Cursor cursor(text);
  JsonValue value;
  std::string found;
  if (cursor.read_value(value, 0)) find_repeated(value, found, 0);
  return found;
}

}  // namespace assay::base

// One pass over the lines; no allocation once the vector has grown.
#include "net/fields.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace assay::net {
namespace {

constexpr std::size_t block_size = 64;  // bytes looked at together; one bit each

constexpr auto token_table = [] {
  std::array<bool, 256> table{};
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = true;
  for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = table[c - 'a' + 'A'] = true;
  for (char c : {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~'})
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

}  // namespace

bool is_token_char(char c) { return token_table[static_cast<unsigned char>(c)]; }

namespace {

// `name` has the length of `lower_name`, whose letters are lower case; "-" and letters only.
bool is_name(std::string_view name, const char* lower_name) {
  std::size_t i = 0;
  for (; i + 8 <= name.size(); i += 8) {  // eight at once; "-" is what it is with that bit
    std::uint64_t here = 0, there = 0;
    std::memcpy(&here, name.data() + i, 8);
    std::memcpy(&there, lower_name + i, 8);
    if ((here | 0x2020202020202020U) != there) return false;
  }
  for (; i < name.size(); ++i)
    if ((static_cast<unsigned char>(name[i]) | 0x20U) != static_cast<unsigned char>(lower_name[i])) return false;
  return true;
}

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

template <class Visit>
void for_each_element(std::string_view list, Visit visit) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view element = trim_blanks(list.substr(0, comma));
    if (!element.empty()) visit(element);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

bool equals(std::string_view a, std::string_view lower_b) {
  return a.size() == lower_b.size() && is_name(a, lower_b.data());
}

// RFC 9110 section 8.6: a list of identical numbers may be taken as one; anything else must not be guessed at.
void note_length(std::string_view value, FramingFields& framing) {
  bool any = false;
  for_each_element(value, [&](std::string_view element) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(element.data(), element.data() + element.size(), number);
    any = true;
    if (error != std::errc() || end != element.data() + element.size() ||
        (framing.has_length && framing.length != number))
      framing.length_conflict = true;
    framing.has_length = true;
    framing.length = number;
  });
  if (!any) framing.has_length = framing.length_conflict = true;
}

void note_coding(std::string_view value, FramingFields& framing) {
  for_each_element(value, [&](std::string_view element) {
    framing.only_chunked = !framing.has_coding;
    framing.has_coding = true;
    framing.chunked = equals(element, "chunked");
    framing.only_chunked = framing.only_chunked && framing.chunked;
    // No registered coding has parameters, and readers disagree about them.
    if (!std::all_of(element.begin(), element.end(), is_token_char)) framing.coding_broken = true;
  });
}

void note(const HeaderField& field, FramingFields& framing) {
  switch (field.name.size()) {
    case 4:
      if (is_name(field.name, "host")) ++framing.hosts;
      break;
    case 6:
      if (is_name(field.name, "expect")) framing.expect_continue = equals(field.value, "100-continue");
      break;
    case 10:
      if (is_name(field.name, "connection"))
        for_each_element(field.value, [&](std::string_view option) {
          if (equals(option, "close")) framing.close = true;
          if (equals(option, "keep-alive")) framing.keep_alive = true;
        });
      break;
    case 14:
      if (is_name(field.name, "content-length")) note_length(field.value, framing);
      break;
    case 17:
      if (is_name(field.name, "transfer-encoding")) note_coding(field.value, framing);
      break;
    default: break;
  }
}

// Bit i: block[i] is CR, LF, NUL, or another of the bytes up to CR.
std::uint64_t low_bytes(const char* block) {
  std::uint64_t bits = 0;
#ifdef __SSE2__
  for (std::size_t i = 0; i < block_size; i += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + i));
    const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8('\r')), bytes);
    bits |= static_cast<std::uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(low))) << i;
  }
#else
  for (std::size_t i = 0; i < block_size; ++i)
    bits |= static_cast<std::uint64_t>(static_cast<unsigned char>(block[i]) <= '\r') << i;
#endif
  return bits;
}

// The first byte that is no letter and no "-", or a place before it. Few names have others.
const char* behind_letters(const char* text, const char* end) {
#ifdef __SSE2__
  for (; end - text >= 16; text += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
    const __m128i from_a = _mm_sub_epi8(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
    const __m128i letters = _mm_cmpeq_epi8(_mm_min_epu8(from_a, _mm_set1_epi8(25)), from_a);
    const __m128i dashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-'));
    const auto fine = static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(letters, dashes)));
    if (fine != 0xffff) return text + std::countr_one(fine);
  }
#endif
  return text;
}

FieldsResult parse_line(const char* line, const char* end, std::vector<HeaderField>& fields, FramingFields& framing) {
  const char* name_end = behind_letters(line, end);
  while (is_token_char(*name_end)) ++name_end;  // ends at the CR at the latest
  if (*name_end != ':' || name_end == line) {
    if (*line == ' ' || *line == '\t') return {FieldsFault::folded, "a folded header line"};
    if (*name_end == ' ' || *name_end == '\t') return {FieldsFault::malformed, "a blank in or after a field name"};
    return {FieldsFault::malformed, "a header line without a field name"};
  }
  fields.push_back({{line, static_cast<std::size_t>(name_end - line)},
                    trim_blanks({name_end + 1, static_cast<std::size_t>(end - (name_end + 1))})});
  note(fields.back(), framing);
  return {};
}

}  // namespace

FieldsResult parse_head(std::string_view data, std::string_view& first_line, std::vector<HeaderField>& fields,
                        FramingFields& framing) {
  const char* const begin = data.data();
  const char* const end_of_data = begin + data.size();
  const char* line = nullptr;  // the begin of the current line; null before the first one has ended
  for (std::size_t offset = 0; offset < data.size(); offset += block_size) {
    const char* block = begin + offset;
    std::array<char, block_size> tail;
    if (const std::size_t left = data.size() - offset; left < block_size) {
      tail.fill(' ');
      std::memcpy(tail.data(), block, left);
      block = tail.data();
    }
    // RFC 9112 section 2.2, RFC 9110 section 5.5: lines end with CRLF; CR, LF and NUL are nowhere else.
    for (std::uint64_t low = low_bytes(block); low != 0; low &= low - 1) {
      const int place = std::countr_zero(low);
      const char* const at = begin + offset + place;
      if (*at == '\r' && at + 1 != end_of_data && at[1] == '\n') {
        if (line == nullptr) {
          first_line = {begin, static_cast<std::size_t>(at - begin)};
        } else if (at == line) {
          return {.size = static_cast<std::size_t>(at + 2 - begin)};
        } else if (const FieldsResult result = parse_line(line, at, fields, framing);
                   result.fault != FieldsFault::none) {
          return result;
        }
        line = at + 2;
        low &= ~(std::uint64_t{2} << place);
      } else if (*at == '\r' && at + 1 != end_of_data && at[1] != '\0') {
        return {FieldsFault::malformed, "a bare CR in a header line"};
      } else if (*at == '\0') {
        return {FieldsFault::malformed, "a NUL byte in a header line"};
      } else if (*at == '\n' && at + 1 != line) {  // not that of a CR at the end of the block before
        return {FieldsFault::malformed, "a header line that does not end with CRLF"};
      }
    }
  }
  return {FieldsFault::without_end, "a head without end"};
}

std::size_t find_head_end(std::string_view data, std::size_t from) {
  const char* position = data.data() + (from < 2 ? 0 : from - 2);
  const char* const end = data.data() + data.size();
#ifdef __SSE2__
  const __m128i lf = _mm_set1_epi8('\n');
  for (; end - position >= 18; position += 16) {
    const __m128i here = _mm_loadu_si128(reinterpret_cast<const __m128i*>(position));
    const __m128i two_on = _mm_loadu_si128(reinterpret_cast<const __m128i*>(position + 2));
    auto both =
        static_cast<unsigned>(_mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(here, lf), _mm_cmpeq_epi8(two_on, lf))));
    for (; both != 0; both &= both - 1) {
      const char* const found = position + std::countr_zero(both);
      if (found[1] == '\r') return static_cast<std::size_t>(found - data.data()) + 3;
    }
  }
#endif
  for (; end - position >= 3; ++position)
    if (position[0] == '\n' && position[1] == '\r' && position[2] == '\n')
      return static_cast<std::size_t>(position - data.data()) + 3;
  return std::string_view::npos;
}

}  // namespace assay::net

// One pass over the lines; no allocation once the vector has grown.
#include "net/fields.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace assay::net {
namespace {

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
  for (std::size_t i = 0; i < name.size(); ++i)
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

bool equals(std::string_view a, std::string_view lower_b) { return a.size() == lower_b.size() && is_name(a, lower_b.data()); }

// RFC 9110 section 8.6: a list of identical numbers may be taken as one; anything else must not be guessed at.
void note_length(std::string_view value, FramingFields& framing) {
  bool any = false;
  for_each_element(value, [&](std::string_view element) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(element.data(), element.data() + element.size(), number);
    any = true;
    if (error != std::errc() || end != element.data() + element.size() || (framing.has_length && framing.length != number))
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

}  // namespace

FieldsResult parse_fields(std::string_view lines, std::vector<HeaderField>& fields, FramingFields& framing) {
  if (lines.find('\0') != std::string_view::npos) return {FieldsFault::malformed, "a NUL byte in a header line"};
  const char* position = lines.data();
  const char* const end = position + lines.size();
  std::ptrdiff_t line_count = 0;
  while (position != end) {
    const auto* line_end = static_cast<const char*>(std::memchr(position, '\n', static_cast<std::size_t>(end - position)));
    if (line_end == nullptr || line_end == position || line_end[-1] != '\r')
      return {FieldsFault::malformed, "a header line that does not end with CRLF"};
    ++line_count;
    const char* name_end = position;
    while (token_table[static_cast<unsigned char>(*name_end)]) ++name_end;
    if (*name_end != ':' || name_end == position) {
      if (*position == ' ' || *position == '\t') return {FieldsFault::folded, "a folded header line"};
      if (*name_end == ' ' || *name_end == '\t') return {FieldsFault::malformed, "a blank in or after a field name"};
      return {FieldsFault::malformed, "a header line without a field name"};
    }
    const HeaderField field{
        {position, static_cast<std::size_t>(name_end - position)},
        trim_blanks({name_end + 1, static_cast<std::size_t>(line_end - 1 - (name_end + 1))})};
    fields.push_back(field);
    note(field, framing);
    position = line_end + 1;
  }
  // Every LF ended a line and had its CR, so any further CR stands alone (RFC 9112 section 2.2).
  if (std::count(lines.begin(), lines.end(), '\r') != line_count) return {FieldsFault::malformed, "a bare CR in a header line"};
  return {};
}

std::size_t find_head_end(std::string_view data, std::size_t from) {
  const std::size_t start = from < 3 ? 0 : from - 3;
  if (start >= data.size()) return std::string_view::npos;
  const void* found = ::memmem(data.data() + start, data.size() - start, "\r\n\r\n", 4);
  if (found == nullptr) return std::string_view::npos;
  return static_cast<std::size_t>(static_cast<const char*>(found) - data.data()) + 4;
}

}  // namespace assay::net

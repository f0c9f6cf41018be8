// Redaction by value: every way in which a registered secret can stand in a document is a pattern, and one pass over the text
// looks for all of them at once. What is unknown is left to redaction_names.cpp.
#include "record/redaction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/encoding.hpp"
#include "record/redaction_names.hpp"

namespace assay::record {
namespace {

constexpr std::size_t kPrefix = 6;       // shorter values are found by the parameter they stand in
constexpr std::size_t kLongText = 4096;  // a text this long may have been cut in the middle of a secret

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; }
bool is_base64(char c) { return is_word(c) || c == '+' || c == '/' || c == '-'; }
bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

std::uint64_t prefix_at(const char* text) {
  std::uint64_t key = 0;
  std::memcpy(&key, text, kPrefix);
  return key;
}
std::size_t filter_slot(std::uint64_t key) { return static_cast<std::size_t>(key * 0x9e3779b97f4a7c15ull >> 48); }

std::string percent_encoded(std::string_view value) {
  std::string out;
  base::append_percent_encoded(out, value);
  return out;
}

std::string lower_escapes(std::string text) {
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    if (text[i] != '%') continue;
    for (const std::size_t k : {i + 1, i + 2})
      if (text[k] >= 'A' && text[k] <= 'F') text[k] = static_cast<char>(text[k] - 'A' + 'a');
  }
  return text;
}

std::string json_escaped(std::string_view value, bool slash) {
  std::string out;
  for (const char c : value) {
    if (c == '"' || c == '\\' || (slash && c == '/')) out += '\\';
    out += c;
  }
  return out;
}

std::string html_escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '"') out += "&quot;";
    else if (c == '\'') out += "&#39;";
    else out += c;
  }
  return out;
}

// The base64 characters that `value` alone decides when `before` bytes (modulo 3) precede it.
std::string base64_core(std::string_view value, std::size_t before, bool url) {
  std::string bytes(before, '\0');
  bytes += value;
  const auto text = url ? base::base64url(bytes) : base::base64(bytes);
  const std::size_t first = (8 * before + 5) / 6;
  const std::size_t last = 8 * bytes.size() / 6;
  return text.substr(first, last - first);
}

// True if a plain word that stands at [at, end) is not a part of a longer one. What ends an escape (%3D, \n) is no letter.
bool stands_alone(std::string_view text, std::size_t at, std::size_t end) {
  if (end < text.size() && is_word(text[end])) return false;
  if (at == 0 || !is_word(text[at - 1])) return true;
  if (at >= 3 && text[at - 3] == '%' && is_hex(text[at - 2]) && is_hex(text[at - 1])) return true;
  if (at >= 6 && text[at - 6] == '\\' && text[at - 5] == 'u') return true;
  return at >= 2 && text[at - 2] == '\\';
}

}  // namespace

void Redactor::add_pattern(std::string text, std::size_t entry, bool base64, bool whole_word) {
  if (text.size() < kPrefix) return;
  const auto key = prefix_at(text.data());
  auto& same_prefix = by_prefix_[key];
  for (const auto i : same_prefix)
    if (patterns_[i].text == text) return;
  prefix_filter_[filter_slot(key)] = true;
  const auto place = std::find_if(same_prefix.begin(), same_prefix.end(),
                                  [&](std::size_t i) { return patterns_[i].text.size() < text.size(); });
  same_prefix.insert(place, patterns_.size());
  patterns_.push_back({std::move(text), entry, base64, whole_word});
}

void Redactor::add(std::string_view kind, std::string_view value) {
  if (value.empty()) return;
  const auto [known, inserted] = index_.emplace(std::string(value), entries_.size());
  if (!inserted) return;
  const auto entry = entries_.size();
  entries_.push_back(
      {std::string(value), fmt::format("‹{}#{} {} chars›", kind, ++counts_[std::string(kind)], value.size())});
  if (value.size() < kPrefix) return;

  const bool word = value.size() < 16 && std::all_of(value.begin(), value.end(), is_letter);
  const auto percent = percent_encoded(value), form = base::form_encoded(value);
  for (const auto& text :
       {std::string(value), percent, lower_escapes(percent), form, lower_escapes(form), percent_encoded(percent),
        percent_encoded(form), json_escaped(value, false), json_escaped(value, true), html_escaped(value)})
    add_pattern(text, entry, false, word);
  // HTTP Basic is base64 of "id:secret" (RFC 7617), with both of them form-encoded first by RFC 6749 section 2.3.1.
  for (const auto& clear : {std::string(value), form})
    for (std::size_t before = 0; before < 3; ++before)
      for (const bool url : {false, true}) {
        const auto core = base64_core(clear, before, url);
        add_pattern(core, entry, true, false);
        add_pattern(percent_encoded(core), entry, true, false);
      }
}

std::string Redactor::label(std::string_view value) const {
  const auto found = index_.find(std::string(value));
  return found == index_.end() ? std::string() : entries_[found->second].label;
}

const Redactor::Pattern* Redactor::match(std::string_view text, std::size_t at) const {
  const auto key = prefix_at(text.data() + at);
  if (!prefix_filter_[filter_slot(key)]) return nullptr;
  const auto found = by_prefix_.find(key);
  if (found == by_prefix_.end()) return nullptr;
  const auto rest = text.substr(at);
  for (const auto i : found->second) {
    const auto& pattern = patterns_[i];
    const bool whole = rest.starts_with(pattern.text);
    const bool cut = !whole && text.size() >= kLongText && pattern.text.starts_with(rest);
    if (!whole && !cut) continue;
    if (pattern.whole_word && !stands_alone(text, at, at + pattern.text.size())) continue;
    return &pattern;
  }
  return nullptr;
}

std::string Redactor::redact_values(std::string_view text) const {
  std::string out;
  out.reserve(text.size());
  std::size_t copied_from = 0;  // everything since this place of `text` stands at the end of `out` as it was
  for (std::size_t i = 0; i < text.size();) {
    const Pattern* found = i + kPrefix <= text.size() ? match(text, i) : nullptr;
    if (!found) {
      out += text[i++];
      continue;
    }
    std::size_t end = std::min(text.size(), i + found->text.size());
    if (found->base64) {
      // The characters around it hold bits of it, or the name that belongs to it.
      for (std::size_t k = i; k > copied_from && is_base64(text[k - 1]); --k) out.pop_back();
      while (end < text.size() && (is_base64(text[end]) || text[end] == '=')) ++end;
    }
    out += entries_[found->entry].label;
    i = copied_from = end;
  }
  return out;
}

std::string Redactor::redact(std::string_view text) const {
  if (text.empty()) return {};
  const auto known = redact_values(text);
  return redact_names(known,
                      [this](std::string_view value) { return value.size() < kPrefix ? label(value) : std::string(); });
}

}  // namespace assay::record

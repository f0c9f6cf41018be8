#include "mock-provider/form.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace assay::mock {
namespace {

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// A broken escape stays as it stands, as the URL standard has it.
std::string_view append_decoded(std::string& out, std::string_view text) {
  const std::size_t begin = out.size();
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+') {
      out += ' ';
    } else if (text[at] == '%' && at + 2 < text.size() && nibble(text[at + 1]) >= 0 && nibble(text[at + 2]) >= 0) {
      out += static_cast<char>(nibble(text[at + 1]) << 4 | nibble(text[at + 2]));
      at += 2;
    } else {
      out += text[at];
    }
  }
  return std::string_view(out).substr(begin);
}

}  // namespace

void Form::read(std::string_view text) {
  decoded_.clear();
  decoded_.reserve(text.size());  // decoding never lengthens, so the views below stay valid
  pairs_.clear();
  overlong_ = false;
  while (!text.empty()) {
    const auto end = text.find('&');
    const auto pair = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (pair.empty()) continue;
    if (pairs_.size() == limit) {
      overlong_ = true;
      return;
    }
    const auto equals = pair.find('=');
    const auto name = append_decoded(decoded_, pair.substr(0, equals));
    const auto value =
        equals == std::string_view::npos ? std::string_view() : append_decoded(decoded_, pair.substr(equals + 1));
    pairs_.emplace_back(name, value);
  }
}

bool Form::read_json(std::string_view text) {
  read({});
  const auto tree = nlohmann::ordered_json::parse(text, nullptr, false);
  if (!tree.is_object() || tree.size() > limit) return false;
  decoded_.reserve(text.size());  // escapes are longer than what they stand for
  const auto keep = [&](std::string_view part) {
    const std::size_t begin = decoded_.size();
    decoded_ += part;
    return std::string_view(decoded_).substr(begin);
  };
  for (const auto& [name, value] : tree.items()) {
    if (!value.is_string()) return false;
    const auto key = keep(name);
    pairs_.emplace_back(key, keep(value.get_ref<const std::string&>()));
  }
  return true;
}

std::string_view Form::value(std::string_view name) const {
  for (const auto& [key, value] : pairs_)
    if (key == name) return value;
  return {};
}

std::string_view Form::last_value(std::string_view name) const {
  std::string_view last;
  for (const auto& [key, value] : pairs_)
    if (key == name) last = value;
  return last;
}

bool Form::names(std::string_view name) const {
  return std::ranges::find(pairs_, name, &std::pair<std::string_view, std::string_view>::first) != pairs_.end();
}

bool Form::repeats(std::string_view name) const {
  int count = 0;
  for (const auto& pair : pairs_) count += pair.first == name;
  return count > 1;
}

std::string_view Form::repeated(std::span<const std::string_view> tolerated) const {
  for (std::size_t later = 1; later < pairs_.size(); ++later)
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      const auto name = pairs_[later].first;
      if (pairs_[earlier].first == name && name != "resource" && name != "audience" &&
          std::ranges::find(tolerated, name) == tolerated.end())
        return name;
    }
  return {};
}

std::string_view Form::unknown(std::span<const std::string_view> known) const {
  for (const auto& pair : pairs_)
    if (std::ranges::find(known, pair.first) == known.end()) return pair.first;
  return {};
}

}  // namespace assay::mock

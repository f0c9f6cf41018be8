// One value of a JSON document that is being read, with its place: what is missing or of another kind is named by it.
#pragma once
#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "record/verdict.hpp"
#include "record/wall_time.hpp"

namespace assay::record::json {

using Tree = nlohmann::ordered_json;

// What is wrong with the document, and where: "/rules/3/verdict".
struct Malformed {
  std::string message;
};

// One value of the document with its place.
class Node {
 public:
  Node(const Tree& json, std::string place) : json_(json), place_(std::move(place)) {}

  Node operator[](const char* name) const {
    if (!json_.is_object()) fail("an object");
    const auto found = json_.find(name);
    if (found == json_.end())
      throw Malformed{fmt::format("{} has no member \"{}\"", place_.empty() ? "the document" : place_, name)};
    return {*found, place_ + "/" + name};
  }

  bool null() const { return json_.is_null(); }
  // For members that older documents lack.
  bool has(const char* name) const { return json_.is_object() && json_.contains(name); }
  template <class Read>
  auto get(const char* name, Read read) const {
    using Value = decltype(read(*this));
    return has(name) ? read((*this)[name]) : Value{};
  }

  std::string text() const {
    if (!json_.is_string()) fail("a string");
    return json_.get<std::string>();
  }
  bool flag() const {
    if (!json_.is_boolean()) fail("true or false");
    return json_.get<bool>();
  }
  double real() const {
    if (!json_.is_number()) fail("a number");
    return json_.get<double>();
  }
  std::uint64_t count() const {
    if (!json_.is_number_unsigned()) fail("a whole number of at least 0");
    return json_.get<std::uint64_t>();
  }
  template <class T = int>
  T integer() const {
    if (!json_.is_number_integer()) fail("a whole number");
    const bool big = json_.is_number_unsigned() && json_.get<std::uint64_t>() > INT64_MAX;
    const auto value = json_.get<std::int64_t>();
    if (big || !std::in_range<T>(value)) fail("a smaller number");
    return static_cast<T>(value);
  }
  std::chrono::nanoseconds duration() const { return std::chrono::nanoseconds(integer<std::int64_t>()); }
  WallTime time() const {
    const auto time = parse_time(text());
    if (!time) fail("a time such as 2026-03-01T12:00:00.000000000Z");
    return *time;
  }
  Verdict verdict() const {
    const auto verdict = parse_verdict(text());
    if (!verdict) fail("a verdict");
    return *verdict;
  }
  Level level() const {
    const auto level = parse_level(text());
    if (!level) fail("a level");
    return *level;
  }

  template <class Read>
  auto list(Read read) const {
    if (!json_.is_array()) fail("an array");
    std::vector<decltype(read(*this))> out;
    out.reserve(json_.size());
    for (std::size_t i = 0; i < json_.size(); ++i) out.push_back(read(Node(json_[i], fmt::format("{}/{}", place_, i))));
    return out;
  }
  std::vector<int> integers() const {
    return list([](const Node& node) { return node.integer(); });
  }
  std::vector<std::string> texts() const {
    return list([](const Node& node) { return node.text(); });
  }

  template <class Read>
  auto members(Read read) const {
    if (!json_.is_object()) fail("an object");
    std::map<std::string, decltype(read(*this))> out;
    for (const auto& [name, value] : json_.items()) out.emplace(name, read(Node(value, place_ + "/" + name)));
    return out;
  }

 private:
  [[noreturn]] void fail(std::string_view wanted) const {
    throw Malformed{fmt::format("{} is not {}", place_, wanted)};
  }

  const Tree& json_;
  std::string place_;
};

}  // namespace assay::record::json

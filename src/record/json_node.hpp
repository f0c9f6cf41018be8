// One value of a JSON document that is being read, with its place: what is missing or of another kind is named by it. Internal to
// record/.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
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

class Node {
 public:
  Node(const Tree& json, std::string place) : json_(json), place_(std::move(place)) {}

  Node operator[](std::string_view name) const;
  bool null() const;
  // For members that older documents lack.
  bool has(std::string_view name) const;
  template <class Read>
  auto get(std::string_view name, Read read) const {
    using Value = decltype(read(*this));
    return has(name) ? read((*this)[name]) : Value{};
  }

  std::string text() const;
  bool flag() const;
  double real() const;
  std::uint64_t count() const;
  template <class T = int>
  T integer() const {
    const auto value = whole();
    if (!std::in_range<T>(value)) fail("a smaller number");
    return static_cast<T>(value);
  }
  std::chrono::nanoseconds duration() const { return std::chrono::nanoseconds(whole()); }
  WallTime time() const;
  Verdict verdict() const;
  Level level() const;

  template <class Read>
  auto list(Read read) const {
    std::vector<decltype(read(*this))> out;
    const auto count = elements();
    out.reserve(count);
    for (std::size_t i = 0; i < count; ++i) out.push_back(read(element(i)));
    return out;
  }
  std::vector<int> integers() const;
  std::vector<std::string> texts() const;

  template <class Read>
  auto members(Read read) const {
    std::map<std::string, decltype(read(*this))> out;
    for (const auto& name : names()) out.emplace(name, read((*this)[name]));
    return out;
  }

 private:
  [[noreturn]] void fail(std::string_view wanted) const;
  std::int64_t whole() const;
  std::size_t elements() const;
  Node element(std::size_t index) const;
  std::vector<std::string> names() const;

  const Tree& json_;
  std::string place_;
};

}  // namespace assay::record::json

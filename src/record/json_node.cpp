#include "record/json_node.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace assay::record::json {

Node Node::operator[](std::string_view name) const {
  if (!json_.is_object()) fail("an object");
  const auto found = json_.find(name);
  if (found == json_.end())
    throw Malformed{fmt::format("{} has no member \"{}\"", place_.empty() ? "the document" : place_, name)};
  return {*found, fmt::format("{}/{}", place_, name)};
}

bool Node::null() const { return json_.is_null(); }

bool Node::has(std::string_view name) const { return json_.is_object() && json_.contains(name); }

std::string Node::text() const {
  if (!json_.is_string()) fail("a string");
  return json_.get<std::string>();
}

bool Node::flag() const {
  if (!json_.is_boolean()) fail("true or false");
  return json_.get<bool>();
}

double Node::real() const {
  if (!json_.is_number()) fail("a number");
  return json_.get<double>();
}

std::uint64_t Node::count() const {
  if (!json_.is_number_unsigned()) fail("a whole number of at least 0");
  return json_.get<std::uint64_t>();
}

std::int64_t Node::whole() const {
  if (!json_.is_number_integer()) fail("a whole number");
  if (json_.is_number_unsigned() && json_.get<std::uint64_t>() > INT64_MAX) fail("a smaller number");
  return json_.get<std::int64_t>();
}

WallTime Node::time() const {
  const auto time = parse_time(text());
  if (!time) fail("a time such as 2026-03-01T12:00:00.000000000Z");
  return *time;
}

Verdict Node::verdict() const {
  const auto verdict = parse_verdict(text());
  if (!verdict) fail("a verdict");
  return *verdict;
}

Level Node::level() const {
  const auto level = parse_level(text());
  if (!level) fail("a level");
  return *level;
}

std::vector<int> Node::integers() const {
  return list([](const Node& node) { return node.integer(); });
}

std::vector<std::string> Node::texts() const {
  return list([](const Node& node) { return node.text(); });
}

std::size_t Node::elements() const {
  if (!json_.is_array()) fail("an array");
  return json_.size();
}

Node Node::element(std::size_t index) const { return {json_[index], fmt::format("{}/{}", place_, index)}; }

std::vector<std::string> Node::names() const {
  if (!json_.is_object()) fail("an object");
  std::vector<std::string> out;
  for (const auto& [name, value] : json_.items()) out.push_back(name);
  return out;
}

void Node::fail(std::string_view wanted) const { throw Malformed{fmt::format("{} is not {}", place_, wanted)}; }

}  // namespace assay::record::json

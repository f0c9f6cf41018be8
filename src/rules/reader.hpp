// Reads a JSON document that a person wrote, member by member, and collects every problem with its place. Used by the
// loaders of rules, clauses, profiles and targets; knows nothing about any of them.
#pragma once
#include <chrono>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/json_document.hpp"

namespace assay::rules {

using Json = nlohmann::ordered_json;

// A file on its way in: its name for messages and its bytes.
struct SourceFile {
  std::string path;  // relative to the project, such as "scenarios/rules/code/single-use.jsonc"
  std::string content;
};

struct Document {
  std::string file;
  base::JsonPositions positions;
  base::Diagnostics& problems;
};

// One value of the document and where it stands. Every accessor that does not find what it wants adds a diagnostic.
class Node {
 public:
  Node(Document& document, const Json& value, std::string pointer);

  const Json& json() const { return *value_; }
  const std::string& pointer() const { return pointer_; }
  Document& document() const { return *document_; }

  // Says what is wrong here; `at_key` points at the member's name instead of its value.
  void problem(std::string message, std::string hint = "", bool at_key = false) const;

  bool is_object() const;
  bool is_array() const;
  bool is_string() const;
  bool is_boolean() const;
  bool is_integer() const;

  // Complains unless this is an object whose members all are among `allowed`; suggests the nearest name.
  bool expect_members(std::initializer_list<std::string_view> allowed) const;
  bool expect_members(std::span<const std::string> allowed) const;
  bool has(std::string_view name) const;
  std::optional<Node> member(std::string_view name) const;    // nullopt without complaint when absent
  std::optional<Node> required(std::string_view name) const;  // complains when absent
  std::vector<std::pair<std::string, Node>> members() const;  // complains unless an object
  std::vector<Node> elements() const;                         // complains unless an array

  std::optional<std::string> string() const;
  std::optional<bool> boolean() const;
  std::optional<long long> integer() const;
  std::optional<std::chrono::nanoseconds> duration() const;  // "250ms", "5s", "2m"
  std::vector<std::string> strings() const;                  // an array of strings, or one string
  // A string that must be one of `words`; its index. Suggests the nearest.
  std::optional<std::size_t> word(std::span<const std::string_view> words, std::string_view what) const;

 private:
  Document* document_;
  const Json* value_;
  std::string pointer_;
};

// "a, b or c" for messages.
std::string any_of(std::span<const std::string_view> words);
// The hint "did you mean \"x\"?" or a list of what is known when nothing is near.
std::string suggestion(std::string_view unknown, std::span<const std::string> known);

}  // namespace assay::rules

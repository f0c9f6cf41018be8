#include "rules/reader.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace assay::rules {
namespace {

std::string escape_token(std::string_view token) {
  std::string out;
  for (const char c : token) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

}  // namespace

Node::Node(Document& document, const Json& value, std::string pointer)
    : document_(&document), value_(&value), pointer_(std::move(pointer)) {}

void Node::problem(std::string message, std::string hint, bool at_key) const {
  const auto& positions = document_->positions;
  base::Position place;
  // The exact place, or the nearest enclosing one that the file has (substituted case variables have none).
  std::string pointer = pointer_;
  auto found = at_key ? positions.find(pointer + "~key") : positions.end();
  while (found == positions.end()) {
    found = positions.find(pointer);
    if (found != positions.end() || pointer.empty()) break;
    pointer = pointer.substr(0, pointer.rfind('/'));
  }
  if (found != positions.end()) place = found->second;
  const auto same = [&](const base::Diagnostic& d) {
    return d.line == place.line && d.column == place.column && d.message == message;
  };
  if (std::ranges::any_of(document_->problems, same)) return;  // once, though the rule is compiled once per case
  document_->problems.push_back({document_->file, place.line, place.column, std::move(message), std::move(hint)});
}

bool Node::is_object() const { return value_->is_object(); }
bool Node::is_array() const { return value_->is_array(); }
bool Node::is_string() const { return value_->is_string(); }
bool Node::is_boolean() const { return value_->is_boolean(); }
bool Node::is_integer() const { return value_->is_number_integer(); }

bool Node::expect_members(std::initializer_list<std::string_view> allowed) const {
  const std::vector<std::string> names(allowed.begin(), allowed.end());
  return expect_members(names);
}

bool Node::expect_members(std::span<const std::string> allowed) const {
  if (!is_object()) {
    problem("an object is needed here");
    return false;
  }
  bool good = true;
  for (const auto& [name, value] : value_->items()) {
    if (std::ranges::find(allowed, name) != allowed.end()) continue;
    Node(*document_, value, pointer_ + "/" + escape_token(name))
        .problem("unknown member \"" + name + "\"", suggestion(name, allowed), true);
    good = false;
  }
  return good;
}

bool Node::has(std::string_view name) const { return is_object() && value_->contains(std::string(name)); }

std::optional<Node> Node::member(std::string_view name) const {
  if (!is_object()) return std::nullopt;
  const auto found = value_->find(std::string(name));
  if (found == value_->end()) return std::nullopt;
  return Node(*document_, *found, pointer_ + "/" + escape_token(name));
}

std::optional<Node> Node::required(std::string_view name) const {
  auto found = member(name);
  if (!found && is_object()) problem("the member \"" + std::string(name) + "\" is missing");
  return found;
}

std::vector<std::pair<std::string, Node>> Node::members() const {
  std::vector<std::pair<std::string, Node>> out;
  if (!is_object()) {
    problem("an object is needed here");
    return out;
  }
  for (const auto& [name, value] : value_->items())
    out.emplace_back(name, Node(*document_, value, pointer_ + "/" + escape_token(name)));
  return out;
}

std::vector<Node> Node::elements() const {
  std::vector<Node> out;
  if (!is_array()) {
    problem("a list is needed here");
    return out;
  }
  for (std::size_t i = 0; i < value_->size(); ++i)
    out.emplace_back(*document_, (*value_)[i], pointer_ + "/" + std::to_string(i));
  return out;
}

std::optional<std::string> Node::string() const {
  if (!is_string()) {
    problem("a string is needed here");
    return std::nullopt;
  }
  return value_->get<std::string>();
}

std::optional<bool> Node::boolean() const {
  if (!is_boolean()) {
    problem("true or false is needed here");
    return std::nullopt;
  }
  return value_->get<bool>();
}

std::optional<long long> Node::integer() const {
  if (!is_integer()) {
    problem("a whole number is needed here");
    return std::nullopt;
  }
  return value_->get<long long>();
}

std::optional<std::chrono::nanoseconds> Node::duration() const {
  const auto text = string();
  if (!text) return std::nullopt;
  const auto parsed = base::parse_duration(*text);
  if (!parsed) problem("\"" + *text + "\" is not a duration", "write a number and a unit: 250ms, 5s, 2m, 1h");
  return parsed;
}

std::vector<std::string> Node::strings() const {
  std::vector<std::string> out;
  if (is_string()) {
    out.push_back(value_->get<std::string>());
    return out;
  }
  for (const auto& element : elements())
    if (auto text = element.string()) out.push_back(std::move(*text));
  return out;
}

std::optional<std::size_t> Node::word(std::span<const std::string_view> words, std::string_view what) const {
  const auto text = string();
  if (!text) return std::nullopt;
  const auto found = std::ranges::find(words, *text);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  const std::vector<std::string> names(words.begin(), words.end());
  problem("unknown " + std::string(what) + " \"" + *text + "\"", suggestion(*text, names));
  return std::nullopt;
}

std::string any_of(std::span<const std::string_view> words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  return out;
}

std::string suggestion(std::string_view unknown, std::span<const std::string> known) {
  if (const auto near = base::did_you_mean(unknown, known); !near.empty()) return "did you mean \"" + near + "\"?";
  if (known.empty() || known.size() > 30) return "";
  std::string out = "known are: ";
  for (std::size_t i = 0; i < known.size(); ++i) out += (i > 0 ? ", " : "") + known[i];
  return out;
}

}  // namespace assay::rules

#include "rules/env_file.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/file.hpp"
#include "base/text.hpp"

namespace assay::rules {
namespace {

constexpr std::size_t kLimit = 1u << 20;  // bytes

bool is_variable_name(std::string_view name) {
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::ranges::all_of(name, [](char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
}

// 'a'\''b' is a'b; "a\"b" is a"b; anything else stands for itself. nullopt: a quote is not closed.
std::optional<std::string> unquoted(std::string_view text) {
  if (text.empty() || (text[0] != '\'' && text[0] != '"')) return std::string(text);
  std::string out;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == 0 && (c == '\'' || c == '"')) quote = c;
    else if (c == quote) quote = 0;
    else if (c == '\\' && quote != '\'' && i + 1 < text.size()) out += text[++i];
    else out += c;
  }
  if (quote != 0) return std::nullopt;
  return out;
}

}  // namespace

std::map<std::string, std::string> parse_env(std::string_view text, std::string& problem) {
  std::map<std::string, std::string> out;
  int number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = base::trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.empty() || line[0] == '#') continue;
    if (line.starts_with("export ")) line = base::trim(line.substr(7));
    const auto equals = line.find('=');
    const auto name = base::trim(line.substr(0, equals));
    // Never the line itself: it may be a secret.
    if (equals == std::string_view::npos || !is_variable_name(name)) {
      if (problem.empty()) problem = "line " + std::to_string(number) + " is not NAME=value";
      continue;
    }
    const auto value = unquoted(base::trim(line.substr(equals + 1)));
    if (value) out[std::string(name)] = *value;
    else if (problem.empty()) problem = "in line " + std::to_string(number) + " a quote is not closed";
  }
  return out;
}

std::map<std::string, std::string> read_env_file(const Node& target) {
  if (!target.is_object()) return {};
  const auto node = target.member("env_file");
  if (!node) return {};
  const auto name = node->string();
  if (!name) return {};
  const auto path = (std::filesystem::path(target.document().file).parent_path() / *name).string();
  // Where the environment sets everything, it need not be there.
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return {};
  const auto content = base::read_file(path, kLimit);
  if (!content) {
    node->problem("cannot " + content.error().doing, "it holds the secrets of this target, one NAME=value a line");
    return {};
  }
  std::string problem;
  auto out = parse_env(*content, problem);
  if (!problem.empty()) node->problem(path + ": " + problem, "write NAME='value', or # and a remark");
  return out;
}

std::string env_line(std::string_view name, std::string_view value) {
  std::string out(name);
  out += "='";
  for (const char c : value) {
    if (c == '\'') out += "'\\''";
    else if (c != '\n' && c != '\r') out += c;
  }
  return out + "'\n";
}

}  // namespace assay::rules

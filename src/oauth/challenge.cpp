#include "oauth/challenge.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace assay::oauth {
namespace {

// The text up to the next comma outside of quotes; removes it from `rest`.
std::string_view next_element(std::string_view& rest) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < rest.size() && (quoted || rest[end] != ','); ++end) {
    if (rest[end] == '"') quoted = !quoted;
    else if (quoted && rest[end] == '\\') ++end;
  }
  end = std::min(end, rest.size());
  const auto element = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return base::trim(element);
}

std::string without_quotes(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::string(text);
  std::string out;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '\\' && i + 2 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

}  // namespace

bool Challenge::covers(const Challenge& wanted) const {
  return base::equals_ignoring_case(scheme, wanted.scheme) &&
         std::ranges::all_of(wanted.parameters, [&](const auto& expected) {
           return std::ranges::any_of(parameters, [&](const auto& found) {
             return base::equals_ignoring_case(found.first, expected.first) && found.second == expected.second;
           });
         });
}

std::vector<Challenge> read_challenges(std::string_view field) {
  std::vector<Challenge> out;
  while (!field.empty()) {
    auto element = next_element(field);
    if (element.empty()) continue;
    // "scheme", "scheme name=value" or "scheme token68" begin a challenge, "name=value" goes on with the one before.
    const auto word = element.substr(0, element.find_first_of(" \t="));
    const auto after = base::trim(element.substr(word.size()));
    if (after.empty() || after.front() != '=') {
      out.push_back({std::string(word), {}});
      element = after;
    }
    const auto equals = element.find('=');
    if (out.empty() || equals == std::string_view::npos) continue;
    const auto name = base::trim(element.substr(0, equals));
    if (!name.empty()) out.back().parameters.emplace_back(name, without_quotes(base::trim(element.substr(equals + 1))));
  }
  return out;
}

}  // namespace assay::oauth

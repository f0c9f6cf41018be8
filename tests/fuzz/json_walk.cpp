// The walk over JSON answers against nlohmann/json: both must agree on what is a document and on what a member holds.
#include <nlohmann/json.hpp>

#include "base/json_walk.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace assay::fuzz {
namespace {

void json_walk(std::string_view input) {
  base::JsonWanted wanted[] = {{"access_token", {}}, {"expires_in", {}}, {"a", {}}};
  const auto shape = base::walk_json(input, wanted);
  base::repeated_json_member(input);
  base::find_json(input, "/a/0/b~1c");
  const auto tree = nlohmann::json::parse(input, nullptr, false);
  if (tree.is_discarded()) return;  // ours takes more: json_walk.hpp says what
  // And less: nesting deeper than 64 is refused, and a NUL does not end the document.
  if (shape == base::JsonShape::malformed) {
    std::size_t depth = 0, most = 0;
    for (const char c : input) {
      if (c == '[' || c == '{') most = std::max(most, ++depth);
      if ((c == ']' || c == '}') && depth > 0) --depth;
    }
    require(most > 64 || input.contains('\0') || input.starts_with("\xef\xbb\xbf"), "what nlohmann reads, we read");
    return;
  }
  require((shape == base::JsonShape::object) == tree.is_object(), "both see an object");
  if (!tree.is_object()) return;
  for (const auto& one : wanted) {
    const auto found = tree.find(one.name);
    require((found == tree.end()) == (one.value.type == base::JsonType::absent), "both see the member");
    if (found == tree.end() || one.value.repeated) continue;
    require(found->is_string() == (one.value.type == base::JsonType::string), "both see a string");
    require(found->is_number() == (one.value.type == base::JsonType::number), "both see a number");
    if (found->is_string()) require(found->get<std::string>() == one.value.unescaped(), "both read the same text");
    if (found->is_number_integer() && !found->is_number_unsigned() && one.value.integer())
      require(found->get<std::int64_t>() == *one.value.integer(), "both read the same number");
  }
}

const Target json_walk_target("json_walk", json_walk);

}  // namespace
}  // namespace assay::fuzz

// Target files, and the file with the variables beside them.
#include "rules/env_file.hpp"
#include "rules/target.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace assay::fuzz {
namespace {

void target_file(std::string_view input) {
  const auto environment = [](const std::string& name) -> std::optional<std::string> {
    if (name.empty() || name.front() == 'X') return std::nullopt;
    return "value";
  };
  std::string problem;
  for (const auto& [name, value] : rules::parse_env(input, problem)) {
    std::string none;
    if (value.contains('\n') || value.contains('\r') || value.contains('\0')) continue;
    const auto again = rules::parse_env(rules::env_line(name, value), none);
    require(none.empty() && again.size() == 1 && again.begin()->second == value,
            "a variable that is written is the same");
  }
  const auto target = rules::load_target({"target.jsonc", std::string(input)}, environment);
  if (target)
    require(!target->issuer.empty() || !target->endpoints.token.empty() || !target->endpoints.authorization.empty(),
            "a target says where the server is");
  else require(!target.error().empty(), "a refusal says why");
}

const Target target_file_target("target_file", target_file);

}  // namespace
}  // namespace assay::fuzz

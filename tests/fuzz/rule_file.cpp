// Files under scenarios/ that people write: rules, clauses, profiles, presets, products. The first byte chooses.
#include "rules/library.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace assay::fuzz {
namespace {

void rule_file(std::string_view input) {
  const auto kind = take_byte(input);
  base::Diagnostics problems;
  const std::string content(input);
  switch (kind % 5) {
    case 1: {
      std::map<std::string, rules::Clause> clauses;
      rules::load_clauses({"scenarios/clauses/a.jsonc", content}, clauses, problems);
      break;
    }
    case 2: {
      std::map<std::string, rules::Profile> profiles;
      rules::load_profile({"scenarios/profiles/a.jsonc", content}, profiles, problems);
      break;
    }
    case 3: {
      std::map<std::string, rules::Preset> presets;
      rules::load_preset({"scenarios/presets/a.jsonc", content}, presets, problems);
      break;
    }
    case 4: {
      std::map<std::string, rules::Product> products;
      rules::load_product({"scenarios/products/a.jsonc", content}, products, problems);
      break;
    }
    default: {
      const auto compiled = rules::compile_rule({"scenarios/rules/code/single-use.jsonc", content}, problems);
      require(!compiled.empty() || !problems.empty(), "no rule without a word why");
    }
  }
  for (const auto& problem : problems) require(!base::to_string(problem).empty(), "a problem has words");
}

const Target rule_file_target("rule_file", rule_file);

}  // namespace
}  // namespace assay::fuzz

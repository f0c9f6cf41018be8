// Names of defects, for people and for rules.
#include "mock-provider/defects/defects.hpp"

#include <algorithm>
#include <vector>

#include "base/text.hpp"
#include "mock-provider/provider.hpp"

namespace assay::mock {
namespace {

constexpr DefectInfo all_defects[] = {
#define DEFECT(enumerator, name, breaks, clause) {name, breaks, clause},
#include "mock-provider/defects/table.inc"
#undef DEFECT
    {},  // an array must not be empty
};

}  // namespace

std::span<const DefectInfo> defects() { return std::span(all_defects).first(static_cast<std::size_t>(Defect::count)); }

std::expected<DefectSet, base::Failure> DefectSet::of(std::span<const std::string> names) {
  DefectSet set;
  const auto known = defects();
  for (const auto& name : names) {
    const auto found = std::ranges::find(known, name, &DefectInfo::name);
    if (found == known.end()) {
      std::vector<std::string> candidates;
      for (const auto& defect : known) candidates.emplace_back(defect.name);
      const auto near = base::did_you_mean(name, candidates);
      return std::unexpected(base::Failure{
          base::FailureCode::bad_argument, "switch on the defect \"" + name + "\": there is none of that name",
          near.empty() ? "--list-defects shows them all" : "did you mean \"" + near + "\"?"});
    }
    set.add(static_cast<Defect>(found - known.begin()));
  }
  return set;
}

}  // namespace assay::mock

// Runs rules against the bundled mock in process, as `assay check` does, and hands back the record.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "mock-provider/provider.hpp"
#include "record/run.hpp"
#include "rules/library.hpp"
#include "rules/target.hpp"

namespace assay::support {

// The embedded rules; aborts the test program if they do not load.
const rules::Library& library();
// The embedded target file of the mock, pointed at a running one.
rules::Target mock_target(const mock::Provider& provider);
// Every rule there is, as its clause says, in no profile.
const rules::Profile& every_rule();
// Of rules with a race; see CheckOptions.
struct TrialLimits {
  unsigned wanted = 0, most = 0;
};
// All rules of a profile, cases included; time is the mock's. Safe on several threads, each with a provider of its own.
record::Run check_mock(mock::Provider& provider, const rules::Profile& profile,
                       const std::vector<std::string>& only = {}, TrialLimits trials = {});
// "rule#check" of every check whose clause was broken, whatever its level.
std::set<std::string> broken_checks(const record::Run& run);

}  // namespace assay::support

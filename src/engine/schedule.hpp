// Which rules may run beside which, and in what order. Decides only; CheckRun does it.
#pragma once
#include <string>
#include <vector>

#include "rules/library.hpp"

namespace assay::engine {

// Rules that run together. All of one phase end before the next begins.
struct Phase {
  // Each lane is a sequence of rules that run one after the other, logged in as the user of that number. In `shared`, all
  // rules are in the first lane and run side by side.
  std::vector<std::vector<const rules::Rule*>> lanes;
  bool shared = false;
};

struct ScheduleOptions {
  bool real_time = true;  // waiting takes real time; otherwise it moves the clock of everything under way
  std::size_t users = 1;  // that can be logged in: the lanes of rules that may harm what a user holds elsewhere
};

// The rules that `profile`, `preset` (nullptr: all of the profile) and the globs of `only` select, cases included, in the
// order of their files, but those that give capabilities first and those that wait last.
std::vector<const rules::Rule*> select_rules(const rules::Library& library, const rules::Profile& profile,
                                             const std::vector<std::string>& only,
                                             const rules::Preset* preset = nullptr);

// `rules` as selected, in their order. First those that give capabilities, with those of the library that the others need;
// then the ordinary ones; then those that may revoke more than their own grant, one at a time per user.
std::vector<Phase> schedule(const std::vector<const rules::Rule*>& rules, const rules::Library& library,
                            const ScheduleOptions& options);

// Whether servers may revoke more than the rule's own grant over it: it revokes, uses a code or refresh token twice, or
// is tagged so.
bool is_destructive(const rules::Rule& rule);

}  // namespace assay::engine

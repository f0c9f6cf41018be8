// What can be said of the steps of a rule before it runs: whose grant a token is of, which code a step redeems, whether that
// must work. Rules bend requests on purpose; what is not plainly known is not judged.
#pragma once
#include <cstdint>
#include <vector>

#include "rules/rule.hpp"

namespace assay::load {

struct StepFacts {
  int authorize = -1;        // the step that the grant comes from, whose user is known; -1: none, or unclear
  int user = 0;              // of that step: the target's first user, counted from the user of the flow
  std::uint16_t client = 0;  // a number per role
  int code_of = -1;          // redeems the code of this step, as it is
  int refresh_of = -1;       // uses the refresh token of this step, as it is
  bool must_work = false;    // a fresh code, and the rule goes on only if it is redeemed
  bool sends_state = false;
};

// By slot.
std::vector<StepFacts> facts_of(const rules::Rule& rule);

}  // namespace assay::load

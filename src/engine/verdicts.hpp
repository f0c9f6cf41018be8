// Turns what a session found into the verdicts of a rule and its checks: the profile decides how severe a broken clause is,
// a failed control takes the meaning from refusals. Sends nothing and changes nothing of the run.
#pragma once
#include "engine/capabilities.hpp"
#include "engine/session.hpp"
#include "record/run.hpp"
#include "rules/library.hpp"

namespace assay::engine {

// Of a rule that was not run, for want of a capability.
record::Verdict verdict_of(const Capability& capability);

class Verdicts {
 public:
  // All of them must outlive it.
  Verdicts(const rules::Library& library, const rules::Profile& profile, const Capabilities& capabilities)
      : library_(library), profile_(profile), capabilities_(capabilities) {}

  // Fills in the checks, the verdict and the reason of `out`, after the session has ended.
  void judge(const rules::Rule& rule, Session& session, record::Rule& out) const;

 private:
  record::Check judge_check(const rules::Rule& rule, std::size_t index, Session& session) const;

  const rules::Library& library_;
  const rules::Profile& profile_;
  const Capabilities& capabilities_;
};

}  // namespace assay::engine

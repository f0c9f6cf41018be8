// Once with full evidence, before it is run a million times: every rule of a load plan is tried against the target.
#pragma once
#include <optional>
#include <vector>

#include "cli/setup.hpp"
#include "engine/check_run.hpp"
#include "load/feasible.hpp"
#include "net/client.hpp"

namespace assay::cli {

struct TriedRule {
  const rules::Rule* rule = nullptr;
  std::vector<bool> lacking;  // by check: it cannot be judged here
  load::Trial trial;
  std::string trouble;  // why it does not work here; empty: it does
  bool broken = false;  // it works, but a check does not hold
};

struct LoadTrial {
  engine::PreflightResult preflight;
  std::optional<engine::BoundTarget> bound;  // once the server was reached
  std::vector<TriedRule> rules;              // in the order that was asked for
  std::vector<record::Doubt> doubts;
};

net::awaitable<void> try_rules(const rules::Library& library, const rules::Profile& profile,
                               const std::vector<const rules::Rule*>& rules, Subject& subject,
                               net::ClientContext& context, engine::Recorder& recorder, engine::Progress& progress,
                               const bool& stop, LoadTrial& out);

}  // namespace assay::cli

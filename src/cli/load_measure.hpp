// The load itself: runs a plan whose rules were tried, with signals that end it early and a line about how it goes.
#pragma once
#include <functional>

#include "cli/events.hpp"
#include "cli/load_trial.hpp"
#include "cli/load_watch.hpp"

namespace assay::cli {

std::vector<load::Trial> trials_of(const LoadTrial& trial);

// From then on the load ends early but in order at the first SIGINT or SIGTERM, without waiting for what is under way at the
// second, and at once at the third. Also while the record is written: one signal must not destroy it.
class SignalsEndLoad {
 public:
  SignalsEndLoad();
};

// Told about once a second while something is measured, with what makes the load of the record so far.
using SoFar = std::function<void(const std::function<record::Load()>&)>;

// Puts what was measured into the recorder's run: the plan once, or with --find-limit the search with its best step. `foreign`: the
// host that is loaded by permission; empty: this machine. Whether it was interrupted.
bool measure(const rules::Library& library, const rules::Profile& profile, const rules::LoadPlan& plan,
             const LoadTrial& trial, const Options& options, const Subject& subject, engine::Recorder& recorder,
             LoadWatch& watch, EventStream& events, const std::string& foreign, const SoFar& told);

}  // namespace assay::cli

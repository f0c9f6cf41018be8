// The load itself: runs a plan whose rules were tried, with signals that end it early and a line about how it goes.
#pragma once
#include "cli/load_trial.hpp"
#include "cli/progress.hpp"

namespace assay::cli {

// Puts what was measured into the recorder's run. Whether it was interrupted.
bool measure(const rules::LoadPlan& plan, const LoadTrial& trial, const Options& options, const Subject& subject,
             engine::Recorder& recorder, TerminalProgress& progress);

}  // namespace assay::cli

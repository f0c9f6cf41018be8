// One run of the rules and what to do with it: what `check` and `replay` have in common.
#pragma once
#include <expected>
#include <memory>
#include <optional>

#include "cli/setup.hpp"
#include "engine/check_run.hpp"

namespace assay::cli {

struct Checked {
  record::Run run;
  record::Redactor redactor;
  engine::PreflightResult preflight;
  std::optional<record::Run> baseline;
  bool interrupted = false;
  bool unwritten = false;  // a file that is written on the way could not be
};

// Reads, asks and judges as the options say.
std::expected<std::unique_ptr<Checked>, Stop> run_check(const Options& options);
// Only the preflight, into `session`, whose run has been begun.
std::expected<void, Stop> run_preflight(const Options& options, const rules::Library& library,
                                        const rules::Profile& profile, Subject& subject, Checked& session);
// Prints `text`, writes the output files and returns the exit code.
int finish(const Options& options, const Checked& checked, const std::string& text);

}  // namespace assay::cli

// What several commands do before they begin: read scenarios and target, start the bundled mock, prepare the terminal.
#pragma once
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "mock-provider/provider.hpp"
#include "net/transport.hpp"
#include "record/redaction.hpp"
#include "record/run.hpp"
#include "report/reports.hpp"
#include "rules/library.hpp"
#include "rules/target.hpp"

namespace assay::cli {

// A message for stderr and the exit code that goes with it.
struct Stop {
  int exit = kUsage;
  std::string message;
};

std::expected<rules::Library, Stop> load_rules(const Options& options);

// `options` with what the target file says and they do not: profile, preset and waivers.
std::expected<Options, Stop> with_target(const Options& options);

// What is asked of the server: a profile, or the part of it that a preset names.
struct Scope {
  const rules::Profile* profile = nullptr;
  const rules::Preset* preset = nullptr;  // nullptr: the whole profile

  std::string words() const;  // "profile oauth2, preset core"
};
inline constexpr const char* kDefaultProfile = "oauth2";
inline constexpr const char* kDefaultPreset = "core";
// Who names nothing gets the default preset of the default profile; who names a profile or rules (--only) gets all of it.
std::expected<Scope, Stop> find_scope(const rules::Library& library, const Options& options);
// "code/singel-use" -> the suggestion "did you mean ...", or "".
std::string suggest_rule(const rules::Library& library, const std::string& unknown);

// Reads --target, which must be given.
std::expected<rules::Target, Stop> read_target(const Options& options);

// The target to test; with the bundled mock, which lives as long as this does.
struct Subject {
  rules::Target target;
  std::unique_ptr<mock::Provider> mock;
  std::unique_ptr<net::Timekeeper> time;
};
std::expected<Subject, Stop> prepare_subject(const Options& options);

report::TerminalStyle terminal_style(const Options& options, int descriptor);
// A run with what is known before anything was sent.
record::Run new_run(const Options& options, const rules::Library& library, const rules::Profile& profile,
                    const Subject& subject, const std::string& command);

// Reads a run.json.
std::expected<record::Run, Stop> read_record(const std::string& path);

// What --waivers names, checked against the rules; empty without.
// Those for `load`, or those for `check`.
std::expected<std::vector<record::Waiver>, Stop> read_waivers(const Options& options, const rules::Library& library,
                                                              bool of_load = false);
// Whether the run in `file` may not be compared with `now`.
std::optional<Stop> refuse_comparison(const Options& options, const std::string& file, const record::Run& before,
                                      const record::Run& now);

// Whether an output file cannot be written, said before anything is sent.
std::optional<Stop> unwritable(const Options& options);
// The run is over and what it found is about to be written: a signal that comes now has nothing left to end, and is not to
// destroy what was measured. The second one is obeyed, with exit 130.
void expect_late_signals();
// Writes --json, --junit and their like, each whole or not at all. False if one could not be written (said on stderr).
bool write_outputs(const Options& options, const record::Run& run, const record::Redactor& redactor);
// What --format github prints: `human`, kept from commanding the runner, and the annotations.
std::string for_github(const record::Run& run, const record::Redactor& redactor, const std::string& human);
// Where the parts of the target file stand, for reports: "client.web" -> 12.
std::map<std::string, int> target_lines(const Options& options);
// Prints `stop` and returns its exit code.
int report_stop(const Stop& stop);

}  // namespace assay::cli

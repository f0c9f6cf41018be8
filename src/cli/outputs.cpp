// The files that a run is written to, and what stdout gets in GitHub Actions. Every one is a view of the run.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/embedded.hpp"
#include "base/file.hpp"
#include "base/json_document.hpp"
#include "base/random.hpp"
#include "cli/setup.hpp"
#include "record/run_json.hpp"

namespace assay::cli {
namespace {

// The file of this job step that GitHub shows as Markdown; others may have written to it.
std::string step_summary() {
  const char* path = std::getenv("GITHUB_STEP_SUMMARY");
  return path ? path : "";
}

bool append(const std::string& path, const std::string& content) {
  std::FILE* file = std::fopen(path.c_str(), "ab");
  if (!file) return false;
  const bool written = std::fwrite(content.data(), 1, content.size(), file) == content.size();
  return std::fclose(file) == 0 && written;
}

volatile std::sig_atomic_t late_signals = 0;
extern "C" void on_late_signal(int) {
  late_signals = late_signals + 1;
  if (late_signals > 1) _exit(kInterrupted);
}

// A record that cannot be where it should be is somewhere else: what was measured may have taken hours.
bool write_record(const std::string& path, const std::string& content) {
  const auto written = base::write_file(path, content);
  if (written) return true;
  const auto elsewhere = base::write_temporary("run", content);
  std::fprintf(stderr, "assay: %s; %s\n", written.error().doing.c_str(),
               elsewhere ? ("the record of this run is in " + *elsewhere).c_str()
                         : ("and " + elsewhere.error().doing + ": the record of this run is lost").c_str());
  return false;
}

}  // namespace

std::optional<Stop> unwritable(const Options& options) {
  for (const auto* path : {&options.json, &options.junit, &options.html, &options.hgrm, &options.sarif,
                           &options.markdown, &options.badge, &options.events}) {
    if (path->empty() || base::is_stream(*path)) continue;
    std::error_code error;
    if (std::filesystem::is_directory(*path, error)) return Stop{kUsage, *path + " is a folder; name a file"};
    const auto parent = std::filesystem::absolute(*path, error).parent_path();
    if (!std::filesystem::is_directory(parent, error))
      return Stop{kUsage, "cannot write " + *path + ": there is no folder " + parent.string() + "; make it first"};
    if (access(parent.c_str(), W_OK) != 0)
      return Stop{kUsage, "cannot write " + *path + ": the folder " + parent.string() + " does not allow it"};
  }
  return std::nullopt;
}

void expect_late_signals() {
  struct sigaction action{};
  action.sa_handler = on_late_signal;
  action.sa_flags = SA_RESTART;
  for (const int number : {SIGINT, SIGTERM}) sigaction(number, &action, nullptr);
}

bool write_outputs(const Options& options, const record::Run& run, const record::Redactor& redactor) {
  bool good = true;
  const auto write = [&](const std::string& path, const auto& content) {
    if (path.empty()) return;
    // All of these can be made of run.json again.
    const auto written = base::write_file(path, content(), base::FileMode::usual, base::Durability::fleeting);
    if (written) return;
    std::fprintf(stderr, "assay: %s\n", written.error().doing.c_str());
    good = false;
  };
  const report::JunitStyle style{.per_check = options.junit_per_check, .warnings_fail = options.strict};
  if (!options.json.empty()) good = write_record(options.json, record::write_run_json(run, redactor));
  write(options.junit, [&] { return report::junit(run, redactor, style); });
  write(options.html, [&] { return report::html(run, redactor); });
  write(options.hgrm, [&] { return report::hgrm(run); });
  write(options.sarif, [&] { return report::sarif(run, redactor); });
  write(options.badge, [&] { return report::badge(run, redactor); });
  const auto summary = step_summary();
  if (!options.markdown.empty() && options.markdown != summary)
    write(options.markdown, [&] { return report::markdown(run, redactor); });
  if (!summary.empty() && (options.markdown == summary || options.format == "github"))
    if (!append(summary, report::markdown(run, redactor))) {
      std::fprintf(stderr, "cannot write %s, which GITHUB_STEP_SUMMARY names\n", summary.c_str());
      good = false;
    }
  return good;
}

std::string for_github(const record::Run& run, const record::Redactor& redactor, const std::string& human) {
  // A runner obeys lines that begin with "::", whoever wrote them; not until it reads the token.
  const auto token = "assay-" + base::random_token(12);
  return "::group::assay " + run.command + "\n::stop-commands::" + token + "\n" + human + "::" + token +
         "::\n::endgroup::\n" + report::github_annotations(run, redactor) + "Result " + run.result + "\n";
}

std::map<std::string, int> target_lines(const Options& options) {
  std::string content;
  if (options.target.empty()) {
    for (const auto& file : base::embedded_files())
      if (file.path == "scenarios/targets/mock.jsonc") content = file.content;
  } else if (auto read = base::read_file(options.target, 4u << 20)) {
    content = std::move(*read);
  }
  base::Diagnostics ignored;
  std::map<std::string, int> out;
  for (const auto& [pointer, place] : base::scan_json_positions(options.target, content, ignored)) {
    if (!pointer.ends_with("~key")) continue;
    const auto name = pointer.substr(1, pointer.size() - 5);
    if (name.find('/') == std::string::npos) out[name] = place.line;
    else if (name.starts_with("clients/") && name.find('/', 8) == std::string::npos)
      out["client." + name.substr(8)] = place.line;
  }
  return out;
}

}  // namespace assay::cli

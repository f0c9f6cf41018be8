#include "cli/setup.hpp"

#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <langinfo.h>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <set>
#include <thread>

#include "base/embedded.hpp"
#include "base/file.hpp"
#include "base/json_document.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "base/wall_clock.hpp"
#include "cli/mock_time.hpp"
#include "mock-provider/user_pool.hpp"
#include "net/client.hpp"
#include "record/run_json.hpp"
#include "version.hpp"

namespace assay::cli {
namespace {

constexpr std::size_t kRecordLimit = std::size_t{1} << 30;  // bytes of a run.json

std::string all(const base::Diagnostics& problems) {
  std::string out;
  for (const auto& problem : problems) out += base::to_string(problem) + "\n";
  out += problems.size() == 1 ? "1 problem; nothing was sent"
                              : std::to_string(problems.size()) + " problems; nothing was sent";
  return out;
}

std::expected<std::vector<rules::SourceFile>, Stop> scenario_files(const std::string& folder) {
  std::vector<rules::SourceFile> out;
  if (folder.empty()) {
    for (const auto& file : base::embedded_files())
      if (file.path.starts_with("scenarios/")) out.push_back({std::string(file.path), std::string(file.content)});
    return out;
  }
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, error)) {
    if (!entry.is_regular_file() || entry.path().extension() != ".jsonc") continue;
    const auto content = base::read_file(entry.path().string(), 4u << 20);
    if (!content) return std::unexpected(Stop{kUsage, content.error().doing});
    out.push_back({entry.path().string(), *content});
  }
  if (error) return std::unexpected(Stop{kUsage, "read the folder " + folder + ": " + error.message()});
  if (out.empty())
    return std::unexpected(
        Stop{kUsage, "the folder " + folder + " holds no .jsonc file; it should look like scenarios/"});
  return out;
}

// The library knows no mock, and the mock no rules: here they meet.
base::Diagnostics unknown_defects(const rules::Library& library, const std::vector<rules::SourceFile>& files) {
  std::vector<std::string> known;
  for (const auto& defect : mock::defects()) known.emplace_back(defect.name);
  base::Diagnostics out, ignored;
  std::set<std::string> seen;
  for (const auto& rule : library.rules) {
    if (!seen.insert(rule.id).second) continue;  // another case of it
    for (std::size_t i = 0; i < rule.proven_by.size(); ++i) {
      const auto& name = rule.proven_by[i].defect;
      if (std::ranges::find(known, name) != known.end()) continue;
      base::Position place;
      for (const auto& file : files)
        if (file.path == rule.path)
          place =
              base::scan_json_positions(file.path, file.content, ignored)["/provenBy/" + std::to_string(i) + "/defect"];
      out.push_back({rule.path, place.line, place.column,
                     "the bundled mock has no defect \"" + base::printable(name, 60) + "\"",
                     rules::suggestion(name, known) + " (assay mock --list-defects)"});
    }
  }
  return out;
}

// A CA is looked for beside the target file that names it, then from here.
std::optional<Stop> find_ca_file(rules::Target& target) {
  if (target.ca_file.empty()) return std::nullopt;
  std::error_code error;
  const auto beside = std::filesystem::path(target.file).parent_path() / target.ca_file;
  for (const auto& path : {beside.string(), target.ca_file}) {
    if (!std::filesystem::is_regular_file(path, error)) continue;
    target.ca_file = path;
    return std::nullopt;
  }
  return Stop{kUsage, target.file + ": tls.ca_file: there is no file " + beside.string() +
                          "; name the CA's certificate in PEM, relative to the target file"};
}

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (!value) return std::nullopt;
  return value;
}

}  // namespace

int report_stop(const Stop& stop) {
  std::fprintf(stderr, "%s\n", stop.message.c_str());
  return stop.exit;
}

std::expected<rules::Library, Stop> load_rules(const Options& options) {
  const auto files = scenario_files(options.scenarios);
  if (!files) return std::unexpected(files.error());
  auto library = rules::load_library(*files);
  if (!library) return std::unexpected(Stop{kUsage, all(library.error())});
  if (const auto problems = unknown_defects(*library, *files); !problems.empty())
    return std::unexpected(Stop{kUsage, all(problems)});
  return std::move(*library);
}

std::string Scope::words() const { return "profile " + profile->id + (preset ? ", preset " + preset->id : ""); }

std::expected<Scope, Stop> find_scope(const rules::Library& library, const Options& options) {
  const auto names = [](const auto& map) {
    std::vector<std::string> out;
    for (const auto& [id, value] : map) out.push_back(id);
    return out;
  };
  Scope out;
  if (const auto found = library.profiles.find(options.profile); found != library.profiles.end())
    out.profile = &found->second;
  else if (!options.profile.empty()) {
    std::string hint = rules::suggestion(options.profile, names(library.profiles));
    if (library.presets.contains(options.profile))
      hint = "that is a preset: write --preset " + options.profile + ", with or without a --profile";
    return std::unexpected(Stop{kUsage, "there is no profile \"" + options.profile + "\"; " + hint});
  } else {
    // A folder of rules of one's own may do without profiles.
    const auto standard = library.profiles.find(kDefaultProfile);
    out.profile =
        standard != library.profiles.end() ? &standard->second : &library.profiles.at(std::string(rules::kEveryRule));
  }
  const bool nothing_named = options.profile.empty() && options.only.empty();
  const std::string preset = !options.preset.empty() ? options.preset : nothing_named ? kDefaultPreset : "";
  if (const auto found = library.presets.find(preset); found != library.presets.end()) out.preset = &found->second;
  else if (!options.preset.empty()) {
    std::string hint = rules::suggestion(preset, names(library.presets));
    if (library.profiles.contains(preset)) hint = "that is a profile: write --profile " + preset;
    return std::unexpected(Stop{kUsage, "there is no preset \"" + preset + "\"; " + hint});
  }
  return out;
}

std::string suggest_rule(const rules::Library& library, const std::string& unknown) {
  return rules::suggestion(unknown, library.rule_ids());
}

std::expected<rules::Target, Stop> read_target(const Options& options) {
  const auto content = base::read_file(options.target, 4u << 20);
  if (!content) return std::unexpected(Stop{kUsage, content.error().doing});
  auto target = rules::load_target({options.target, *content}, environment);
  if (!target) return std::unexpected(Stop{kUsage, all(target.error())});
  return std::move(*target);
}

std::expected<Options, Stop> with_target(const Options& options) {
  Options out = options;
  if (options.target.empty()) return out;
  const auto target = read_target(options);
  if (!target) return std::unexpected(target.error());
  if (out.profile.empty() && out.preset.empty()) {
    out.profile = target->profile;
    out.preset = target->preset;
  }
  if (out.waivers.empty() && !target->waivers.empty())
    out.waivers = (std::filesystem::path(target->file).parent_path() / target->waivers).string();
  return out;
}

std::expected<Subject, Stop> prepare_subject(const Options& options) {
  Subject out;
  if (!options.target.empty()) {
    if (!options.defects.empty())
      return std::unexpected(
          Stop{kUsage, "--defect switches on a defect of the bundled mock; it cannot be used with a target file"});
    auto target = read_target(options);
    if (!target) return std::unexpected(target.error());
    if (auto stop = find_ca_file(*target)) return std::unexpected(std::move(*stop));
    out.target = std::move(*target);
    if (out.target.name.empty()) out.target.name = out.target.issuer;
    out.time = std::make_unique<net::RealTime>();
    return out;
  }
  mock::ProviderOptions mock_options;
  mock_options.defects = options.defects;
  mock_options.user_pool = options.user_pool;
  mock_options.all_keys = options.user_pool > 0;  // a load run, which looks at the keys from its first second on
  mock_options.threads = std::min(2u, std::max(1u, std::thread::hardware_concurrency()));
  auto provider = mock::Provider::start(mock_options);
  if (!provider)
    return std::unexpected(
        Stop{kUsage, provider.error().doing + (provider.error().hint.empty() ? "" : "; " + provider.error().hint)});
  for (const auto& file : base::embedded_files()) {
    if (file.path != "scenarios/targets/mock.jsonc") continue;
    auto target = rules::load_target({std::string(file.path), std::string(file.content)}, environment);
    if (!target) return std::unexpected(Stop{kInternal, all(target.error())});
    out.target = std::move(*target);
  }
  out.mock = std::move(*provider);
  out.target.name = "the bundled mock";
  out.target.file.clear();
  out.target.issuer = out.mock->issuer();
  out.target.endpoints = {};
  out.target.endpoints.resource = out.mock->issuer() + "/resource";
  if (options.user_pool > 0)
    out.target.user_pool = {std::string(mock::UserPool::name_prefix) + "{n}",
                            base::Secret(std::string(mock::UserPool::password)), 1, options.user_pool};
  out.time = std::make_unique<MockTime>(*out.mock);
  return out;
}

report::TerminalStyle terminal_style(const Options& options, int descriptor) {
  report::TerminalStyle out;
  const bool terminal = isatty(descriptor) != 0;
  const char* forced = std::getenv("CLICOLOR_FORCE");
  if (options.color == "always") out.color = true;
  else if (options.color == "never") out.color = false;
  else if (const char* none = std::getenv("NO_COLOR"); none && *none) out.color = false;
  else out.color = terminal || (forced && std::strcmp(forced, "0") != 0);
  out.utf8 = std::strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
  winsize size{};
  if (terminal && ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
    out.width = std::min<int>(size.ws_col, 160);
  out.verbosity = options.quiet ? -1 : options.verbose ? 1 : 0;
  return out;
}

record::Run new_run(const Options& options, const rules::Library& library, const rules::Profile& profile,
                    const Subject& subject, const std::string& command) {
  record::Run run;
  run.tool_version = ASSAY_VERSION;
  run.command = command;
  run.profile = profile.id;
  run.profile_title = profile.title;
  run.profile_frozen = profile.frozen;
  run.ruleset_hash = library.hash;
  run.target_name = subject.target.name;
  run.target_file = options.target;
  run.target_lines = target_lines(options);
  run.issuer = subject.target.issuer;
  run.login_driver = rules::to_string(subject.target.login.driver);
  run.defects = options.defects;
  run.seed = options.seed ? *options.seed : base::random_number();
  run.started = base::wall_now();
  static constexpr const char* kMethods[] = {"client_secret_basic", "client_secret_post", "none"};
  for (const auto& [role, client] : subject.target.clients)
    run.clients.push_back(role + " (" + kMethods[static_cast<std::size_t>(client.auth)] + ")");
  utsname system{};
  if (uname(&system) == 0)
    run.environment["os"] = std::string(system.sysname) + " " + system.release + " " + system.machine;
  run.environment["cpus"] = std::to_string(std::thread::hardware_concurrency());
  return run;
}

std::expected<record::Run, Stop> read_record(const std::string& path) {
  const auto content = base::read_file(path, kRecordLimit);
  if (!content) return std::unexpected(Stop{kUsage, content.error().doing});
  auto run = record::read_run_json(path, *content);
  if (!run) return std::unexpected(Stop{kUsage, base::to_string(run.error().at(0))});
  return std::move(*run);
}

}  // namespace assay::cli

// Waivers on the command line: reading the file for a run, and `assay waive`, which writes an entry.
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/setup.hpp"
#include "rules/waivers.hpp"

namespace assay::cli {
namespace {

std::chrono::sys_days this_day() { return std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()); }

std::string listed(const base::Diagnostics& problems) {
  std::string out;
  for (const auto& problem : problems) out += (out.empty() ? "" : "\n") + base::to_string(problem);
  return out;
}

std::expected<std::vector<rules::WaiverEntry>, Stop> parsed(const std::string& path, const std::string& content,
                                                            const rules::Library& library) {
  auto entries = rules::load_waivers({path, content}, library, this_day());
  if (!entries) return std::unexpected(Stop{kUsage, listed(entries.error())});
  return std::move(*entries);
}

}  // namespace

std::expected<std::vector<record::Waiver>, Stop> read_waivers(const Options& options, const rules::Library& library,
                                                              bool of_load) {
  std::vector<record::Waiver> out;
  if (options.waivers.empty()) return out;
  const auto content = base::read_file(options.waivers, 4u << 20);
  if (!content) return std::unexpected(Stop{kUsage, content.error().doing});
  const auto entries = parsed(options.waivers, *content, library);
  if (!entries) return std::unexpected(entries.error());
  for (const auto& one : *entries)
    if (rules::is_of_load(one, library) == of_load)
      out.push_back({.rule = one.rule,
                     .check = one.check,
                     .reason = one.reason,
                     .owner = one.owner,
                     .link = one.link,
                     .until = one.until,
                     .hides = {},
                     .file = options.waivers,
                     .line = one.line});
  return out;
}

int waive(const Options& options) {
  const auto library = load_rules(options);
  if (!library) return report_stop(library.error());
  const auto cut = options.id.rfind('#');
  if (cut == std::string::npos)
    return report_stop({kUsage, "name a check of the rule, too: " + options.id + "#CHECK; assay explain " + options.id +
                                    " names them"});
  rules::WaiverEntry entry{.rule = options.id.substr(0, cut),
                           .check = options.id.substr(cut + 1),
                           .reason = options.reason,
                           .owner = options.owner,
                           .link = options.link,
                           .until = options.until};
  const std::string path = options.waivers.empty() ? "waivers.jsonc" : options.waivers;
  std::string content;
  std::error_code error;
  if (std::filesystem::exists(path, error)) {
    auto read = base::read_file(path, 4u << 20);
    if (!read) return report_stop({kUsage, read.error().doing});
    // A file with mistakes is not made worse.
    if (const auto entries = parsed(path, *read, *library); !entries) return report_stop(entries.error());
    content = std::move(*read);
  }
  // By itself first, so that what is wrong with it is told as a mistake of the command and not of a line of the file.
  const auto alone = rules::with_waiver("", entry);
  if (auto problems = rules::load_waivers({"assay waive", *alone}, *library, this_day()); !problems) {
    for (auto& one : problems.error()) one.line = one.column = 0;
    return report_stop({kUsage, listed(problems.error())});
  }
  const auto text = rules::with_waiver(content, entry);
  if (!text)
    return report_stop({kUsage, path + ": the end of its list of waivers was not found; add the entry by hand"});
  if (const auto entries = parsed(path, *text, *library); !entries) return report_stop(entries.error());
  if (const auto written = base::write_file(path, *text); !written) return report_stop({kUsage, written.error().doing});
  std::printf("%s: %s is waived until %s; use it with assay check --waivers %s\n", path.c_str(), options.id.c_str(),
              options.until.c_str(), path.c_str());
  return kPassed;
}

}  // namespace assay::cli

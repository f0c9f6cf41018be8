// assay compare: what changed from one run to another, or from some load runs to others. Sends nothing.
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/setup.hpp"
#include "record/compare.hpp"
#include "record/compare_load.hpp"
#include "report/compare_view.hpp"
#include "report/view.hpp"

namespace assay::cli {
namespace {

std::expected<std::vector<record::Run>, Stop> read_all(const std::vector<std::string>& paths) {
  std::vector<record::Run> out;
  std::string problems;
  for (const auto& path : paths) {
    auto run = read_record(path);
    if (run) {
      if (const auto broken_off = report::interruption(*run); !broken_off.empty())
        std::fprintf(stderr, "%s: %s What it proved until then is compared.\n", path.c_str(), broken_off.c_str());
      out.push_back(std::move(*run));
    } else problems += (problems.empty() ? "" : "\n") + run.error().message;
  }
  if (!problems.empty()) return std::unexpected(Stop{kUsage, problems});
  return out;
}

int say(const Options& options, const std::string& text, const std::string& markdown, const std::string& json) {
  std::fputs(options.format == "json"       ? json.c_str()
             : options.format == "markdown" ? markdown.c_str()
                                            : text.c_str(),
             stdout);
  std::fflush(stdout);
  bool good = true;
  for (const auto& [path, content] : {std::pair(&options.markdown, &markdown), std::pair(&options.json, &json)}) {
    if (path->empty()) continue;
    if (const auto written = base::write_file(*path, *content); !written) {
      std::fprintf(stderr, "%s\n", written.error().doing.c_str());
      good = false;
    }
  }
  return good ? kPassed : kUsage;
}

}  // namespace

std::optional<Stop> refuse_comparison(const Options& options, const std::string& file, const record::Run& before,
                                      const record::Run& now) {
  const auto why = record::incomparable(before, now);
  if (why.empty() || (options.other_target && before.command == now.command)) return std::nullopt;
  return Stop{kUsage, file + " cannot be compared with this: " + base::printable(why, 600) +
                          (before.command == now.command ? "; --other-target compares all the same" : "")};
}

int compare(const Options& given) {
  Options options = given;
  for (auto [path, list] : {std::pair(&options.before, &options.olds), std::pair(&options.after, &options.news)})
    if (!path->empty()) list->insert(list->begin(), *path);
  if (const auto stop = unwritable(options)) return report_stop(*stop);
  if (options.olds.empty() || options.news.empty())
    return report_stop({kUsage, "assay compare needs two records: assay compare old.json new.json"});
  auto before = read_all(options.olds);
  if (!before) return report_stop(before.error());
  auto now = read_all(options.news);
  if (!now) return report_stop(now.error());
  const bool load = now->front().load.has_value();
  const auto style = terminal_style(options, STDOUT_FILENO);
  const auto check_pair = [&](const std::string& path, const record::Run& one) -> std::optional<Stop> {
    if (auto stop = refuse_comparison(options, path, one, now->front())) return stop;
    if (one.load.has_value() != load) return Stop{kUsage, path + " records no finished load run, and others do"};
    const auto why = load ? record::incomparable_load(one, now->front()) : "";
    if (!why.empty()) return Stop{kUsage, path + " cannot be compared with " + options.news.front() + ": " + why};
    return std::nullopt;
  };
  for (std::size_t i = 0; i < before->size(); ++i)
    if (const auto stop = check_pair(options.olds[i], (*before)[i])) return report_stop(*stop);
  for (std::size_t i = 1; i < now->size(); ++i)
    if (const auto stop = check_pair(options.news[i], (*now)[i])) return report_stop(*stop);
  if (load) {
    const auto found = record::compare_load(*before, *now);
    const int written = say(options, report::terminal_compare(found, style), report::markdown_compare(found),
                            report::json_compare(found));
    return written != kPassed ? written : found.regression() ? kWorse : kPassed;
  }
  if (before->size() > 1 || now->size() > 1)
    return report_stop({kUsage, "only load runs are compared several at a time; give one record per side"});
  auto& run = now->front();
  run.since = record::compare_runs(before->front(), run);
  const record::Redactor none;  // run.json holds no secret
  const int written = say(options, report::terminal_compare(run, none, style), report::markdown_compare(run, none),
                          report::json_compare(run, none));
  if (written != kPassed) return written;
  return std::ranges::any_of(run.since->changes, record::is_regression) ? kWorse : kPassed;
}

}  // namespace assay::cli

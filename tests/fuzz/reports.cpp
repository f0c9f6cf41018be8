// Every report of a run that may come from anywhere: what it says must stay text, in a terminal, in XML, in HTML.
#include "report/reports.hpp"
#include "record/compare.hpp"
#include "record/merge_runs.hpp"
#include "record/run_json.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace assay::fuzz {
namespace {

void require_harmless(std::string_view text) {
  for (const char c : text)
    require(static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t',
            "no control characters reach a terminal or a file");
  require(!text.contains("\xc2\x9b") && !text.contains("\xe2\x80\xae"), "nor their longer forms");
}

std::size_t scripts_in(std::string_view page) {
  std::size_t count = 0;
  for (auto at = page.find("<script"); at != std::string_view::npos; at = page.find("<script", at + 1)) ++count;
  return count;
}

void reports(std::string_view input) {
  auto run = record::read_run_json("run.json", std::string(input));
  if (!run) return;
  const record::Redactor nothing_secret;
  const auto& [secrets, here] = std::tie(nothing_secret, *run);
  for (const bool utf8 : {false, true}) {
    const report::TerminalStyle style{.utf8 = utf8, .verbosity = 1};
    require_harmless(report::terminal_check(here, secrets, style));
    require_harmless(report::terminal_load(here, secrets, style));
    require_harmless(report::terminal_doctor(here, secrets, style));
  }
  require_harmless(report::junit(here, secrets, {.per_check = true}));
  require_harmless(report::sarif(here, secrets));
  require_harmless(report::markdown(here, secrets));
  require_harmless(report::github_annotations(here, secrets));
  require_harmless(report::badge(here, secrets));
  require_harmless(report::hgrm(here));
  const auto page = report::html(here, secrets);
  require_harmless(page);
  static const auto usual = scripts_in(report::html({}, nothing_secret));
  require(scripts_in(page) == usual, "no script comes with the data");
  require(page.ends_with("</html>\n"), "the page has its end");
  const auto merged = record::merge_runs(here, here);
  if (!merged) require(!merged.error().empty(), "a refusal says why");
  (void)record::compare_runs(here, here);
}

const Target reports_target("reports", reports);

}  // namespace
}  // namespace assay::fuzz

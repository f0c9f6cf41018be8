// What the terminal shows, compared with the files of tests/golden. ASSAY_UPDATE_GOLDENS=1 writes them anew; read the
// difference before committing it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "base/file.hpp"
#include "record/run_json.hpp"
#include "report/console.hpp"
#include "report/reports.hpp"
#include "tests/unit/report/sample_run.hpp"

namespace assay::report {
namespace {

void compare(const std::string& name, const std::string& text) {
  const auto path = fmt::format("{}/tests/golden/{}.txt", ASSAY_SOURCE_DIR, name);
  if (std::getenv("ASSAY_UPDATE_GOLDENS")) {
    ASSERT_TRUE(base::write_file(path, text));
    return;
  }
  const auto golden = base::read_file(path);
  ASSERT_TRUE(golden) << path << " is missing: run with ASSAY_UPDATE_GOLDENS=1";
  EXPECT_EQ(text, *golden) << path;
}

// Without colour, no line is wider than the terminal, except where server messages are shown as they are.
void fits(const std::string& text, int width) {
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    const auto line = text.substr(at, end - at);
    EXPECT_LE(display_width(line), static_cast<std::size_t>(width)) << line;
    EXPECT_FALSE(line.ends_with(' ')) << "'" << line << "'";
    at = end + 1;
  }
}

TEST(Golden, Terminal) {
  const auto redactor = test::sample_redactor();
  for (const int width : {80, 120})
    for (const bool utf8 : {true, false})
      for (const bool color : {false, true}) {
        if (color && !utf8) continue;
        const TerminalStyle style{.color = color, .utf8 = utf8, .width = width};
        const auto suffix = fmt::format("{}_{}", width, color ? "color" : utf8 ? "utf8" : "ascii");
        const std::pair<const char*, std::string> pages[] = {
            {"check_mixed", terminal_check(test::mixed_run(), redactor, style)},
            {"check_passing", terminal_check(test::passing_run(), redactor, style)},
            {"load_open", terminal_load(test::load_run(true), redactor, style)},
            {"load_limit", terminal_load(test::limit_run(), redactor, style)},
            {"load_closed", terminal_load(test::load_run(false), redactor, style)},
            {"doctor", terminal_doctor(test::blocked_run(), redactor, style)},
            {"check_blocked", terminal_check(test::blocked_run(), redactor, style)},
        };
        for (const auto& [name, text] : pages) {
          SCOPED_TRACE(fmt::format("{} {}", name, suffix));
          compare(fmt::format("{}_{}", name, suffix), text);
          if (!color) fits(text, width);
          if (!utf8)
            EXPECT_TRUE(
                std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
        }
      }
}

TEST(Golden, QuietAndVerbose) {
  const auto redactor = test::sample_redactor();
  compare("check_mixed_quiet", terminal_check(test::mixed_run(), redactor, {.verbosity = -1}));
  compare("check_mixed_verbose", terminal_check(test::mixed_run(), redactor, {.verbosity = 1}));
  compare("junit_mixed", junit(test::mixed_run(), redactor));
  compare("junit_load", junit(test::load_run(), redactor));
  compare("junit_per_check", junit(test::mixed_run(), redactor, {.per_check = true, .warnings_fail = true}));
  compare("load_hgrm", hgrm(test::load_run()));
  // tests/cli shows it on a pseudo-terminal and expects the files above.
  compare("run_mixed", record::write_run_json(test::mixed_run(), redactor));
}

TEST(Golden, ForMachines) {
  const auto redactor = test::sample_redactor();
  auto run = test::mixed_run();
  run.target_lines = {{"client.web", 12}, {"issuer", 3}};
  for (auto& rule : run.rules) rule.clients = {"web"};
  compare("sarif_mixed", sarif(run, redactor));
  compare("markdown_mixed", markdown(run, redactor));
  compare("markdown_load", markdown(test::load_run(), redactor));
  compare("annotations_mixed", github_annotations(run, redactor));
  compare("badge_mixed", badge(run, redactor));
}

// Every report is a view of run.json: rendered from the file, without the redactor of the run, it is the same.
TEST(Reports, AreViewsOfRunJson) {
  const auto redactor = test::sample_redactor();
  auto both = test::mixed_run();
  both.load = test::load_run().load;
  for (const auto& run : {both, test::load_run(), test::limit_run(), test::blocked_run()}) {
    const auto read = record::read_run_json("run.json", record::write_run_json(run, redactor));
    ASSERT_TRUE(read);
    const record::Redactor none;
    const TerminalStyle style{.verbosity = 1};
    EXPECT_EQ(terminal_check(*read, none, style), terminal_check(run, redactor, style));
    EXPECT_EQ(terminal_load(*read, none, style), terminal_load(run, redactor, style));
    EXPECT_EQ(junit(*read, none), junit(run, redactor));
    EXPECT_EQ(sarif(*read, none), sarif(run, redactor));
    EXPECT_EQ(markdown(*read, none), markdown(run, redactor));
    EXPECT_EQ(github_annotations(*read, none), github_annotations(run, redactor));
    EXPECT_EQ(badge(*read, none), badge(run, redactor));
    EXPECT_TRUE(html(*read, none) == html(run, redactor));
  }
}

}  // namespace
}  // namespace assay::report

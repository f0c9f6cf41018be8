// The HTML report: what stands where, and (by tests/schema/check_html.py) that it is well-formed, leads nowhere and runs nothing.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/file.hpp"
#include "report/html.hpp"
#include "report/reports.hpp"
#include "tests/unit/report/sample_run.hpp"

namespace assay::report {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Html, IsWellFormedAndInert) {
  ASSERT_EQ(std::system("python3 -c 1"), 0) << "scripts/install installs python3";
  auto both = test::mixed_run();
  both.load = test::load_run().load;
  both.rules[0].checks[0].evidence = {1, 3, 4, 999};  // one that the preflight shows too, one that is gone
  std::string command = "python3 " ASSAY_SOURCE_DIR "/tests/schema/check_html.py";
  const std::pair<const char*, record::Run> runs[] = {
      {"mixed", test::mixed_run()},      {"passing", test::passing_run()}, {"open", test::load_run()},
      {"closed", test::load_run(false)}, {"hostile", test::hostile_run()}, {"both", both},
      {"blocked", test::blocked_run()},  {"empty", record::Run{}}};
  for (const auto& [name, run] : runs) {
    const auto path = fmt::format("{}/report_test_{}.html", ASSAY_BINARY_DIR, name);
    ASSERT_TRUE(base::write_file(path, html(run, test::sample_redactor())));
    command += " " + path;
  }
  EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST(Html, FailuresStandOpenAndTheRestIsFolded) {
  const auto page = html(test::mixed_run(), test::sample_redactor());
  EXPECT_THAT(page, HasSubstr("<details class=\"rule is-fail\" id=\"code/single-use\" open>"));
  EXPECT_THAT(page, HasSubstr("<details class=\"rule is-pass\" id=\"pkce/s256\">"));
  EXPECT_THAT(page, HasSubstr("<details class=\"rule is-fail\" id=\"redirect/exact-path#trailing-slash\" open>"));
  EXPECT_THAT(page, HasSubstr("<dt>Expected (by the rule)</dt>"));
  EXPECT_THAT(page, HasSubstr("<dt>Actual (the server)</dt>"));
  EXPECT_THAT(page, HasSubstr("<h1>2 rules are broken, 1 holds, 4 could not be judged.</h1>"));
}

TEST(Html, EqualSecretsWearEqualColours) {
  const auto page = html(test::mixed_run(), test::sample_redactor());
  const auto first = page.find("‹code#1 28 chars›");
  ASSERT_NE(first, std::string::npos);
  EXPECT_THAT(page.substr(first - 30, 30), HasSubstr("<span class=\"secret s"));
}

TEST(Html, LinksOnlyToTheWeb) {
  auto run = test::mixed_run();
  run.rules[0].checks[0].url = "javascript:alert(1)";
  EXPECT_THAT(html(run, record::Redactor()), Not(HasSubstr("href=\"javascript")));
}

TEST(Html, LongMessagesAreCut) {
  auto run = test::mixed_run();
  run.exchanges[2].response += std::string(60000, 'y');
  const auto page = html(run, record::Redactor());
  const auto visible = page.substr(0, page.find("id=\"run-json\""));
  EXPECT_THAT(visible, HasSubstr("cut after 8192 bytes"));
  EXPECT_LT(visible.size(), 100'000u);
}

TEST(Html, ALargeRunStaysAPage) {
  auto run = test::mixed_run();
  for (int id = 5; id < 160; ++id) {
    run.exchanges.push_back(test::sample_exchange(id, "copy", 200, std::string(40000, 'z')));
    run.rules[0].exchanges.push_back(id);
  }
  EXPECT_LT(html(run, test::sample_redactor()).size(), 5u << 20);
}

TEST(Chart, NeedsTwoSecondsAndThinsLongRuns) {
  record::Load load;
  EXPECT_EQ(load_chart(load), "");
  load.model = "open";
  load.seconds.assign(7200, {.planned = 100, .started = 100, .done = 100, .p50_ns = 1000000, .p99_ns = 2000000});
  const auto chart = load_chart(load);
  EXPECT_LT(chart.size(), 60'000u);
  EXPECT_THAT(chart, HasSubstr("role=\"img\""));
  EXPECT_THAT(chart, Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace assay::report

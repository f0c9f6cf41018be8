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

using testing::ContainsRegex;
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
  EXPECT_THAT(page, ContainsRegex("<details class=\"rule is-fail\" id=\"code/single-use\"[^>]* open>"));
  EXPECT_THAT(page, ContainsRegex("<details class=\"rule is-pass\" id=\"pkce/s256\"[^>]*[0-9\"]>"));
  EXPECT_THAT(page, HasSubstr("<details class=\"rule is-fail\" id=\"redirect/exact-path#trailing-slash\" open>"));
  EXPECT_THAT(page, HasSubstr("<dt>Expected (by the rule)</dt>"));
  EXPECT_THAT(page, HasSubstr("<dt>Actual (the server)</dt>"));
  EXPECT_THAT(page, HasSubstr("<h1>2 rules are broken, 1 holds, 4 could not be judged.</h1>"));
}

TEST(Html, EqualSecretsWearEqualColours) {
  const auto page = html(test::mixed_run(), test::sample_redactor());
  EXPECT_THAT(page, ContainsRegex("<mark class=s[0-7]>‹code#1 28 chars›</mark>"));
}

TEST(Html, TheDiagramMarksWhatIsAccused) {
  auto run = test::mixed_run();
  run.exchanges[1].purpose = "authorization request";
  const auto page = html(run, test::sample_redactor());
  EXPECT_THAT(
      page,
      HasSubstr("3 exchanges between client, browser and server; the answer that breaks the rule is that of #4."));
  EXPECT_THAT(page, ContainsRegex("<g class=\"a bad\" data-x=4>.*✗ 200</text></g>"));
  EXPECT_THAT(page, HasSubstr("code, state</text>"));  // the redirect back to the client
  EXPECT_THAT(page, HasSubstr("Since #3: the same request, the same answer"));
}

TEST(Html, WhatHoldsIsToldInShort) {
  auto run = test::passing_run();
  run.rules[0].checks[0].clause = "rfc6749/4.1.2/reuse-denied";
  run.rules[0].checks[0].requirement = "The text of the clause.";
  const auto page = html(run, test::sample_redactor());
  EXPECT_THAT(page, HasSubstr("<ul class=c>\n<li><code>holds</code> <a href=\"#k0\">MUST</a>: "));
  EXPECT_THAT(page, HasSubstr("<tr id=k0>"));
  EXPECT_EQ(page.find("The text of the clause."), page.rfind("The text of the clause."));
  EXPECT_THAT(page, Not(HasSubstr("class=seq")));
}

TEST(Html, WhatAnAttackerGainsDecidesWhatToFixFirst) {
  auto run = test::mixed_run();
  const auto page = html(run, test::sample_redactor());
  EXPECT_THAT(page,
              HasSubstr("<p class=threat><b>Account takeover.</b> Whoever copies a code redeems it after the client."));
  // Of two rules that break a MUST, the one that gives an attacker more.
  auto worse = run.rules[0];
  worse.id = "zz/last";
  run.rules[0].threat->gain = "outage";
  run.rules.push_back(worse);
  const auto other = html(run, test::sample_redactor());
  const auto cards = other.substr(other.find("id=first"));
  EXPECT_LT(cards.find("href=\"#zz/last\""), cards.find("href=\"#code/single-use\""));
  // A check that the threat is not about shows none.
  run.rules[0].threat->checks = run.rules.back().threat->checks = {"first-token-revoked"};
  EXPECT_THAT(html(run, test::sample_redactor()), Not(HasSubstr("class=threat>")));
}

TEST(Html, TheHeadSaysWhatIsNewAndWhoAnswersForWhat) {
  auto run = test::mixed_run();
  run.since = record::Since{.started = test::sample_time(), .tool_version = "1", .ruleset_hash = "x", .changes = {}};
  run.since->changes.push_back({.kind = "new-failure",
                                .rule = "code/single-use",
                                .case_name = "",
                                .check = "second-use-denied",
                                .was = "pass",
                                .is = "fail",
                                .before = "",
                                .now = ""});
  run.waivers.push_back({.rule = "pkce/plain",
                         .check = "refused",
                         .reason = "old clients",
                         .owner = "identity-team",
                         .link = "",
                         .until = "2027-01-31",
                         .state = "active",
                         .days_left = 12,
                         .hides = {},
                         .file = "w",
                         .line = 1});
  const auto page = html(run, test::sample_redactor());
  const auto head = page.substr(page.find("<h1>"), page.find("class=facts") - page.find("<h1>"));
  EXPECT_THAT(head, ContainsRegex("Since <a href=\"#since\">[0-9-]+</a>: 1 new failure. New: <b "
                                  "class=fail>code/single-use#second-use-denied</b></p>"));
  EXPECT_THAT(head, HasSubstr("1 waiver</a>: pkce/plain#refused (identity-team, 12 days left)</p>"));
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
  const auto visible = page.substr(0, page.find("id=run-json"));
  EXPECT_THAT(visible, HasSubstr("cut after 8192 bytes; there were 60 "));
  EXPECT_THAT(visible, HasSubstr(", SHA-256 "));
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
  EXPECT_TRUE(rate_chart(load).empty());
  EXPECT_TRUE(time_chart(load).empty());
  load.model = "open";
  load.seconds.assign(7200, {.planned = 100, .started = 100, .done = 100, .p50_ns = 1000000, .p99_ns = 2000000});
  for (const auto& chart : {rate_chart(load).str(), time_chart(load).str()}) {
    EXPECT_LT(chart.size(), 30'000u);
    EXPECT_THAT(chart, HasSubstr("role=img"));
    EXPECT_THAT(chart, Not(HasSubstr("nan")));
  }
}

TEST(Wire, ShowsBodiesByTheirKind) {
  EXPECT_EQ(indented_json("{\"a\":[1,2],\"b\":{}, \"c\":\"x{,\\\"\"}"),
            "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {},\n  \"c\": \"x{,\\\"\"\n}");
  const std::string deep(100'000, '[');
  EXPECT_EQ(indented_json(deep), deep);
  for (const char* odd : {"", "{", "}", "[}", "\"", "{\"a", "]]]", "\\"}) (void)indented_json(odd);
  const auto form =
      message_lines("POST /t HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\na=1&b=2&&c", 100);
  EXPECT_THAT(form.lines, testing::ElementsAre("POST /t HTTP/1.1", "Content-Type: application/x-www-form-urlencoded",
                                               "", "a=1", "&b=2", "&", "&c"));
  EXPECT_EQ(form.left_out, "");
}

TEST(Wire, ShowsLongQueriesByParameter) {
  const std::string value(90, 'v');
  EXPECT_THAT(message_lines("GET /a?b=" + value + "&c=1&d HTTP/1.1\r\nHost: a?b&c", 1000).lines,
              testing::ElementsAre("GET /a?b=" + value, "&c=1", "&d HTTP/1.1", "Host: a?b&c"));
}

TEST(Wire, CutsAMegabyteOfHeader) {
  const auto cut = message_lines("HTTP/1.1 200 OK\r\nX-Long: " + std::string(1u << 20, 'a') + "\r\n\r\n{}", 8192);
  EXPECT_EQ(cut.lines.size(), 4u);
  EXPECT_LT(cut.lines[1].size(), 8192u);
  EXPECT_THAT(cut.left_out, HasSubstr("there were 1 048 "));
}

TEST(Wire, TellsWhatChanged) {
  EXPECT_THAT(changed_lines({"a", "Date: 1", "b", "b"}, {"b", "Date: 2", "c", "a"}),
              testing::ElementsAre("- b", "+ c"));
}

}  // namespace
}  // namespace assay::report

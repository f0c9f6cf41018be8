// The words that reports share, wrapping, and the one way into XML.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/console.hpp"
#include "report/xml.hpp"
#include "tests/unit/report/sample_run.hpp"

namespace assay::report {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Words, Times) {
  EXPECT_EQ(short_time(0), "0 µs");
  EXPECT_EQ(short_time(85'400), "85 µs");
  EXPECT_EQ(short_time(85'400, false), "85 us");
  EXPECT_EQ(short_time(999'600), "1.00 ms");
  EXPECT_EQ(short_time(4'140'000), "4.14 ms");
  EXPECT_EQ(short_time(9'996'000), "10 ms");
  EXPECT_EQ(short_time(402'000'000), "402 ms");
  EXPECT_EQ(short_time(999'700'000), "1.00 s");
  EXPECT_EQ(short_time(12'340'000'000), "12.3 s");
}

TEST(Words, Numbers) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(9999), "9999");
  EXPECT_EQ(grouped(24000), "24 000");
  EXPECT_EQ(grouped(1234567), "1 234 567");
}

TEST(Words, Rates) {
  EXPECT_EQ(per_second(320, std::chrono::seconds(2)), "160.0");
  EXPECT_EQ(per_second(270'062, std::chrono::seconds(8)), "33 758");
  EXPECT_EQ(per_second(5, std::chrono::seconds(0)), "0.0");
}

TEST(Words, TheSentenceSaysWhatMatters) {
  EXPECT_EQ(verdict_sentence(test::passing_run()), "All 4 rules that were judged hold.");
  EXPECT_EQ(verdict_sentence(test::mixed_run()), "2 rules are broken, 1 holds, 4 could not be judged.");
  EXPECT_EQ(verdict_sentence(record::Run{}), "Nothing was proven.");
  EXPECT_EQ(verdict_sentence(test::load_run()),
            "23 998 flows ended, 2 failed, and rules were broken under load; 2 of 3 objectives missed.");
}

TEST(Words, ARunThatDidNotEndSaysSo) {
  auto run = test::passing_run();
  EXPECT_EQ(interruption(run), "");
  run.took = std::chrono::seconds(12);
  run.result = "INTERRUPTED";
  EXPECT_EQ(interruption(run), "The run was interrupted after 12 s.");
  run.finished = false;
  EXPECT_EQ(verdict_sentence(run),
            "All 4 rules that were judged hold. The run did not end, or goes on: this is what was known after 12 s.");
}

TEST(Words, RacesSayWhatTheyProve) {
  record::Race race{.planned = 299, .trials = 299, .ended = "all trials", .copies = {8}, .one_winner = true};
  race.median_spread = std::chrono::microseconds(31);
  EXPECT_EQ(race_words(race),
            "0 of 299 trials, at most 1.0 % with 95 % confidence, 8 copies, median release spread 31 µs");
  EXPECT_EQ(race_outcomes(race), "");
  race.trials = 1;
  race.copies = {2, 8, 32};
  race.ended = "time";
  EXPECT_EQ(race_words(race, false),
            "0 of 1 trial, at most 95 % with 95 % confidence, 2 to 32 copies, median release spread 31 us, ended early "
            "(time)");
  race.trials = 5;
  race.violations = race.double_mints = 1;
  race.denials = 2;
  race.requests = 40;
  race.timeouts = 3;
  race.ended = "first violation";
  EXPECT_EQ(race_words(race), "1 of 5 trials, 2 to 32 copies, median release spread 31 µs");
  EXPECT_EQ(race_outcomes(race),
            "different tokens handed out in 1 trial, nobody left with a working token in 2 trials, 3 of 40 requests "
            "timed out");
  EXPECT_THAT(race_words(record::Race{}), HasSubstr("no trial counts"));
}

TEST(Words, TheCommandRepeatsTheRun) {
  auto run = test::mixed_run();
  EXPECT_EQ(again_command(run, run.rules[1]), "assay check targets/staging.jsonc --only redirect/exact-path -v");
  run.target_file = "";
  run.defects = {"code-reusable", "refresh-replay-accepted"};
  EXPECT_EQ(again_command(run, run.rules[0]),
            "assay check --defect code-reusable --defect refresh-replay-accepted --only code/single-use -v");
  run.defects.clear();
  run.target_file = "my target's file.jsonc";
  EXPECT_EQ(again_command(run, run.rules[0]), "assay check 'my target'\\''s file.jsonc' --only code/single-use -v");
}

TEST(Words, TopicsKeepTheOrderAndGatherCases) {
  const auto all = topics(test::mixed_run());
  ASSERT_GE(all.size(), 3u);
  EXPECT_EQ(all[0].name, "code");
  EXPECT_EQ(all[1].rules.size(), 1u);
  EXPECT_EQ(all[1].rules[0].cases.size(), 5u);
  EXPECT_EQ(all[1].rules[0].verdict, record::Verdict::fail);
}

TEST(PlainLine, IsOneLinePerRule) {
  auto rule = test::sample_rule("code/single-use", "t", record::Verdict::pass);
  EXPECT_EQ(plain_line(rule), "PASS [  0.213s] code/single-use");
  rule.verdict = record::Verdict::fail;
  rule.case_name = "a\nb";
  rule.took = std::chrono::seconds(61);
  EXPECT_EQ(plain_line(rule), "FAIL [ 61.000s] code/single-use#a b");
}

TEST(Console, WrapsAtTheWidthAndCutsWhatHasNoBlank) {
  const record::Redactor redactor;
  const TerminalStyle style{.width = 40};
  Console console(redactor, style);
  console.wrapped("head ", 5, "one two three four five six seven eight nine " + std::string(60, 'x') + " end");
  EXPECT_EQ(console.take(), "head one two three four five six seven\n     eight nine\n     " + std::string(35, 'x') +
                                "\n     " + std::string(25, 'x') + " end\n");
}

TEST(Console, CountsColumnsAndNotBytes) {
  EXPECT_EQ(display_width("✓ ‹a› ü"), 7u);
  EXPECT_EQ(in_ascii("✓ ‹access#1› → § … ü"), "+ <access#1> -> section  ... ?");
}

TEST(Lines, AreCutAtACharacterAndAfterRedaction) {
  record::Redactor redactor;
  redactor.add("access", "abcdefghijklmnopqrst0123");
  const auto shown = shown_lines(redactor, "first\r\nsecond abcdefghijklmnopqrst0123 ü", 20);
  EXPECT_TRUE(shown.cut);
  EXPECT_EQ(shown.lines.size(), 2u);
  EXPECT_EQ(shown.lines[0], "first");
  for (const auto& line : shown.lines) EXPECT_THAT(line, Not(HasSubstr("abcdef")));
}

TEST(Xml, EscapesMarkupAndDropsWhatXmlForbids) {
  EXPECT_EQ(xml_escaped("<a b=\"c\" d='e'>&amp;]]>"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;]]&gt;");
  EXPECT_EQ(xml_escaped(std::string("a\0b\x01\x1b\x7f\tc\n", 9)), "ab\tc\n");
  EXPECT_EQ(xml_escaped("ü€😀\xff\xc0\xaf\xed\xa0\x80\xef\xbf\xbf\xef\xbf\xbe\xf4\x90\x80\x80\xe2\x82"), "ü€😀");
}

TEST(Junit, MapsVerdicts) {
  const auto xml = junit(test::mixed_run(), test::sample_redactor());
  EXPECT_THAT(xml, HasSubstr("<testsuites name=\"assay\" tests=\"17\" failures=\"5\" errors=\"4\" skipped=\"4\""));
  EXPECT_THAT(xml, HasSubstr("classname=\"oauth2-bcp.code\" name=\"code/single-use\" "
                             "file=\"scenarios/rules/code/single-use.jsonc\" time=\"0.213\""));
  EXPECT_THAT(xml, HasSubstr("<failure type=\"MUST\" message=\"second-use-denied: status 200"));
  EXPECT_THAT(xml, HasSubstr("<error type=\"blocked\" message=\"no second confidential client"));
  EXPECT_THAT(xml, HasSubstr("<skipped message=\"waived until 2027-01-31: old clients (identity-team)\"/>"));
  EXPECT_THAT(xml, HasSubstr("name=\"redirect/exact-path#trailing-slash\""));
  EXPECT_THAT(xml, Not(HasSubstr("trials")));
  EXPECT_THAT(xml, Not(HasSubstr("flaky")));
}

TEST(Junit, SaysWhatAPassRestsOn) {
  using record::Verdict;
  auto run = test::empty_run();
  const record::Race race{.planned = 299, .trials = 299, .ended = "all trials", .copies = {8}};
  for (const auto verdict : {Verdict::pass, Verdict::inconclusive, Verdict::warn, Verdict::fail}) {
    run.rules = {test::sample_rule("race/code", "A code is redeemed once", verdict)};
    run.rules[0].race = race;
    const auto xml = junit(run, test::sample_redactor());
    const auto at = xml.find("0 of 299 trials, at most 1.0 % with 95 % confidence, 8 copies");
    ASSERT_NE(at, std::string::npos) << xml;
    EXPECT_EQ(xml.find("0 of 299", at + 1), std::string::npos) << "twice";
    EXPECT_EQ(xml.find("<system-out>", xml.find("<system-out>") + 1), std::string::npos) << "two of them";
  }
  run.rules = {test::sample_rule("code/single-use", "A code is good for one thing", Verdict::pass)};
  run.rules[0].flaky = true;
  run.rules[0].reason = "flaky: passed at the second attempt; \"<first>\"";
  EXPECT_THAT(
      junit(run, test::sample_redactor()),
      HasSubstr("time=\"0.213\">\n      <system-out>flaky: passed at the second attempt; &quot;&lt;first&gt;&quot;"
                "</system-out>\n    </testcase>"));
}

}  // namespace
}  // namespace assay::report

// Every report of a run with a hostile server: nothing executes, nothing drives the terminal, nothing secret shows.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "base/encoding.hpp"
#include "base/file.hpp"
#include "record/run_json.hpp"
#include "report/compare_view.hpp"
#include "report/reports.hpp"
#include "tests/unit/report/sample_run.hpp"

namespace assay::report {
namespace {

using testing::HasSubstr;
using testing::Not;

record::Run with_since(record::Run run) {
  if (!run.since) run.since = record::compare_runs(test::passing_run(), run);
  return run;
}

std::map<std::string, std::string> every_report(const record::Run& run, const record::Redactor& redactor) {
  const TerminalStyle verbose{.color = false, .utf8 = true, .width = 80, .verbosity = 1};
  const TerminalStyle ascii{.color = false, .utf8 = false, .width = 80, .verbosity = 1};
  return {{"check", terminal_check(run, redactor, verbose)},
          {"check ascii", terminal_check(run, redactor, ascii)},
          {"load", terminal_load(run, redactor, verbose)},
          {"doctor", terminal_doctor(run, redactor, verbose)},
          {"junit", junit(run, redactor)},
          {"junit per check", junit(run, redactor, {.per_check = true, .warnings_fail = true})},
          {"html", html(run, redactor)},
          {"sarif", sarif(run, redactor)},
          {"markdown", markdown(run, redactor)},
          {"annotations", github_annotations(run, redactor)},
          {"badge", badge(run, redactor)},
          {"compare", terminal_compare(with_since(run), redactor, verbose)},
          {"compare markdown", markdown_compare(with_since(run), redactor)},
          {"compare json", json_compare(with_since(run), redactor)},
          {"run.json", record::write_run_json(run, redactor)}};
}

bool valid_utf8(const std::string& text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t length = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
    if (length == 0 || i + length > text.size()) return false;
    for (std::size_t k = 1; k < length; ++k)
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
    i += length;
  }
  return true;
}

TEST(Hostile, NothingDrivesATerminal) {
  for (const auto& [name, text] : every_report(test::hostile_run(), test::sample_redactor())) {
    SCOPED_TRACE(name);
    for (const char c : text) {
      const bool control = (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
      ASSERT_FALSE(control) << static_cast<int>(c);
    }
    EXPECT_TRUE(valid_utf8(text));
    EXPECT_EQ(text.find("\xe2\x80\xae"), std::string::npos);
    EXPECT_EQ(text.find("\xc2\x9b"), std::string::npos);
  }
}

TEST(Hostile, NothingBecomesMarkup) {
  const auto reports = every_report(test::hostile_run(), test::sample_redactor());
  EXPECT_EQ(reports.at("html").find("<script>alert"), std::string::npos);
  EXPECT_THAT(reports.at("junit"), Not(HasSubstr("<script")));
  EXPECT_THAT(reports.at("junit"), Not(HasSubstr("]]>")));
}

// By the eyes of those who read them: schemas of ours, and what GitHub asks for.
TEST(Hostile, FormatsAreValid) {
  int number = 0;
  std::string files;
  auto waived = test::mixed_run();
  for (auto& rule : waived.rules)
    for (auto& check : rule.checks)
      if (check.verdict == record::Verdict::fail) check.verdict = record::Verdict::waived;
  auto long_run = test::hostile_run();
  for (int i = 0; i < 300; ++i) {
    long_run.rules.push_back(long_run.rules.front());
    long_run.rules.back().id += std::to_string(i);
  }
  auto both = test::mixed_run();
  both.load = test::load_run().load;
  long_run.exchanges[3].response.insert(20, std::string(1u << 16, 'h'));
  for (const auto& run : {test::hostile_run(), test::mixed_run(), test::load_run(), test::passing_run(), waived,
                          test::blocked_run(), both, long_run}) {
    const auto path = fmt::format("{}/report_test_{}", ASSAY_BINARY_DIR, ++number);
    const auto redactor = test::sample_redactor();
    ASSERT_TRUE(base::write_file(path + ".sarif", sarif(run, redactor)));
    ASSERT_TRUE(base::write_file(path + ".md", markdown(run, redactor)));
    ASSERT_TRUE(base::write_file(path + ".badge", badge(run, redactor)));
    ASSERT_TRUE(base::write_file(path + "c.md", markdown_compare(with_since(run), redactor)));
    ASSERT_TRUE(base::write_file(path + ".compare", json_compare(with_since(run), redactor)));
    files += fmt::format(" {0}.sarif {0}.md {0}.badge {0}c.md {0}.compare", path);
  }
  EXPECT_EQ(std::system(("python3 " ASSAY_SOURCE_DIR "/tests/schema/check_formats.py" + files).c_str()), 0);
}

// A line of an annotation is a command to the runner: there is one per finding, and none that the server wrote.
TEST(Hostile, AnnotationsAreOurs) {
  auto run = test::hostile_run();
  for (auto& rule : run.rules)
    for (auto& check : rule.checks) check.actual = "a\n::set-env name=PATH::/tmp\r\n::error::b, 100% c";
  const auto text = github_annotations(run, test::sample_redactor());
  int lines = 0;
  for (std::size_t at = 0; at < text.size(); ++lines) {
    const auto end = text.find('\n', at);
    const auto line = text.substr(at, end - at);
    EXPECT_TRUE(line.starts_with("::error file=") || line.starts_with("::warning file=") ||
                line.starts_with("::notice title=Assay::"))
        << line;
    at = end + 1;
  }
  EXPECT_LE(lines, 21);
  EXPECT_THAT(text, HasSubstr("100%25 c"));
}

TEST(Hostile, XmlIsWellFormed) {
  ASSERT_EQ(std::system("python3 -c 1"), 0) << "scripts/install installs python3";
  int number = 0;
  for (const auto& run :
       {test::hostile_run(), test::mixed_run(), test::load_run(), test::passing_run(), record::Run{}}) {
    const auto path = fmt::format("{}/report_test_{}.xml", ASSAY_BINARY_DIR, ++number);
    ASSERT_TRUE(base::write_file(path, junit(run, test::sample_redactor())));
    const auto per_check = path + ".checks.xml";
    ASSERT_TRUE(base::write_file(per_check, junit(run, test::sample_redactor(), {.per_check = true})));
    EXPECT_EQ(
        std::system(("python3 " ASSAY_SOURCE_DIR "/tests/schema/check_junit.py " + path + " " + per_check).c_str()), 0);
  }
}

// A secret in every place of a run, in every coating: none of it may show anywhere.
TEST(Canary, NoReportHoldsASecret) {
  const std::string canaries[] = {"canary+1/with=signs&more \"q\"", "canary2plainalphanumeric0815", "canaryword"};
  record::Redactor redactor;
  for (const auto& canary : canaries) redactor.add("access", canary);
  for (const auto& canary : canaries) {
    std::string percent;
    base::append_percent_encoded(percent, canary);
    const auto form = base::form_encoded(canary);
    const auto basic = base::base64("client:" + canary), basic_form = base::base64("client:" + form);
    const std::string everywhere = "GET /a?x=" + percent + "&y=" + form + "#z=" + percent +
                                   " HTTP/1.1\r\nAuthorization: Basic " + basic + "\r\nX-Again: Basic " + basic_form +
                                   "\r\nCookie: a=" + canary + "\r\nX-Echo: " + canary + "\r\n\r\n<p title=\"" +
                                   canary + "\">" + percent + "</p> {\"other\":\"" + canary + "\"} " + basic;
    auto run = test::mixed_run();
    run.load = test::load_run().load;
    for (auto* text : {&run.target_name, &run.target_file, &run.issuer, &run.login_driver, &run.profile,
                       &run.profile_title, &run.ruleset_hash, &run.tool_version, &run.result, &run.load->journey,
                       &run.load->model, &run.load->steps[0].name, &run.load->trust})
      *text += " " + everywhere;
    run.clients.push_back(everywhere);
    run.defects.push_back(everywhere);
    run.environment[everywhere] = everywhere;
    run.capabilities[everywhere] = true;
    run.preflight.push_back({everywhere, record::Verdict::blocked, everywhere, everywhere, {1}});
    auto& waiver = run.waivers.emplace_back();
    waiver.until = "2026-05-01";
    for (auto* text :
         {&waiver.rule, &waiver.check, &waiver.reason, &waiver.owner, &waiver.link, &waiver.state, &waiver.file})
      *text = everywhere;
    waiver.hides = {everywhere};
    auto& change = run.since.emplace().changes.emplace_back();
    for (auto* text :
         {&change.rule, &change.case_name, &change.check, &change.was, &change.is, &change.before, &change.now})
      *text = everywhere;
    change.kind = "new-failure";
    run.load->errors[everywhere] = 1;
    run.load->violations[everywhere] = 1;
    run.load->doubts.push_back({everywhere, everywhere});
    run.load->trust_reasons.push_back(everywhere);
    for (auto& rule : run.rules) {
      for (auto* text : {&rule.title, &rule.story, &rule.path, &rule.reason, &rule.case_name})
        *text += " " + everywhere;
      for (auto& check : rule.checks)
        for (auto* text : {&check.name, &check.clause, &check.reference, &check.url, &check.requirement,
                           &check.expected, &check.actual, &check.reason, &check.advice})
          *text += " " + everywhere;
    }
    for (auto& exchange : run.exchanges)
      for (auto* text : {&exchange.rule, &exchange.step, &exchange.purpose, &exchange.request, &exchange.response,
                         &exchange.outcome, &exchange.detail})
        *text += " " + everywhere;
    for (const auto& [name, text] : every_report(run, redactor)) {
      SCOPED_TRACE(name);
      for (const auto& coating : {canary, percent, form, basic, basic_form, base::base64(canary)})
        EXPECT_EQ(text.find(coating), std::string::npos)
            << coating << " in ..."
            << text.substr(text.find(coating) < 60 ? 0 : std::min(text.find(coating) - 60, text.size()), 160);
      const auto* label = name == "check ascii" ? "<access#" : name.ends_with("markdown") ? "‹access&#35;" : "‹access#";
      EXPECT_NE(text.find(label), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace assay::report

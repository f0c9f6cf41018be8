// run.json: out and in again, hostile bytes, refusals, and no secret in it. Validation against the schema is done by
// tests/schema/check_run.py, which runs here when Python has jsonschema.
#include "record/run_json.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "record/wall_time.hpp"
#include "tests/unit/report/sample_run.hpp"

namespace assay::record {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(WallTime, OutAndIn) {
  EXPECT_EQ(format_time(test::sample_time()), "2026-03-14T09:26:53.589793238Z");
  EXPECT_EQ(parse_time("2026-03-14T09:26:53.589793238Z"), test::sample_time());
  EXPECT_EQ(parse_time(format_time(WallTime{})), WallTime{});
  for (const auto* bad :
       {"", "2026-03-14T09:26:53Z", "2026-02-30T09:26:53.000000000Z", "2026-03-14T24:00:00.000000000Z",
        "2026-03-14T09:26:53.00000000-Z", "9999-03-14T09:26:53.000000000Z"})
    EXPECT_FALSE(parse_time(bad)) << bad;
}

TEST(RunJson, ComesBackAsItWas) {
  for (auto run : {test::mixed_run(), test::load_run(), test::load_run(false), test::limit_run(), test::passing_run(),
                   record::Run{}}) {
    const auto text = write_run_json(run, Redactor());
    const auto read = read_run_json("run.json", text);
    ASSERT_TRUE(read) << read.error().front().message;
    EXPECT_EQ(write_run_json(*read, Redactor()), text);
    EXPECT_EQ(read->seed, run.seed);
    EXPECT_EQ(read->started, run.started);
    EXPECT_EQ(read->rules.size(), run.rules.size());
    EXPECT_EQ(read->exits, run.exits);
    EXPECT_EQ(read->finished, run.finished);
    ASSERT_EQ(read->load.has_value(), run.load.has_value());
    if (run.load) {
      EXPECT_EQ(read->load->flow_response.percentile(99.9), run.load->flow_response.percentile(99.9));
      EXPECT_EQ(read->load->cpu_seconds, run.load->cpu_seconds);
    }
  }
}

// What assay 0.1.0 wrote before load plans existed.
TEST(RunJson, ReadsOlderLoadRuns) {
  auto tree = nlohmann::ordered_json::parse(write_run_json(test::load_run(), Redactor()));
  for (const auto* member : {"parts", "plan", "title", "arrivals", "cutOff", "queueWait", "journeys", "invariants",
                             "objectives", "limit", "generator", "examples"})
    ASSERT_EQ(tree["load"].erase(member), 1u) << member;
  for (auto& second : tree["load"]["seconds"])
    for (const auto* member : {"violations", "p90Ns", "lateP99Ns", "inFlight"}) second.erase(member);
  const auto read = read_run_json("old.json", tree.dump());
  ASSERT_TRUE(read) << read.error().front().message;
  EXPECT_EQ(read->load->parts, 1u);
  EXPECT_EQ(read->load->done, 23998u);
  EXPECT_TRUE(read->load->journeys.empty());
  EXPECT_FALSE(read->load->limit);
}

TEST(RunJson, KeepsTheOutcomesOfRaces) {
  auto run = test::passing_run();
  Race race{
      .planned = 25, .trials = 3, .inconclusive = 1, .violations = 1, .ended = "first violation", .copies = {2, 8}};
  race.one_winner = true;
  race.double_mints = 1;
  race.identical = 2;
  race.denials = 3;
  race.requests = 18;
  race.server_errors = 4;
  race.overloads = 5;
  race.timeouts = 6;
  race.failures = 7;
  race.median_spread = std::chrono::microseconds(31);
  run.rules.at(0).race = race;
  const auto text = write_run_json(run, Redactor());
  const auto read = read_run_json("run.json", text);
  ASSERT_TRUE(read) << read.error().front().message;
  EXPECT_EQ(write_run_json(*read, Redactor()), text);
  EXPECT_EQ(read->rules.at(0).race->copies, race.copies);
  EXPECT_EQ(read->rules.at(0).race->median_spread, race.median_spread);
  EXPECT_FALSE(read->rules.at(1).race);
}

TEST(RunJson, BytesThatNeedNoRedactionAreKept) {
  auto run = test::empty_run();
  auto exchange = test::sample_exchange(1, "step", 200,
                                        "tab\t nul" + std::string(1, '\0') + " esc\x1b \"quoted\" ünïcode </script>");
  run.exchanges = {exchange};
  const auto read = read_run_json("run.json", write_run_json(run, Redactor()));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->exchanges[0].response, exchange.response);
  EXPECT_EQ(read->exchanges[0].started, exchange.started);
}

TEST(RunJson, HostileBytesAreStillJson) {
  const auto text = write_run_json(test::hostile_run(), test::sample_redactor());
  EXPECT_FALSE(nlohmann::json::parse(text, nullptr, false).is_discarded());
  EXPECT_THAT(text, HasSubstr("\xef\xbf\xbd"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr(std::string(1, '\0'))));
  const auto read = read_run_json("run.json", text);
  ASSERT_TRUE(read);
  EXPECT_EQ(write_run_json(*read, Redactor()), text);
}

TEST(RunJson, HoldsNoSecret) {
  const auto text = write_run_json(test::mixed_run(), test::sample_redactor());
  for (const auto* secret : {test::kPassword, test::kClientSecret, test::kCode, test::kAccess, test::kRefresh})
    EXPECT_THAT(text, Not(HasSubstr(secret)));
  EXPECT_THAT(text, Not(HasSubstr("d2ViOlMzY3IzdCUyQm9m")));
  EXPECT_THAT(text, HasSubstr("‹access#1 44 chars›"));
}

std::string refusal(const std::string& text) {
  const auto read = read_run_json("some.json", text);
  if (read) return "accepted";
  return read.error().front().file + ":" + std::to_string(read.error().front().line) + ": " +
         read.error().front().message;
}

TEST(RunJson, RefusesWhatItCannotRead) {
  const auto good = write_run_json(test::mixed_run(), Redactor());
  EXPECT_THAT(refusal(""), HasSubstr("ends too early"));
  EXPECT_THAT(refusal(good.substr(0, good.size() / 2)), HasSubstr("ends too early"));
  EXPECT_THAT(refusal("{\n\"a\": oops"), HasSubstr("some.json:2: this is not JSON"));
  EXPECT_THAT(refusal("[]"), HasSubstr("not the record of a run"));
  EXPECT_THAT(refusal("{\"package\": 1}"), HasSubstr("not the record of a run"));
  auto tree = nlohmann::ordered_json::parse(good);
  const auto with = [&](const char* pointer, nlohmann::ordered_json value) {
    auto copy = tree;
    copy[nlohmann::ordered_json::json_pointer(pointer)] = std::move(value);
    return refusal(copy.dump());
  };
  EXPECT_THAT(with("/schemaVersion", 2), HasSubstr("schemaVersion is 2"));
  EXPECT_THAT(with("/tool/name", "other"), HasSubstr("another tool"));
  EXPECT_THAT(with("/rules/0/verdict", "great"), HasSubstr("/rules/0/verdict is not a verdict"));
  EXPECT_THAT(with("/rules/0/checks", "none"), HasSubstr("/rules/0/checks is not an array"));
  EXPECT_THAT(with("/exchanges/0/status", 1e99), HasSubstr("is not a whole number"));
  EXPECT_THAT(with("/exchanges/0/id", 1ull << 63), HasSubstr("is not a smaller number"));
  EXPECT_THAT(with("/seed", "-1"), HasSubstr("/seed"));
  EXPECT_EQ(with("/somethingNew", true), "accepted");
  tree.erase("exits");
  EXPECT_THAT(refusal(tree.dump()), HasSubstr("has no member \"exits\""));
}

TEST(RunJson, FollowsItsSchema) {
  ASSERT_EQ(std::system("python3 -c 'import jsonschema'"), 0) << "scripts/install installs python3-jsonschema";
  std::string command = "python3 " ASSAY_SOURCE_DIR "/tests/schema/check_run.py";
  int number = 0;
  for (const auto& run :
       {test::mixed_run(), test::hostile_run(), test::load_run(), test::limit_run(), test::passing_run()}) {
    const auto path = fmt::format("{}/record_test_run_{}.json", ASSAY_BINARY_DIR, ++number);
    ASSERT_TRUE(base::write_file(path, write_run_json(run, test::sample_redactor())));
    command += " " + path;
  }
  EXPECT_EQ(std::system(command.c_str()), 0);
}

// The exchanges of a rule by themselves, numbered from 1, as an engine has them when the rule ends.
std::pair<Rule, std::vector<Exchange>> alone(const Run& run, const Rule& rule) {
  auto out = rule;
  std::vector<Exchange> exchanges;
  std::map<int, int> numbers;
  for (const auto& exchange : run.exchanges)
    if (exchange.rule == rule.full_id()) {
      exchanges.push_back(exchange);
      numbers[exchange.id] = exchanges.back().id = static_cast<int>(exchanges.size());
    }
  const auto renumber = [&](std::vector<int>& ids) {
    std::erase_if(ids, [&](int id) { return !numbers.contains(id); });
    for (auto& id : ids) id = numbers[id];
  };
  renumber(out.exchanges);
  for (auto& check : out.checks) renumber(check.evidence);
  return {out, exchanges};
}

TEST(GrowingRunJson, IsARunAtEachMoment) {
  const auto whole = test::mixed_run();
  auto now = whole;
  std::erase_if(now.exchanges, [](const auto& exchange) { return !exchange.rule.empty(); });
  now.finished = false;
  now.rules.clear();
  GrowingRunJson growing(static_cast<int>(now.exchanges.size()));
  std::size_t exchanges = now.exchanges.size();
  for (const auto& rule : whole.rules) {
    auto waiting = rule;
    waiting.verdict = Verdict::interrupted;
    waiting.exchanges.clear();
    waiting.checks.clear();
    growing.add(waiting, {}, test::sample_redactor());
  }
  for (const auto& rule : whole.rules) {
    auto [one, its_exchanges] = alone(whole, rule);
    exchanges += its_exchanges.size();
    growing.add(one, std::move(its_exchanges), test::sample_redactor());
    now.rules.push_back(rule);
    const auto text = growing.document(now, test::sample_redactor());
    const auto read = read_run_json("run.json", text);
    ASSERT_TRUE(read) << read.error().front().message;
    EXPECT_FALSE(read->finished);
    EXPECT_EQ(read->rules.size(), whole.rules.size()) << "each rule once, whether it has ended or not";
    ASSERT_EQ(read->exchanges.size(), exchanges);
    for (std::size_t i = 0; i < exchanges; ++i) EXPECT_EQ(read->exchanges[i].id, static_cast<int>(i) + 1);
    const auto found = std::ranges::find(read->rules, rule.full_id(), &Rule::full_id);
    ASSERT_NE(found, read->rules.end());
    EXPECT_EQ(found->verdict, rule.verdict);
    for (const int id : found->exchanges)
      EXPECT_EQ(read->exchanges.at(static_cast<std::size_t>(id) - 1).rule, rule.full_id());
  }
  const auto path = ASSAY_BINARY_DIR "/record_test_growing.json";
  ASSERT_TRUE(base::write_file(path, growing.document(now, test::sample_redactor())));
  EXPECT_EQ(std::system(("python3 " ASSAY_SOURCE_DIR "/tests/schema/check_run.py " + std::string(path)).c_str()), 0);
}

TEST(GrowingRunJson, WithoutARule) {
  const auto read = read_run_json("run.json", GrowingRunJson(0).document(record::Run{}, Redactor()));
  ASSERT_TRUE(read) << read.error().front().message;
  EXPECT_TRUE(read->rules.empty() && read->exchanges.empty());
}

}  // namespace
}  // namespace assay::record

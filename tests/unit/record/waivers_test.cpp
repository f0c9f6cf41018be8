// What waivers do to a run, and what comparing two runs finds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "record/compare.hpp"
#include "record/compare_load.hpp"
#include "record/run_json.hpp"
#include "record/waivers.hpp"
#include "tests/unit/report/sample_run.hpp"

namespace assay::record {
namespace {

Waiver waiver(std::string until) {
  Waiver out;
  out.rule = "code/single-use";
  out.check = "second-use-denied";
  out.reason = "known";
  out.owner = "team";
  out.until = std::move(until);
  return out;
}

// The run of 2026-03-14 in which code/single-use fails.
Run waived_run(const std::string& until) {
  auto run = test::mixed_run();
  run.waivers = {waiver(until)};
  apply_waivers(run);
  return run;
}

TEST(WaiverStates, ByTheDayOfTheRun) {
  const auto active = waived_run("2026-06-30");
  EXPECT_EQ(active.waivers[0].state, "active");
  EXPECT_EQ(active.waivers[0].days_left, 108);
  EXPECT_EQ(active.rules[0].verdict, Verdict::waived);
  EXPECT_EQ(active.rules[0].checks[0].verdict, Verdict::waived);
  EXPECT_EQ(active.waivers[0].hides, std::vector<std::string>{"code/single-use#second-use-denied"});
  EXPECT_EQ(waived_run("2026-03-28").waivers[0].state, "ending");
  EXPECT_EQ(waived_run("2026-03-29").waivers[0].state, "active");
  EXPECT_EQ(waived_run("2026-03-14").waivers[0].state, "ending");
  const auto expired = waived_run("2026-03-13");
  EXPECT_EQ(expired.waivers[0].state, "expired");
  EXPECT_EQ(expired.rules[0].verdict, Verdict::fail);
  EXPECT_TRUE(expired.rules[0].checks[0].reason.contains("2026-03-13"));
}

TEST(WaiverStates, UnderLoadInvariantsAndObjectivesAreWaived) {
  auto run = test::load_run();
  run.load->violations.clear();
  run.load->journeys.clear();
  run.load->invariants = {{.id = "load/error-shape", .check = "json", .level = Level::must, .broken = 3}};
  run.load->objectives = {{.text = "p99(token) < 250ms", .met = false, .actual = "312 ms"}};
  const auto with = [&](std::string until) {
    auto out = run;
    auto invariant = waiver(until), objective = waiver(until);
    invariant.rule = "load/error-shape";
    invariant.check = "json";
    objective.rule = kObjectiveRule;
    objective.check = "p99(token)<250ms";  // blanks do not matter
    out.waivers = {invariant, objective};
    apply_waivers(out);
    return out;
  };
  EXPECT_TRUE(breaks_rules(*run.load));
  EXPECT_TRUE(misses_objectives(*run.load));
  const auto waived = with("2026-06-30");
  EXPECT_FALSE(breaks_rules(*waived.load));
  EXPECT_FALSE(misses_objectives(*waived.load));
  EXPECT_EQ(waived.waivers[0].state, "active");
  EXPECT_EQ(waived.waivers[1].hides, std::vector<std::string>{"load/objective#p99(token) < 250ms"});
  EXPECT_EQ(waived.load->objectives[0].waived, "waived until 2026-06-30: known (team)");
  const auto expired = with("2026-03-13");
  EXPECT_TRUE(breaks_rules(*expired.load));
  EXPECT_EQ(expired.waivers[1].state, "expired");
  run.load->objectives[0].met = true;
  EXPECT_EQ(with("2026-06-30").waivers[1].state, "unused") << "the next run may miss it again";
}

TEST(WaiverStates, OnlyWhatFailsIsWaivedAndOnlyWhatPassesIsStale) {
  for (const auto verdict : {Verdict::blocked, Verdict::inconclusive, Verdict::harness_error, Verdict::not_judged}) {
    auto run = test::mixed_run();
    run.waivers = {waiver("2026-06-30")};
    run.rules[0].verdict = run.rules[0].checks[0].verdict = verdict;
    apply_waivers(run);
    EXPECT_EQ(run.rules[0].verdict, verdict);
    EXPECT_EQ(run.waivers[0].state, "unused");
  }
  auto run = test::mixed_run();
  run.waivers = {waiver("2026-06-30")};
  run.rules[0].verdict = run.rules[0].checks[0].verdict = Verdict::pass;
  auto race = run;
  race.rules[0].race = Race{};
  apply_waivers(run);
  EXPECT_EQ(run.waivers[0].state, "stale");
  EXPECT_TRUE(has_stale_waiver(run));
  apply_waivers(race);
  EXPECT_EQ(race.waivers[0].state, "unused") << "a race that found nothing is no proof";
}

TEST(WaiverStates, OneCaseOrAll) {
  auto run = test::mixed_run();
  auto all = waiver("2026-06-30");
  all.rule = "redirect/exact-path";
  all.check = "not-redirected";
  auto one = all;
  one.rule += "#other-port";
  run.waivers = {one};
  auto other = run;
  apply_waivers(run);
  EXPECT_EQ(run.waivers[0].hides.size(), 1u);
  EXPECT_EQ(count_rules(run).at(Verdict::fail), 2u);
  other.waivers = {all};
  apply_waivers(other);
  EXPECT_EQ(other.waivers[0].hides.size(), 4u);
  EXPECT_EQ(other.waivers[0].state, "active") << "one case passes, but not all";
}

std::vector<std::string> told(const Since& since) {
  std::vector<std::string> out;
  for (const auto& change : since.changes) out.push_back(change.kind + " " + change.name());
  return out;
}

TEST(Compare, EqualRunsHaveNoChange) {
  const auto since = compare_runs(test::mixed_run(), test::mixed_run());
  for (const auto& change : since.changes) EXPECT_EQ(change.kind, "still-failing");
  EXPECT_TRUE(compare_runs(test::passing_run(), test::passing_run()).changes.empty());
}

TEST(Compare, NamesWhatChanged) {
  const auto good = test::passing_run();
  auto bad = good;
  bad.rules[0].verdict = bad.rules[0].checks[0].verdict = Verdict::fail;
  EXPECT_EQ(told(compare_runs(good, bad)), std::vector<std::string>{"new-failure code/single-use#holds"});
  EXPECT_EQ(told(compare_runs(bad, good)), std::vector<std::string>{"fixed code/single-use#holds"});
  auto blocked = good;
  blocked.rules[1].verdict = Verdict::blocked;
  blocked.rules[1].checks.clear();
  EXPECT_EQ(told(compare_runs(good, blocked)), std::vector<std::string>{"lost-proof code/bound-to-client"});
  auto unsure = good;
  unsure.rules[1].verdict = unsure.rules[1].checks[0].verdict = Verdict::inconclusive;
  EXPECT_EQ(told(compare_runs(good, unsure)), std::vector<std::string>{"lost-proof code/bound-to-client#holds"});
  auto fewer = good;
  fewer.rules.pop_back();
  EXPECT_EQ(told(compare_runs(fewer, good)), std::vector<std::string>{"new-rule token/no-store"});
  EXPECT_EQ(told(compare_runs(good, fewer)), std::vector<std::string>{"retired-rule token/no-store"});
  auto failing_new = bad;
  fewer.rules.erase(fewer.rules.begin());
  EXPECT_EQ(told(compare_runs(fewer, failing_new))[0], "new-rule code/single-use");
  auto waived = bad;
  waived.rules[0].verdict = waived.rules[0].checks[0].verdict = Verdict::waived;
  EXPECT_EQ(told(compare_runs(waived, bad)), std::vector<std::string>{"new-failure code/single-use#holds"});
  auto worded = bad;
  worded.rules[0].checks[0].actual = "something else";
  EXPECT_EQ(told(compare_runs(bad, worded)), (std::vector<std::string>{"still-failing code/single-use#holds",
                                                                       "changed-evidence code/single-use#holds"}));
}

TEST(Compare, RefusesAnotherTarget) {
  auto other = test::passing_run();
  other.target_name = "production";
  EXPECT_NE(incomparable(test::passing_run(), other), "");
  EXPECT_NE(incomparable(test::passing_run(), test::load_run()), "");
  EXPECT_EQ(incomparable(test::passing_run(), test::passing_run()), "");
}

Run timed(std::uint64_t ns) {
  auto run = test::load_run();
  run.load->violations.clear();
  run.load->steps.clear();
  run.load->flow_response = {};
  for (int i = 0; i < 1000; ++i) run.load->flow_response.record(ns + static_cast<std::uint64_t>(i) * 1000);
  return run;
}

TEST(CompareLoad, ADifferenceNeedsRunsSizeAndNoOverlap) {
  const std::vector<record::Run> slow{timed(30'000'000), timed(31'000'000), timed(32'000'000)},
      fast{timed(20'000'000), timed(21'000'000), timed(22'000'000)},
      wide{timed(20'000'000), timed(26'000'000), timed(33'000'000)};
  EXPECT_TRUE(compare_load(fast, slow).regression());
  EXPECT_FALSE(compare_load(slow, fast).regression());
  EXPECT_TRUE(compare_load(slow, fast).anything());
  EXPECT_FALSE(compare_load(slow, slow).anything());
  EXPECT_FALSE(compare_load(wide, slow).anything()) << "they overlap";
  EXPECT_FALSE(compare_load({fast.data(), 2}, slow).anything()) << "too few runs";
  const std::vector<record::Run> tiny{timed(1000), timed(1001), timed(1002)},
      twice{timed(2000), timed(2001), timed(2002)};
  EXPECT_FALSE(compare_load(tiny, twice).anything()) << "less than a millisecond";
  auto broken = timed(20'000'000);
  broken.load->violations["a#b"] = 1;
  EXPECT_TRUE(compare_load({fast.data(), 1}, {&broken, 1}).regression()) << "what broke needs no three runs";
}

TEST(Compare, IsKeptInTheRecord) {
  auto run = waived_run("2026-06-30");
  run.since = compare_runs(test::passing_run(), run);
  run.target_lines["issuer"] = 3;
  run.rules[0].clients = {"web"};
  const auto text = write_run_json(run, {});
  const auto read = read_run_json("run.json", text);
  ASSERT_TRUE(read) << to_string(read.error().front());
  EXPECT_EQ(write_run_json(*read, {}), text);
  EXPECT_EQ(told(*read->since), told(*run.since));
}

}  // namespace
}  // namespace assay::record

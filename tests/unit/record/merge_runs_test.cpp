// Two runs add up to what one would have recorded, and what does not belong together is refused.
#include "record/merge_runs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "record/run_json.hpp"
#include "tests/unit/report/sample_run.hpp"

namespace assay::record {
namespace {

using testing::HasSubstr;

std::string json(const Run& run) { return write_run_json(run, Redactor()); }

bool same(const Histogram& a, const Histogram& b) {
  const auto pairs = [](const Histogram& histogram) {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> out;
    for (const auto& bucket : histogram.buckets()) out.emplace_back(bucket.lowest, bucket.count);
    return out;
  };
  return pairs(a) == pairs(b) && a.min() == b.min() && a.max() == b.max() && a.sum() == b.sum() &&
         a.count() == b.count();
}

// One stream of values, dealt to two runs; through run.json, as `assay report merge` gets them.
TEST(MergeRuns, EqualsRecordingEverythingInOne) {
  auto a = test::load_run(), b = test::load_run(), whole = test::load_run();
  for (auto* run : {&a, &b, &whole}) {
    run->load->flow_response = {};
    run->load->journeys.at(0).response = {};
    run->load->steps.at(0).service = {};
  }
  std::uint64_t value = 1;
  for (int i = 0; i < 20'000; ++i) {
    value = value * 6364136223846793005u + 1442695040888963407u;
    const auto ns = (value >> 33) % (i % 100 == 0 ? 5'000'000'000u : 40'000'000u);
    for (auto* run : {i % 3 == 0 ? &a : &b, &whole}) {
      run->load->flow_response.record(ns);
      run->load->journeys[0].response.record(ns);
      run->load->steps[0].service.record(ns / 2);
    }
  }
  const auto a2 = read_run_json("a", json(a)), b2 = read_run_json("b", json(b));
  ASSERT_TRUE(a2 && b2);
  const auto merged = merge_runs(*a2, *b2);
  ASSERT_TRUE(merged) << merged.error();
  const auto& load = *merged->load;
  EXPECT_TRUE(same(load.flow_response, whole.load->flow_response));
  EXPECT_TRUE(same(load.journeys[0].response, whole.load->journeys[0].response));
  EXPECT_TRUE(same(load.steps[0].service, whole.load->steps[0].service));
  for (const double percent : {50.0, 99.0, 99.9, 100.0})
    EXPECT_EQ(load.flow_response.percentile(percent), whole.load->flow_response.percentile(percent));
}

TEST(MergeRuns, CountsAddUp) {
  const auto a = test::load_run();
  auto b = test::load_run();
  b.load->errors["timed out"] = 7;
  b.load->seconds.push_back({.planned = 3, .done = 2, .p99_ns = 5});
  b.load->trust = "invalid";
  b.load->trust_reasons.push_back("flows started late");
  b.load->objectives.at(0).met = false;
  b.load->objectives.at(0).actual = "912 ms";
  const auto merged = merge_runs(a, b);
  ASSERT_TRUE(merged) << merged.error();
  const auto& load = *merged->load;
  EXPECT_EQ(load.parts, 2u);
  EXPECT_EQ(load.planned, 2 * a.load->planned);
  EXPECT_EQ(load.done, 2 * a.load->done);
  EXPECT_EQ(load.rate, 2 * a.load->rate);
  EXPECT_EQ(load.measured_duration, a.load->measured_duration);
  ASSERT_EQ(load.seconds.size(), a.load->seconds.size() + 1);
  EXPECT_EQ(load.seconds[0].done, 2 * a.load->seconds[0].done);
  EXPECT_EQ(load.seconds[0].p99_ns, a.load->seconds[0].p99_ns);
  EXPECT_EQ(load.seconds.back().planned, 3u);
  EXPECT_EQ(load.errors.at("timed out"), 7u);
  EXPECT_EQ(load.errors.at("status 503"), 4u);
  EXPECT_EQ(load.violations.at("code/single-use#second-use-denied"), 2u);
  EXPECT_EQ(load.invariants.at(0).held, 2 * a.load->invariants.at(0).held);
  EXPECT_EQ(load.trust, "invalid");
  EXPECT_EQ(load.trust_reasons.size(), a.load->trust_reasons.size() + 1);
  EXPECT_EQ(load.doubts.size(), a.load->doubts.size());
  EXPECT_FALSE(load.objectives.at(0).met);
  EXPECT_EQ(load.objectives.at(0).actual, "912 ms");
  EXPECT_EQ(load.generator.worker_cpu.size(), 2 * a.load->generator.worker_cpu.size());

  // A third one joins: its rate is compared with that of each part.
  const auto three = merge_runs(*merged, test::load_run());
  ASSERT_TRUE(three) << three.error();
  EXPECT_EQ(three->load->parts, 3u);
  EXPECT_EQ(three->load->done, 3 * a.load->done);
}

TEST(MergeRuns, EvidenceKeepsItsPlace) {
  auto a = test::load_run(), b = test::load_run();
  for (auto* run : {&a, &b}) {
    run->exchanges = {test::sample_exchange(1, "first", 200, test::token_body()),
                      test::sample_exchange(2, "second", 200, test::token_body())};
    run->load->invariants.at(0).evidence = {2};
    run->load->invariants.at(0).broken = 1;
  }
  const auto redactor = test::sample_redactor();
  const auto a2 = read_run_json("a", write_run_json(a, redactor)), b2 = read_run_json("b", write_run_json(b, redactor));
  ASSERT_TRUE(a2 && b2);
  const auto merged = merge_runs(*a2, *b2);
  ASSERT_TRUE(merged) << merged.error();
  ASSERT_EQ(merged->exchanges.size(), 4u);
  EXPECT_EQ(merged->exchanges[3].id, 4);
  EXPECT_THAT(merged->load->invariants.at(0).evidence, testing::ElementsAre(2, 4));
  EXPECT_THAT(merged->exchanges[1].response, HasSubstr("‹access#1 "));
  EXPECT_THAT(merged->exchanges[3].response, HasSubstr("‹access#2 "));
}

TEST(MergeRuns, Labels) {
  EXPECT_EQ(with_labels_after("‹access#3 4 chars› ‹access#1 4 chars› ‹code#2 4 chars›",
                              "‹access#1 4 chars›, ‹refresh#1 2 chars› ‹code#9 1 chars›"),
            "‹access#4 4 chars›, ‹refresh#1 2 chars› ‹code#11 1 chars›");
  EXPECT_EQ(with_labels_after("‹access#3 4 chars›", "‹ ‹access ‹access# ‹access#x ‹"),
            "‹ ‹access ‹access# ‹access#x ‹");
  EXPECT_EQ(with_labels_after("", "‹access#3"), "‹access#3");
}

TEST(MergeRuns, RefusesWhatDoesNotBelongTogether) {
  const auto a = test::load_run();
  const auto with = [&](auto change) {
    auto b = test::load_run();
    change(b);
    const auto merged = merge_runs(a, b);
    return merged ? std::string("merged") : merged.error();
  };
  EXPECT_EQ(with([](record::Run& run) { run.load.reset(); }), "only runs of assay load add up");
  EXPECT_THAT(with([](record::Run& run) { run.load->plan = "soak"; }),
              HasSubstr("plans differ: \"steady-sign-in\" and \"soak\""));
  EXPECT_THAT(with([](record::Run& run) { run.target_name = "production"; }), HasSubstr("targets differ"));
  EXPECT_THAT(with([](record::Run& run) { run.ruleset_hash = "sha256:0"; }), HasSubstr("rule sets differ"));
  EXPECT_THAT(with([](record::Run& run) { run.load->rate = 300; }),
              HasSubstr("rates differ: \"200 per second\" and \"300 per second\""));
  EXPECT_THAT(with([](record::Run& run) { run.load->planned_duration /= 2; }),
              HasSubstr("durations differ: \"120 s\" and \"60 s\""));
  EXPECT_THAT(with([](record::Run& run) { run.load->journeys.pop_back(); }), HasSubstr("mixes differ"));
  EXPECT_THAT(with([](record::Run& run) { run.load->model = "closed"; }), HasSubstr("models differ"));
  EXPECT_THAT(with([](record::Run& run) { run.load->limit.emplace(); }), HasSubstr("no sum"));
  EXPECT_THAT(with([](record::Run& run) { run.defects = {"code-reusable"}; }), HasSubstr("defects differ"));
  EXPECT_EQ(with([](record::Run& run) { run.issuer = "http://127.0.0.1:2"; }), "merged")
      << "the bundled mock has another port each time";
}

}  // namespace
}  // namespace assay::record

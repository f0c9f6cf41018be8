// Load plans: defaults, everything, objectives, damage. What is wrong with files is in tests/schema.
#include "rules/load_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::rules {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr std::string_view small =
    R"({"id":"p","title":"T","story":"S","stages":[{"rate":5,"for":"2s"}],"journeys":[{"rule":"a/b"}]})";

LoadPlan plan_of(std::string_view text) {
  auto plan = load_plan({"load/p.jsonc", std::string(text)});
  if (!plan)
    for (const auto& problem : plan.error()) ADD_FAILURE() << to_string(problem);
  return plan ? *std::move(plan) : LoadPlan{};
}

TEST(LoadPlan, Defaults) {
  const auto plan = plan_of(small);
  EXPECT_EQ(plan.id, "p");
  EXPECT_EQ(plan.path, "load/p.jsonc");
  EXPECT_EQ(plan.model, LoadModel::open);
  EXPECT_EQ(plan.arrivals, ArrivalProcess::constant);
  EXPECT_EQ(plan.duration, 2s);
  EXPECT_EQ(plan.warm_up, 0s);
  EXPECT_EQ(plan.drain, 5s);
  ASSERT_EQ(plan.journeys.size(), 1u);
  EXPECT_EQ(plan.journeys[0].weight, 1);
  EXPECT_FALSE(plan.journeys[0].act_only);
  EXPECT_EQ(plan.connections, ConnectionPolicy::keep_alive);
  EXPECT_TRUE(plan.tls_resumption);
  EXPECT_TRUE(plan.fresh_login);
}

TEST(LoadPlan, Everything) {
  const auto plan = plan_of(R"({"$schema":"x","id":"p","title":"T","story":"S","model":"open","arrivals":"poisson",
    "stages":[{"from":0,"to":10.5,"for":"500ms"},{"rate":1e3,"for":"1m"}],"warm_up":"1s","drain":"0s",
    "journeys":[{"rule":"a/b#c","weight":0.5,"measure":"act","pool":7,"keep":true},{"rule":"d/e","measure":"all"}],
    "beside":[{"rule":"f/g","share":0.01},{"rule":"h/i","share":"2.5%"}],
    "objectives":["p99 < 1s",{"objective":"errors < 1%","window":"5s","abort":true}],
    "connections":"per-request","tls_resumption":false,"login":"once"})");
  ASSERT_EQ(plan.stages.size(), 2u);
  EXPECT_EQ(plan.stages[0].from, 0);
  EXPECT_EQ(plan.stages[0].to, 10.5);
  EXPECT_EQ(plan.stages[0].duration, 500ms);
  EXPECT_EQ(plan.stages[1].from, 1000);
  EXPECT_EQ(plan.stages[1].to, 1000);
  EXPECT_EQ(plan.duration, 60500ms);
  EXPECT_EQ(plan.arrivals, ArrivalProcess::poisson);
  EXPECT_EQ(plan.drain, 0s);
  ASSERT_EQ(plan.journeys.size(), 2u);
  EXPECT_TRUE(plan.journeys[0].act_only);
  EXPECT_TRUE(plan.journeys[0].keep);
  EXPECT_EQ(plan.journeys[0].pool, 7u);
  ASSERT_EQ(plan.beside.size(), 2u);
  EXPECT_DOUBLE_EQ(plan.beside[0].share, 0.01);
  EXPECT_DOUBLE_EQ(plan.beside[1].share, 0.025);
  ASSERT_EQ(plan.objectives.size(), 2u);
  EXPECT_FALSE(plan.objectives[0].window);
  EXPECT_EQ(plan.objectives[1].window, 5s);
  EXPECT_TRUE(plan.objectives[1].abort);
  EXPECT_EQ(plan.connections, ConnectionPolicy::per_request);
  EXPECT_FALSE(plan.tls_resumption);
  EXPECT_FALSE(plan.fresh_login);
}

TEST(LoadPlan, ClosedModel) {
  const auto plan = plan_of(
      R"({"id":"p","title":"T","story":"S","model":"closed","users":3,"duration":"2s","journeys":[{"rule":"a/b"}]})");
  EXPECT_EQ(plan.model, LoadModel::closed);
  EXPECT_EQ(plan.users, 3u);
  EXPECT_EQ(plan.duration, 2s);
  EXPECT_TRUE(plan.stages.empty());
}

TEST(LoadPlan, SurvivesDamage) {
  for (std::size_t at = 0; at < small.size(); ++at)
    for (const char* with : {"", "0", "{", "[", "]", "\"", "null", "1e999", ","}) {
      std::string text(small);
      text.replace(at, 1, with);
      (void)load_plan({"p.jsonc", text});
    }
}

TEST(Objective, ReadsAllKinds) {
  const auto read = [](std::string_view text) {
    const auto out = parse_objective(text);
    EXPECT_TRUE(out) << text << ": " << (out ? "" : out.error());
    return out.value_or(LoadObjective{});
  };
  using Metric = LoadObjective::Metric;
  const auto step = read("  p99( token )<250ms ");
  EXPECT_EQ(step.text, "p99( token )<250ms");
  EXPECT_EQ(step.metric, Metric::percentile);
  EXPECT_EQ(step.percentile, 99);
  EXPECT_EQ(step.of, "token");
  EXPECT_EQ(step.limit, 250e6);
  EXPECT_FALSE(step.at_least);
  EXPECT_EQ(read("p99.9 < 1.5s").percentile, 99.9);
  EXPECT_EQ(read("p100 < 1.5s").limit, 1.5e9);
  EXPECT_EQ(read("p50(code/single-use#x) < 1s").of, "code/single-use#x");
  EXPECT_EQ(read("mean(flow) < 20ms").of, "");
  EXPECT_EQ(read("mean < 20ms").metric, Metric::mean);
  EXPECT_EQ(read("errors < 0.1%").limit, 0.001);
  EXPECT_EQ(read("errors < 0.5").metric, Metric::errors);
  EXPECT_EQ(read("dropped < 1 %").limit, 0.01);
  EXPECT_EQ(read("violations < 1").limit, 1);
  EXPECT_TRUE(read("rate >= 500").at_least);
  EXPECT_EQ(read("rate >= 500/s").limit, 500);
  EXPECT_EQ(read("lateness p99 < 1ms").metric, Metric::lateness);
  EXPECT_EQ(read("lateness p99.9 < 1ms").percentile, 99.9);
}

TEST(Objective, SaysWhatIsWrongAndHowToWriteIt) {
  const auto refused = [](std::string_view text, const char* words) {
    const auto out = parse_objective(text);
    ASSERT_FALSE(out) << text;
    EXPECT_THAT(out.error(), HasSubstr(words)) << text;
    EXPECT_THAT(out.error(), HasSubstr("p99(token) < 250ms")) << text;
  };
  refused("", "compares nothing");
  refused("p99", "compares nothing");
  refused("p99 <= 1s", "must be < its limit, not \"<=\"");
  refused("p99 > 1s", "must be < its limit");
  refused("rate < 5", "must be >= its limit");
  refused("rate >= 0", "above zero");
  refused("p0 < 1s", "nothing is measured");
  refused("p100.1 < 1s", "nothing is measured");
  refused("p1e1 < 1s x", "is not a duration");
  refused("pnan < 1s", "nothing is measured");
  refused("p99 < 0s", "above zero");
  refused("p99 < 12", "is not a duration");
  refused("p99(token < 1s", "\")\" is missing");
  refused("p99() < 1s", "a step or a journey is missing");
  refused("erors < 1%", "did you mean \"errors\"?");
  refused("errors(token) < 1%", "only times are of a step");
  refused("errors < 0%", "is not a share");
  refused("errors < 101%", "is not a share");
  refused("errors < nan", "is not a share");
  refused("violations < 1.5", "is not a number of violations");
  refused("violations < 0", "write < 1");
  refused("lateness < 1ms", "needs a percentile");
  refused("< 1ms", "nothing is measured");
  refused("\x1b[2J < 1ms", "\\x1b");
}

TEST(Objective, ReadsShares) {
  EXPECT_EQ(parse_share("1"), 1);
  EXPECT_EQ(parse_share("0.25"), 0.25);
  EXPECT_EQ(parse_share("25%"), 0.25);
  for (const char* text : {"", "%", "0", "-1", "1.1", "101%", "x", "0.1x", "nan", "inf"})
    EXPECT_FALSE(parse_share(text)) << text;
}

}  // namespace
}  // namespace assay::rules

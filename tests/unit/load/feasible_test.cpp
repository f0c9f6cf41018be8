// Plans that cannot work are refused with the arithmetic; those that can are not.
#include "load/feasible.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "load/permission.hpp"
#include "load/request_pace.hpp"
#include "rules/target_hosts.hpp"

namespace assay::load {
namespace {

using namespace std::chrono_literals;
using rules::LoadPlan;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

rules::Step step_of(rules::Verb verb) {
  rules::Step step;
  step.verb = verb;
  return step;
}

class Feasible : public testing::Test {
 protected:
  Feasible() {
    sign_in.id = "pkce/s256";
    sign_in.arrange = {step_of(rules::Verb::authorize)};
    sign_in.act = {step_of(rules::Verb::token)};
    renew.id = "refresh/success";
    renew.arrange = {step_of(rules::Verb::authorize), step_of(rules::Verb::token)};
    renew.act = {step_of(rules::Verb::token)};
    service.id = "client-credentials/success";
    service.act = {step_of(rules::Verb::token)};
    target.users = {{"alice", base::Secret("a")}};
    plan.stages = {{100, 100, 30s}};
    plan.duration = 30s;
    plan.journeys = {{.rule = "refresh/success"}};
  }

  std::vector<std::string> before() const {
    std::vector<const rules::Rule*> rules;
    for (const auto& journey : plan.journeys)
      for (const auto* rule : {&sign_in, &renew, &service})
        if (rule->id == journey.rule) rules.push_back(rule);
    return impossible(plan, rules, target);
  }

  rules::Rule sign_in, renew, service;
  rules::Target target;
  LoadPlan plan;
};

TEST_F(Feasible, MostPlansAre) {
  EXPECT_THAT(before(), IsEmpty());
  EXPECT_THAT(impossible_after_trial(plan, std::vector<Trial>{{7, 1, 50ms, 5ms}}), IsEmpty());
  EXPECT_EQ(highest_rate(plan), 100);
}

TEST_F(Feasible, NobodyCanSignIn) {
  target.users.clear();
  EXPECT_THAT(before(), ElementsAre(HasSubstr("refresh/success signs users in, 100/s, and the target file has none")));
  plan.journeys = {{.rule = "client-credentials/success"}};
  EXPECT_THAT(before(), IsEmpty());
  plan.journeys = {{.rule = "pkce/s256"}};
  target.user_pool = rules::TargetUserPool{"u{n}", base::Secret("p"), 1, 5};
  EXPECT_THAT(before(), IsEmpty());
}

TEST_F(Feasible, CodesDieInStore) {
  target.code_lifetime = 60s;
  plan.stages = {{5, 5, 30s}};
  plan.journeys = {{.rule = "pkce/s256", .act_only = true, .pool = 1000}};
  EXPECT_THAT(before(), ElementsAre(HasSubstr("1000 prepared codes at 5/s last 200 s, and codes live for 60 s")));
  EXPECT_THAT(before(), ElementsAre(HasSubstr("a pool of 150 would do")));
  plan.journeys[0].pool = 150;
  EXPECT_THAT(before(), IsEmpty());
  plan.journeys[0].keep = true;
  EXPECT_THAT(before(), ElementsAre(HasSubstr("cannot be kept")));
  plan.journeys = {{.rule = "refresh/success", .act_only = true, .pool = 1000, .keep = true}};
  EXPECT_THAT(before(), IsEmpty());
}

TEST_F(Feasible, PoolTooSmall) {
  plan.journeys = {{.rule = "refresh/success", .act_only = true, .pool = 4, .keep = true}};
  EXPECT_THAT(impossible_after_trial(plan, std::vector<Trial>{{8, 1, 200ms, 100ms}}),
              ElementsAre(HasSubstr("100/s x 100 ms = 10 flows at once, and 4 are prepared")));
  plan.journeys[0].pool = 5;  // half of the time of the trial is possible
  EXPECT_THAT(impossible_after_trial(plan, std::vector<Trial>{{8, 1, 200ms, 100ms}}), IsEmpty());
}

TEST_F(Feasible, WindowsAndFlowsMustFitIn) {
  plan.objectives = {*rules::parse_objective("p99 < 1s")};
  plan.objectives[0].window = 31s;
  EXPECT_THAT(before(), ElementsAre(HasSubstr("the window of \"p99 < 1s\" is 31 s, and the measurement takes 30 s")));
  plan.objectives[0].window = 30s;
  EXPECT_THAT(before(), IsEmpty());
  plan.drain = 0s;
  EXPECT_THAT(impossible_after_trial(plan, std::vector<Trial>{{8, 1, 31s, 0s}}), ElementsAre(HasSubstr("would end")));
  plan.stages = {{0.01, 0.01, 30s}};
  EXPECT_THAT(before(), ElementsAre(HasSubstr("0.3 are due in 30 s")));
}

TEST_F(Feasible, RulesBesideThatHardlyRun) {
  plan.beside = {{"race/code-redeem", 0.0001}, {"code/single-use", 0.01}};
  EXPECT_EQ(futile(plan), "hardly runs beside: race/code-redeem (3000 flows x 0.01 % = 0.3)");
  plan.beside.pop_back();
  plan.beside[0].share = 0.01;
  EXPECT_EQ(futile(plan), "");
}

TEST_F(Feasible, PermissionIsForElsewhereOnly) {
  EXPECT_EQ(
      rules::foreign_host(std::vector<std::string>{"http://127.0.0.1:1/", "http://localhost/", "https://[::1]/", ""}),
      "");
  EXPECT_EQ(rules::foreign_host(std::vector<std::string>{"http://127.0.0.1:1/", "https://as.example/t"}), "as.example");
  EXPECT_EQ(refuse_permission(plan, target, "", "2026-11-22"), "");
  EXPECT_THAT(refuse_permission(plan, target, "as.example", "2026-11-22"), HasSubstr("\"permission\": { \"who\""));
}

TEST_F(Feasible, PermissionHasAnEndAndARate) {
  target.permission = rules::TargetPermission{"me", "2026-11-22", 400};
  EXPECT_EQ(refuse_permission(plan, target, "as.example", "2026-11-22"), "");  // the last day counts
  EXPECT_THAT(refuse_permission(plan, target, "as.example", "2026-11-23"), HasSubstr("ended on 2026-11-22"));
  EXPECT_EQ(refuse_rate(plan, target, "as.example", std::vector<Trial>{{4, 1, 1ms, 1ms}}), "");
  EXPECT_THAT(
      refuse_rate(plan, target, "as.example", std::vector<Trial>{{7, 1, 1ms, 1ms}}),
      HasSubstr("100 flows/s x 7 requests = 700 requests per second, and the permission for as.example allows 400"));
  target.permission->rate = 99;
  EXPECT_THAT(refuse_permission(plan, target, "as.example", "2026-11-22"), HasSubstr("starts 100 flows per second"));
  plan.model = rules::LoadModel::closed;
  EXPECT_THAT(refuse_permission(plan, target, "as.example", "2026-11-22"), HasSubstr("use --rate"));
}

// What is prepared beforehand keeps to the permission, too.
TEST_F(Feasible, PermissionCountsThePreparation) {
  target.permission = rules::TargetPermission{"me", "2026-11-22", 150};
  plan.journeys[0].act_only = plan.journeys[0].keep = true;
  plan.journeys[0].pool = 10'000;
  const std::vector<Trial> trials{{7, 1, 1ms, 1ms}};
  EXPECT_EQ(refuse_rate(plan, target, "as.example", trials), "");  // 60,000 requests in 400 s
  const auto limit = preparing_limit(plan, target, "as.example", trials);
  ASSERT_TRUE(limit);
  EXPECT_EQ(limit->before, 150);
  EXPECT_EQ(limit->during, 50);
  EXPECT_FALSE(preparing_limit(plan, target, "", trials));
  plan.journeys[0].pool = 20'000;
  EXPECT_THAT(refuse_rate(plan, target, "as.example", trials),
              HasSubstr("preparing 20000 flows takes 120000 requests, at the 150 per second that the permission for "
                        "as.example allows 13 min; use a pool of 15000"));
  EXPECT_EQ(refuse_rate(plan, target, "", trials), "");
}

TEST(RequestPace, GivesTurnsAtARate) {
  const std::chrono::steady_clock::time_point now{1h};
  RequestPace pace;
  EXPECT_EQ(pace.take(now, 1000), 0s);  // no rate, no wait
  pace.set_rate(10);
  EXPECT_EQ(pace.take(now, 5), 0s);
  EXPECT_EQ(pace.take(now, 1), 500ms);
  EXPECT_EQ(pace.take(now + 400ms, 1), 200ms);
  EXPECT_EQ(pace.take(now + 10s, 1), 0s);  // what was not used is gone
  EXPECT_EQ(pace.take(now + 10s, 1), 100ms);
  EXPECT_FALSE(pace.stopped());
  pace.set_rate(0);
  EXPECT_TRUE(pace.stopped());
}

TEST_F(Feasible, CountsTheRequestsOfAMix) {
  plan.journeys = {{.rule = "pkce/s256", .weight = 1},
                   {.rule = "refresh/success", .weight = 3, .act_only = true, .pool = 5, .keep = true}};
  plan.beside = {{"race/code-redeem", 0.1}};
  // (7 x 1 + 1 x 3) / 4, and a tenth of 40
  EXPECT_DOUBLE_EQ(requests_per_flow(plan, std::vector<Trial>{{7, 1, 0s, 0s}, {8, 1, 0s, 0s}, {40, 32, 0s, 0s}}), 6.5);
  plan.journeys[1].keep = false;  // then every flow needs a login, measured or not
  EXPECT_DOUBLE_EQ(requests_per_flow(plan, std::vector<Trial>{{7, 1, 0s, 0s}, {8, 1, 0s, 0s}, {40, 32, 0s, 0s}}),
                   11.75);
}

}  // namespace
}  // namespace assay::load

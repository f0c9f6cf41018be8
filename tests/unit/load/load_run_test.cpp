// Short runs against the mock in this process: whatever the machine's speed, the counts agree with each other.
#include "load/load_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "net/server.hpp"
#include "tests/support/checking.hpp"

namespace assay::load {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::Key;

std::unique_ptr<mock::Provider> start_mock(std::vector<std::string> defects = {}) {
  mock::ProviderOptions options;
  options.threads = 1;
  options.login = mock::LoginMode::auto_;
  options.defects = std::move(defects);
  auto provider = mock::Provider::start(options);
  if (!provider) throw std::runtime_error(provider.error().doing);
  return std::move(*provider);
}

engine::BoundTarget bound(const std::string& issuer, const mock::Provider& provider) {
  auto target = support::mock_target(provider);
  target.endpoints.authorization = issuer + "/authorize";
  target.endpoints.token = issuer + "/token";
  return {target, std::nullopt, ""};
}

const rules::Rule& rule(const std::string& id) {
  for (const auto& one : support::library().rules)
    if (one.full_id() == id) return one;
  throw std::runtime_error("no rule " + id);
}

// A plan in a line.
struct Wish {
  double rate = 0;  // 0: the closed model
  unsigned users = 16, workers = 0, most_users = 4000;
  std::chrono::nanoseconds duration = 10s, warm_up{}, drain = 5s;

  rules::LoadPlan plan(const std::string& id) const {
    rules::LoadPlan out;
    out.journeys = {{id}};
    out.model = rate > 0 ? rules::LoadModel::open : rules::LoadModel::closed;
    out.stages = {{rate, rate, duration}};
    out.duration = duration;
    out.users = users;
    out.warm_up = warm_up;
    out.drain = drain;
    out.fresh_login = true;
    return out;
  }
};

LoadResult run_plan(
    const rules::LoadPlan& plan, const engine::BoundTarget& target, const Wish& wish, const std::atomic<bool>& stop,
    const std::function<void(const Snapshot&)>& progress = [](const Snapshot&) {}) {
  std::vector<PlannedRule> planned;
  const auto add = [&](const std::string& id) {
    planned.push_back({&rule(id), std::vector<bool>(rule(id).checks.size(), false)});
  };
  for (const auto& journey : plan.journeys) add(journey.rule);
  for (const auto& one : plan.beside) add(one.rule);
  LoadOptions options;
  options.workers = wish.workers;
  options.most_users = wish.most_users;
  return run_load(plan, planned, target, options, stop, progress);
}

record::Load run(
    const mock::Provider& provider, const std::string& id, const Wish& wish, const std::atomic<bool>& stop,
    const std::function<void(const Snapshot&)>& progress = [](const Snapshot&) {}) {
  return run_plan(wish.plan(id), bound(provider.issuer(), provider), wish, stop, progress).load;
}

void expect_consistent(const record::Load& load) {
  EXPECT_EQ(load.planned, load.started + load.dropped);
  EXPECT_EQ(load.planned, load.done + load.dropped + load.cut_off);
  EXPECT_LE(load.done, load.started);
  EXPECT_LE(load.failed, load.done);
  EXPECT_EQ(load.flow_response.count(), load.done);
  EXPECT_EQ(load.flow_service.count(), load.done);
  std::uint64_t planned = 0, started = 0, done = 0, failed = 0;
  for (const auto& second : load.seconds) {
    planned += second.planned;
    started += second.started;
    done += second.done;
    failed += second.failed;
  }
  EXPECT_EQ(planned, load.planned);
  EXPECT_EQ(started, load.started);
  EXPECT_EQ(done, load.done);
  EXPECT_EQ(failed, load.failed);
}

std::vector<std::string> names(const record::Load& load) {
  std::vector<std::string> out;
  for (const auto& step : load.steps) out.push_back(step.name);
  return out;
}

const std::atomic<bool> never{false};

TEST(LoadRun, ClosedModel) {
  const auto provider = start_mock();
  Wish options;
  options.users = 4;
  options.workers = 2;
  options.duration = 500ms;
  const auto load = run(*provider, "client-credentials/success", options, never);
  EXPECT_EQ(load.model, "closed");
  EXPECT_EQ(load.users, 4u);
  EXPECT_EQ(load.workers, 2u);
  EXPECT_GT(load.done, 0u);
  EXPECT_EQ(load.failed, 0u);
  EXPECT_EQ(load.dropped, 0u);
  EXPECT_EQ(load.done, load.started);
  EXPECT_EQ(load.requests, load.done);
  EXPECT_EQ(load.lateness.count(), 0u);
  EXPECT_THAT(names(load), testing::ElementsAre(rule("client-credentials/success").act.at(0).name));
  EXPECT_EQ(load.steps.at(0).done, load.done);
  EXPECT_EQ(load.steps.at(0).service.count(), load.done);
  EXPECT_TRUE(load.errors.empty());
  EXPECT_TRUE(load.violations.empty());
  expect_consistent(load);
}

TEST(LoadRun, OpenModel) {
  const auto provider = start_mock();
  Wish options;
  options.rate = 200;
  options.workers = 2;
  options.duration = 500ms;
  const auto load = run(*provider, "client-credentials/success", options, never);
  EXPECT_EQ(load.model, "open");
  EXPECT_EQ(load.planned, 100u);
  EXPECT_EQ(load.failed, 0u);
  EXPECT_EQ(load.lateness.count(), load.started);
  EXPECT_LE(load.flow_service.max(), load.flow_response.max());
  expect_consistent(load);
}

TEST(LoadRun, WarmUpIsNotCounted) {
  const auto provider = start_mock();
  Wish options;
  options.rate = 100;
  options.workers = 1;
  options.warm_up = 300ms;
  options.duration = 300ms;
  const auto load = run(*provider, "client-credentials/success", options, never);
  EXPECT_EQ(load.planned, 30u);
  EXPECT_EQ(load.warm_up, 300ms);
  expect_consistent(load);
}

// Fewer places than workers: no worker may be left without any.
TEST(LoadRun, FewUsersInTheOpenModel) {
  const auto provider = start_mock();
  Wish options;
  options.rate = 50;
  options.workers = 4;
  options.most_users = 1;
  options.duration = 400ms;
  const auto load = run(*provider, "client-credentials/success", options, never);
  EXPECT_EQ(load.planned, 20u);
  EXPECT_EQ(load.dropped, 0u);
  EXPECT_EQ(load.users, 1u);
  expect_consistent(load);
}

TEST(LoadRun, TheWholeFlowWithLogin) {
  const auto provider = start_mock();
  Wish options;
  options.users = 2;
  options.duration = 500ms;
  const auto load = run(*provider, "refresh/success", options, never);
  EXPECT_GT(load.done, 0u);
  EXPECT_EQ(load.failed, 0u) << (load.errors.empty() ? "" : load.errors.begin()->first);
  EXPECT_GE(load.steps.size(), 2u);
  expect_consistent(load);
}

TEST(LoadRun, ViolationsAreCounted) {
  const auto provider = start_mock({"token-type-missing"});
  Wish options;
  options.users = 2;
  options.workers = 1;
  options.duration = 500ms;
  const auto load = run(*provider, "token/token-type", options, never);
  EXPECT_GT(load.done, 0u);
  EXPECT_EQ(load.failed, load.done);
  for (const char* check : {"code-has-type", "refresh-has-type", "client-credentials-has-type"}) {
    const auto name = "token/token-type#" + std::string(check);
    ASSERT_THAT(load.violations, Contains(Key(name)));
    EXPECT_EQ(load.violations.at(name), load.failed);
  }
  EXPECT_FALSE(load.errors.empty());
  expect_consistent(load);
}

TEST(LoadRun, AServerThatIsGone) {
  const auto provider = start_mock();
  auto target = bound("http://127.0.0.1:1", *provider);
  Wish options;
  options.rate = 50;
  options.workers = 1;
  options.duration = 300ms;
  const auto load = run_plan(options.plan("client-credentials/success"), target, options, never).load;
  EXPECT_EQ(load.planned, 15u);
  EXPECT_EQ(load.failed, load.done);
  EXPECT_EQ(load.requests, 0u);
  EXPECT_THAT(load.errors, Contains(Key(testing::HasSubstr("connect"))));
  ASSERT_EQ(load.steps.size(), 1u);
  EXPECT_EQ(load.steps[0].done, 0u);
  EXPECT_EQ(load.steps[0].failed, load.done);
  expect_consistent(load);
}

// The kernel accepts its connections; nobody ever answers.
class SilentServer {
 public:
  SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_, any, size) != 0 || ::listen(socket_, 64) != 0 || ::getsockname(socket_, any, &size) != 0)
      throw std::runtime_error("no socket");
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { ::close(socket_); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_;
  int port_ = 0;
};

// What never started is dropped; what was cut off says nothing.
TEST(LoadRun, AServerThatNeverAnswers) {
  const auto provider = start_mock();
  const SilentServer silent;
  const auto target = bound(silent.url(), *provider);
  Wish options;
  options.rate = 50;
  options.workers = 1;
  options.most_users = 2;
  options.duration = 300ms;
  options.drain = 100ms;
  const auto load = run_plan(options.plan("client-credentials/success"), target, options, never).load;
  EXPECT_EQ(load.planned, 15u);
  EXPECT_EQ(load.started, 2u);
  EXPECT_EQ(load.dropped, 13u);
  EXPECT_EQ(load.done, 0u);
  EXPECT_TRUE(load.errors.empty()) << load.errors.begin()->first;
  EXPECT_NE(load.trust, "valid");
  expect_consistent(load);

  options.rate = 0;
  options.users = 3;
  const auto closed = run_plan(options.plan("client-credentials/success"), target, options, never).load;
  EXPECT_EQ(closed.started, 3u);
  EXPECT_EQ(closed.done, 0u);
  expect_consistent(closed);
}

// Stops a run that would take ten minutes. The test's own time limit is what fails if it does not.
record::Load stopped(Wish options, const mock::Provider& provider) {
  options.workers = 1;
  rule("client-credentials/success");  // reading the rules for the first time takes a while
  std::atomic<bool> stop{false};
  std::thread hand([&] {
    std::this_thread::sleep_for(300ms);
    stop = true;
  });
  const auto load = run(provider, "client-credentials/success", options, stop);
  hand.join();
  return load;
}

TEST(LoadRun, StopKeepsWhatWasMeasured) {
  const auto provider = start_mock();
  Wish options;
  options.duration = 10min;
  options.users = 2;
  const auto closed = stopped(options, *provider);
  EXPECT_GT(closed.done, 0u);
  EXPECT_LT(closed.measured_duration, closed.planned_duration);
  expect_consistent(closed);
  options.rate = 100;
  const auto open = stopped(options, *provider);
  EXPECT_GT(open.done, 0u);
  EXPECT_LT(open.planned, 60'000u);
  expect_consistent(open);
}

TEST(LoadRun, StopNeedNotWaitForTheNextArrival) {
  const auto provider = start_mock();
  Wish options;
  options.duration = 10min;
  options.rate = 0.002;  // one at once, the next after 500 s
  const auto load = stopped(options, *provider);
  EXPECT_LE(load.planned, 1u);
  expect_consistent(load);
}

net::ServerOptions one_thread() {
  net::ServerOptions options;
  options.threads = 1;
  return options;
}

void token_answer(const net::ServerRequest&, net::ServerResponse& response) {
  response.add_field("Content-Type", "application/json");
  response.add_field("Cache-Control", "no-store");
  response.body = R"({"access_token":"0123456789abcdef","token_type":"Bearer","expires_in":60})";
}

// What is under way may end; a second order cuts it off.
TEST(LoadRun, StopLetsFlowsEnd) {
  const auto server =
      net::Server::start(one_thread(), [](const net::ServerRequest& request, net::ServerResponse& response) {
        token_answer(request, response);
        response.delay = 600ms;
      });
  ASSERT_TRUE(server);
  const auto provider = start_mock();
  const auto target = bound("http://127.0.0.1:" + std::to_string((*server)->port()), *provider);
  Wish wish;
  wish.rate = 100;
  wish.workers = 1;
  wish.duration = 10min;
  rule("client-credentials/success");
  for (const bool cut : {false, true}) {
    std::atomic<bool> stop{false};
    std::thread hand([&] {
      std::this_thread::sleep_for(300ms);
      stop = true;
    });
    const PlannedRule planned{&rule("client-credentials/success"), {false}};
    LoadOptions options;
    options.workers = 1;
    if (cut) options.cut = &stop;
    const auto load =
        run_load(wish.plan("client-credentials/success"), {&planned, 1}, target, options, stop, [](const Snapshot&) {
        }).load;
    hand.join();
    EXPECT_GT(load.started, 5u);
    EXPECT_EQ(load.cut_off, cut ? load.started : 0u);
    EXPECT_EQ(load.failed, 0u);
    expect_consistent(load);
  }
}

TEST(LoadRun, StopDuringTheWarmUp) {
  const auto provider = start_mock();
  Wish options;
  options.duration = 1s;
  options.warm_up = 10min;
  options.users = 1;
  const auto load = stopped(options, *provider);
  EXPECT_EQ(load.planned, 0u);
  EXPECT_EQ(load.measured_duration, 0ns);
  EXPECT_GE(load.cpu_seconds, 0);
  expect_consistent(load);
}

rules::LoadPlan mixed(Wish wish) {
  auto plan = wish.plan("client-credentials/success");
  plan.journeys[0].weight = 3;
  plan.journeys.push_back({"pkce/s256", 1});
  return plan;
}

TEST(LoadRun, AMixKeepsItsShares) {
  const auto provider = start_mock();
  Wish wish;
  wish.rate = 200;
  wish.workers = 1;
  wish.duration = 500ms;
  const auto load = run_plan(mixed(wish), bound(provider->issuer(), *provider), wish, never).load;
  ASSERT_EQ(load.journeys.size(), 2u);
  EXPECT_EQ(load.planned, 100u);
  EXPECT_EQ(load.journeys[0].planned, 75u);
  EXPECT_EQ(load.journeys[1].planned, 25u);
  EXPECT_EQ(load.journeys[1].rule, "pkce/s256");
  EXPECT_EQ(load.journeys[0].share, 0.75);
  EXPECT_EQ(load.failed, 0u);
  expect_consistent(load);
}

TEST(LoadRun, StagesAndPoissonArrivals) {
  const auto provider = start_mock();
  Wish wish;
  wish.rate = 100;
  auto plan = wish.plan("client-credentials/success");
  plan.stages = {{100, 100, 200ms}, {200, 400, 200ms}};
  const auto load = run_plan(plan, bound(provider->issuer(), *provider), wish, never).load;
  EXPECT_EQ(load.planned, 80u);
  EXPECT_EQ(load.planned_duration, 400ms);
  expect_consistent(load);
  plan.arrivals = rules::ArrivalProcess::poisson;
  const auto random = run_plan(plan, bound(provider->issuer(), *provider), wish, never).load;
  EXPECT_EQ(random.arrivals, "poisson");
  EXPECT_NEAR(static_cast<double>(random.planned), 80, 50);
  expect_consistent(random);
}

// The logins are made ahead of time and not measured; the same live sessions are renewed again and again.
TEST(LoadRun, RefreshOverAPoolOfLiveSessions) {
  const auto provider = start_mock();
  Wish wish;
  wish.rate = 200;
  wish.duration = 500ms;
  auto plan = wish.plan("refresh/success");
  plan.journeys[0].act_only = plan.journeys[0].keep = true;
  plan.journeys[0].pool = 10;
  const auto open = run_plan(plan, bound(provider->issuer(), *provider), wish, never).load;
  EXPECT_EQ(open.planned, 100u);
  EXPECT_EQ(open.done, 100u);
  EXPECT_EQ(open.failed, 0u) << (open.errors.empty() ? "" : open.errors.begin()->first);
  EXPECT_EQ(names(open), std::vector<std::string>{"renewed"});
  EXPECT_EQ(open.requests, 100u);
  expect_consistent(open);

  plan.model = rules::LoadModel::closed;
  plan.users = 3;
  const auto closed = run_plan(plan, bound(provider->issuer(), *provider), wish, never).load;
  EXPECT_GT(closed.done, 3u);
  EXPECT_EQ(closed.failed, 0u);
  EXPECT_EQ(closed.requests, closed.done);
  expect_consistent(closed);
}

// A rule whose arrangement is a token request, and its flow another one.
rules::Rule two_tokens() {
  auto out = rule("client-credentials/success");
  auto first = out.act.at(0);
  first.name = "first";
  first.slot = out.slots++;
  out.arrange.push_back(first);
  return out;
}

// Who finds nothing prepared prepares it, once: from then on that is kept, too.
TEST(LoadRun, AClosedModelsUserKeepsWhatItArranged) {
  std::atomic<std::uint64_t> requests{0};
  const auto server =
      net::Server::start(one_thread(), [&](const net::ServerRequest& request, net::ServerResponse& response) {
        ++requests;
        token_answer(request, response);
      });
  ASSERT_TRUE(server);
  const auto provider = start_mock();
  const auto target = bound("http://127.0.0.1:" + std::to_string((*server)->port()), *provider);
  const auto rule = two_tokens();
  Wish wish;
  wish.users = 3;
  wish.duration = 200ms;
  auto plan = wish.plan(rule.id);
  plan.journeys[0].act_only = plan.journeys[0].keep = true;
  plan.journeys[0].pool = 1;
  const PlannedRule planned{&rule, std::vector<bool>(rule.checks.size(), false)};
  LoadOptions options;
  options.workers = 1;
  const auto load = run_load(plan, {&planned, 1}, target, options, never, [](const Snapshot&) {}).load;
  EXPECT_GT(load.done, 10u);
  EXPECT_EQ(load.failed, 0u);
  EXPECT_EQ(requests, load.done + wish.users);
  expect_consistent(load);
}

TEST(LoadRun, PreparingKeepsToItsRate) {
  const auto server = net::Server::start(one_thread(), token_answer);
  ASSERT_TRUE(server);
  const auto provider = start_mock();
  const auto target = bound("http://127.0.0.1:" + std::to_string((*server)->port()), *provider);
  const auto rule = two_tokens();
  Wish wish;
  wish.rate = 100;
  wish.duration = 100ms;
  auto plan = wish.plan(rule.id);
  plan.journeys[0].act_only = plan.journeys[0].keep = true;
  plan.journeys[0].pool = 12;
  const PlannedRule planned{&rule, std::vector<bool>(rule.checks.size(), false), 2};
  LoadOptions options;
  options.workers = 2;
  options.preparing = PreparingLimit{100, 0};
  const auto began = std::chrono::steady_clock::now();
  const auto load = run_load(plan, {&planned, 1}, target, options, never, [](const Snapshot&) {}).load;
  EXPECT_GE(std::chrono::steady_clock::now() - began, 300ms);
  EXPECT_EQ(load.done, 10u);
  expect_consistent(load);
}

// A code can be used once: the store is filled up again while the run goes on.
TEST(LoadRun, PreparedCodesAreUsedUp) {
  const auto provider = start_mock();
  Wish wish;
  wish.rate = 100;
  wish.duration = 500ms;
  auto plan = wish.plan("pkce/s256");
  plan.journeys[0].act_only = plan.journeys[0].keep = true;
  plan.journeys[0].pool = 5;
  const auto load = run_plan(plan, bound(provider->issuer(), *provider), wish, never).load;
  EXPECT_EQ(load.done, 50u);
  EXPECT_EQ(load.failed, 0u);
  EXPECT_EQ(load.requests, 50u);
  expect_consistent(load);
}

TEST(LoadRun, WhatCannotBePreparedIsSaid) {
  const auto provider = start_mock();
  auto target = support::mock_target(*provider);
  target.endpoints.authorization = "http://127.0.0.1:1/authorize";
  Wish wish;
  wish.rate = 100;
  wish.duration = 10min;
  auto plan = wish.plan("refresh/success");
  plan.journeys[0].act_only = true;
  const auto load = run_plan(plan, engine::BoundTarget(target, std::nullopt, ""), wish, never).load;
  EXPECT_EQ(load.planned, 0u);
  EXPECT_EQ(load.trust, "invalid");
  EXPECT_THAT(load.trust_reasons, testing::Contains(testing::HasSubstr("prepare flows of refresh/success: 0 of")));
}

TEST(LoadRun, ReplaysAndRacesBesideTheJourneys) {
  const auto provider = start_mock();
  Wish wish;
  wish.rate = 100;
  wish.duration = 500ms;
  auto plan = wish.plan("client-credentials/success");
  plan.beside = {{"code/single-use", 0.1}, {"race/code-redeem", 0.04}};
  const auto load = run_plan(plan, bound(provider->issuer(), *provider), wish, never).load;
  ASSERT_EQ(load.journeys.size(), 3u);
  EXPECT_EQ(load.planned, 50u);
  EXPECT_TRUE(load.journeys[1].beside);
  EXPECT_NEAR(static_cast<double>(load.journeys[1].done), 5, 1);
  EXPECT_EQ(load.journeys[1].failed, 0u);
  EXPECT_EQ(load.journeys[1].checks.at(0).held, load.journeys[1].done);
  ASSERT_TRUE(load.journeys[2].race);
  EXPECT_EQ(load.journeys[2].race->trials + load.journeys[2].race->inconclusive, load.journeys[2].done);
  EXPECT_TRUE(load.violations.empty());
  expect_consistent(load);
}

TEST(LoadRun, ABrokenReplayIsAViolationWithEvidence) {
  const auto provider = start_mock({"code-reusable"});
  Wish wish;
  wish.rate = 100;
  wish.duration = 500ms;
  auto plan = wish.plan("client-credentials/success");
  plan.beside = {{"code/single-use", 0.4}};
  const auto result = run_plan(plan, bound(provider->issuer(), *provider), wish, never);
  EXPECT_EQ(result.load.failed, 0u);  // of the journeys
  ASSERT_THAT(result.load.violations, Contains(Key("code/single-use#second-use-denied")));
  ASSERT_FALSE(result.evidence.empty());
  EXPECT_EQ(result.evidence[0].rule, "code/single-use");
  EXPECT_GE(result.evidence[0].exchanges.size(), 3u);
  EXPECT_THAT(result.evidence[0].exchanges.back().response, testing::HasSubstr("access_token"));
}

TEST(LoadRun, ConnectionPolicies) {
  const auto provider = start_mock();
  Wish wish;
  wish.users = 1;  // one flow after another, however slow the machine is
  wish.workers = 1;
  wish.duration = 500ms;
  auto plan = wish.plan("refresh/success");
  const auto target = bound(provider->issuer(), *provider);
  const auto kept = run_plan(plan, target, wish, never).load;
  plan.connections = rules::ConnectionPolicy::per_flow;
  const auto per_flow = run_plan(plan, target, wish, never).load;
  plan.connections = rules::ConnectionPolicy::per_request;
  const auto per_request = run_plan(plan, target, wish, never).load;
  EXPECT_EQ(per_flow.generator.connections, per_flow.done);
  EXPECT_EQ(per_request.generator.connections, per_request.requests);
  EXPECT_LT(kept.generator.connections, per_flow.generator.connections);
}

// The run goes on by its plan, counts what it met, and notices when the server is back.
TEST(LoadRun, AServerThatDiesAndComesBack) {
  net::ServerOptions options;
  options.threads = 1;
  auto server = net::Server::start(options, token_answer);
  ASSERT_TRUE(server);
  options.port = (*server)->port();
  const auto provider = start_mock();
  rule("client-credentials/success");  // reading the rules for the first time takes a while
  const auto target = bound("http://127.0.0.1:" + std::to_string(options.port), *provider);
  for (const double rate : {200.0, 0.0}) {
    Wish wish;
    wish.rate = rate;
    wish.users = 3;
    wish.duration = 1200ms;
    std::thread hand([&] {
      std::this_thread::sleep_for(400ms);
      (*server)->stop(0ms);
      std::this_thread::sleep_for(300ms);
      server = net::Server::start(options, token_answer);
    });
    const auto load = run_plan(wish.plan("client-credentials/success"), target, wish, never).load;
    hand.join();
    ASSERT_TRUE(server) << server.error().doing;
    EXPECT_GT(load.failed, 0u);
    EXPECT_GT(load.done, load.failed);
    EXPECT_THAT(load.errors, Contains(Key(testing::HasSubstr("connect"))));
    EXPECT_EQ(load.cut_off, 0u);
    if (rate > 0) EXPECT_EQ(load.planned, 240u);
    if (rate == 0) EXPECT_LT(load.failed, 1000u) << "users of a dead server ask again after a while, not at once";
    expect_consistent(load);
  }
}

// Coordinated omission: the server stands still for a second. Those who came meanwhile waited, and the open model says so; in
// the closed model only the few users who were waiting noticed.
TEST(LoadRun, AStallShowsInTheOpenModel) {
  std::atomic<unsigned> requests{0};
  const auto server =
      net::Server::start(one_thread(), [&](const net::ServerRequest& request, net::ServerResponse& response) {
        if (++requests == 200) std::this_thread::sleep_for(1s);
        token_answer(request, response);
      });
  ASSERT_TRUE(server);
  const auto provider = start_mock();
  const auto target = bound("http://127.0.0.1:" + std::to_string((*server)->port()), *provider);
  Wish wish;
  wish.rate = 500;
  wish.users = 2;
  wish.workers = 1;
  wish.duration = 2s;
  const auto open = run_plan(wish.plan("client-credentials/success"), target, wish, never).load;
  EXPECT_EQ(open.planned, 1000u);
  EXPECT_EQ(open.failed, 0u);
  EXPECT_GT(open.flow_response.percentile(99), 800'000'000u);
  EXPECT_GT(open.flow_response.percentile(75), 100'000'000u);
  requests = 0;
  wish.rate = 0;
  const auto closed = run_plan(wish.plan("client-credentials/success"), target, wish, never).load;
  EXPECT_GT(closed.flow_response.max(), 800'000'000u);
  EXPECT_LT(closed.flow_response.percentile(99), 500'000'000u);
}

// A plan of ten minutes whose objective cannot be reached.
TEST(LoadRun, AMissedObjectiveEndsTheRun) {
  const auto provider = start_mock();
  Wish wish;
  wish.rate = 50;
  wish.workers = 1;
  wish.duration = 10min;
  auto plan = wish.plan("client-credentials/success");
  auto& objective = plan.objectives.emplace_back();
  objective.text = "rate >= 100000";
  objective.metric = rules::LoadObjective::Metric::rate;
  objective.at_least = true;
  objective.limit = 100'000;
  objective.window = 1s;
  objective.abort = true;
  const auto load = run_plan(plan, bound(provider->issuer(), *provider), wish, never).load;
  ASSERT_EQ(load.objectives.size(), 1u);
  EXPECT_TRUE(load.objectives[0].aborted);
  EXPECT_FALSE(load.objectives[0].met);
  EXPECT_LT(load.measured_duration, 10min);
  EXPECT_GT(load.generator.descriptor_limit, 0u);
  expect_consistent(load);
}

}  // namespace
}  // namespace assay::load

// Short runs against the mock in this process: whatever the machine's speed, the counts agree with each other.
#include "load/load_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

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

record::Load run(
    const mock::Provider& provider, const std::string& id, const LoadOptions& options, const std::atomic<bool>& stop,
    const std::function<void(const Snapshot&)>& progress = [](const Snapshot&) {}) {
  const auto& journey = rule(id);
  return run_load(journey, bound(provider.issuer(), provider), std::vector<bool>(journey.checks.size(), false), options,
                  stop, progress);
}

void expect_consistent(const record::Load& load) {
  EXPECT_EQ(load.planned, load.started + load.dropped);
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
  LoadOptions options;
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
  LoadOptions options;
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
  LoadOptions options;
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
  LoadOptions options;
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
  LoadOptions options;
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
  LoadOptions options;
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
  LoadOptions options;
  options.rate = 50;
  options.workers = 1;
  options.duration = 300ms;
  const auto& journey = rule("client-credentials/success");
  const auto load = run_load(journey, target, std::vector<bool>(journey.checks.size(), false), options, never,
                             [](const Snapshot&) {});
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
  LoadOptions options;
  options.rate = 50;
  options.workers = 1;
  options.most_users = 2;
  options.duration = 300ms;
  options.drain = 100ms;
  const auto& journey = rule("client-credentials/success");
  const auto load = run_load(journey, target, std::vector<bool>(journey.checks.size(), false), options, never,
                             [](const Snapshot&) {});
  EXPECT_EQ(load.planned, 15u);
  EXPECT_EQ(load.started, 2u);
  EXPECT_EQ(load.dropped, 13u);
  EXPECT_EQ(load.done, 0u);
  EXPECT_NE(load.trust, "valid");
  expect_consistent(load);

  options.rate = 0;
  options.users = 3;
  const auto closed = run_load(journey, target, std::vector<bool>(journey.checks.size(), false), options, never,
                               [](const Snapshot&) {});
  EXPECT_EQ(closed.started, 3u);
  EXPECT_EQ(closed.done, 0u);
  expect_consistent(closed);
}

// Stops a run that would take ten minutes. The test's own time limit is what fails if it does not.
record::Load stopped(LoadOptions options, const mock::Provider& provider) {
  options.workers = 1;
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
  LoadOptions options;
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
  LoadOptions options;
  options.duration = 10min;
  options.rate = 0.002;  // one at once, the next after 500 s
  const auto load = stopped(options, *provider);
  EXPECT_LE(load.planned, 1u);
  expect_consistent(load);
}

TEST(LoadRun, StopDuringTheWarmUp) {
  const auto provider = start_mock();
  LoadOptions options;
  options.duration = 1s;
  options.warm_up = 10min;
  options.users = 1;
  const auto load = stopped(options, *provider);
  EXPECT_EQ(load.planned, 0u);
  EXPECT_EQ(load.measured_duration, 0ns);
  EXPECT_GE(load.cpu_seconds, 0);
  expect_consistent(load);
}

}  // namespace
}  // namespace assay::load

// The last-byte gate: nothing arrives complete before all are ready, copies that fail leave the others alone, and every
// wave ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <mutex>

#include "net/client.hpp"
#include "net/server.hpp"
#include "tests/unit/net/raw_socket.hpp"

namespace assay::net {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using testing::RawSocket;
using testing::ScriptedServer;
using namespace std::chrono_literals;

std::string post(std::size_t number) {
  return "POST /" + std::to_string(number) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
}

class Wave : public ::testing::Test {
 protected:
  Wave() { use({}); }

  void use(ClientOptions options) {
    client_.reset();
    context_ = std::move(*ClientContext::create(io_, options));
    client_ = std::make_unique<Client>(*context_);
  }
  // A server that notes when each complete request reached it.
  void serve(ServerOptions options = {}, std::chrono::microseconds delay = {}) {
    options.threads = 2;
    auto started = Server::start(options, [this, delay](const ServerRequest& request, ServerResponse& response) {
      const std::lock_guard lock(mutex_);
      arrived_.push_back(std::chrono::steady_clock::now());
      response.body = request.path;
      response.delay = delay;
    });
    server_ = std::move(*started);
  }
  void release(std::uint16_t port, std::size_t copies, const WavePlan& plan = {},
               const std::string& host = "127.0.0.1") {
    requests_.clear();
    for (std::size_t i = 0; i < copies; ++i) requests_.push_back(post(i));
    answers_.assign(copies, Answer());
    const Origin origin{.tls = false, .host = host, .port = port};
    bool ended = false;
    boost::asio::co_spawn(io_, client_->wave(origin, requests_, plan, answers_, timing_),
                          [&](std::exception_ptr thrown) { ended = !thrown; });
    io_.restart();
    io_.run();
    EXPECT_TRUE(ended);
  }
  std::size_t count(Outcome outcome) const {
    return static_cast<std::size_t>(std::ranges::count(answers_, outcome, &Answer::outcome));
  }

  boost::asio::io_context io_{1};
  std::unique_ptr<ClientContext> context_;
  std::unique_ptr<Client> client_;
  std::unique_ptr<Server> server_;
  std::mutex mutex_;
  std::vector<SteadyTime> arrived_;
  std::vector<std::string> requests_;
  std::vector<Answer> answers_;
  WaveTiming timing_;
};

TEST_F(Wave, HoldsTheLastByteUntilAllAreReady) {
  serve();
  release(server_->port(), 16);
  ASSERT_EQ(count(Outcome::ok), 16U) << answers_[0].detail;
  for (std::size_t i = 0; i < answers_.size(); ++i) {
    EXPECT_EQ(answers_[i].body(), "/" + std::to_string(i));
    EXPECT_FALSE(answers_[i].reused_connection);
    EXPECT_GT(answers_[i].connect_time.count(), 0);
  }
  ASSERT_EQ(timing_.released.size(), 16U);
  const auto first = *std::ranges::min_element(timing_.released);
  // The clock is read after the byte was written: a request may be complete a moment before it.
  for (const Answer& answer : answers_) EXPECT_GE(answer.done, first);
  EXPECT_GE(*std::ranges::min_element(arrived_), std::ranges::min_element(answers_, {}, &Answer::started)->started);
  EXPECT_GT(timing_.spread({}).count(), 0);
}

TEST_F(Wave, LetsCopiesGoAtTheirOffsets) {
  serve();
  const std::vector<std::chrono::nanoseconds> offsets = {0ns, 3ms, -2ms};
  const WavePlan plan{.offsets = offsets};
  release(server_->port(), 3, plan);
  EXPECT_EQ(count(Outcome::ok), 3U);
  EXPECT_LT(timing_.released[2], timing_.released[0]);
  EXPECT_LT(timing_.released[0], timing_.released[1]);
}

TEST_F(Wave, MerelyRunsTogetherWhenNothingIsHeldBack) {
  serve({}, 10ms);
  release(server_->port(), 4, {.hold_last_byte = false});
  EXPECT_EQ(count(Outcome::ok), 4U);
  EXPECT_EQ(timing_.released.size(), 4U);
}

TEST_F(Wave, CopiesThatAreTurnedAwayLeaveTheOthersAlone) {
  ServerOptions options;
  options.max_connections = 2;
  serve(options);
  release(server_->port(), 6);
  // Those that the server accepts only after others have gone are not turned away.
  EXPECT_GE(count(Outcome::ok), 2U);
  EXPECT_EQ(count(Outcome::ok) + count(Outcome::closed), 6U) << answers_[5].detail;
  release(server_->port(), 2);
  EXPECT_EQ(count(Outcome::ok), 2U) << "a wave leaves no connection behind: " << answers_[1].detail;
}

TEST_F(Wave, SaysWhyNobodyCouldConnect) {
  serve();
  const auto port = server_->port();
  server_->stop();
  release(port, 3);
  EXPECT_EQ(count(Outcome::connect_failed), 3U);
  EXPECT_THAT(timing_.released, Each(SteadyTime{}));
  EXPECT_EQ(timing_.spread({}).count(), 0);
}

TEST_F(Wave, EndsAtTheDeadline) {
  ClientOptions options;
  options.timeout = 200ms;
  use(options);
  const ScriptedServer silent([](RawSocket& socket) { socket.read_all(); });
  release(silent.port(), 5);
  EXPECT_EQ(count(Outcome::timed_out), 5U);
  EXPECT_THAT(answers_[4].detail, HasSubstr("waiting for a response"));
}

TEST_F(Wave, EndsWhenStopped) {
  const ScriptedServer silent([](RawSocket& socket) { socket.read_all(); });
  requests_ = {post(0), post(1)};
  answers_.resize(2);
  const Origin origin{.tls = false, .host = "127.0.0.1", .port = silent.port()};
  const WavePlan plan;
  boost::asio::co_spawn(io_, client_->wave(origin, requests_, plan, answers_, timing_), [](std::exception_ptr) {});
  io_.run_for(50ms);
  context_->stop();
  io_.run();
  EXPECT_EQ(count(Outcome::cancelled), 2U);
  release(silent.port(), 2);
  EXPECT_EQ(count(Outcome::cancelled), 2U) << "and none begins afterwards";
}

// "localhost" may be two addresses of which one serves: copies that begin with the other one still arrive.
TEST_F(Wave, TriesTheOtherAddresses) {
  serve();
  release(server_->port(), 4, {}, "localhost");
  EXPECT_EQ(count(Outcome::ok), 4U) << answers_[1].detail;
}

TEST_F(Wave, ReadsWhatAServerAnswersTooEarly) {
  const ScriptedServer hasty([](RawSocket& socket) {
    socket.read_until("\r\n\r\n");
    socket.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    socket.read_all();
  });
  release(hasty.port(), 1);
  EXPECT_EQ(answers_[0].status, 401) << answers_[0].detail;
}

}  // namespace
}  // namespace assay::net

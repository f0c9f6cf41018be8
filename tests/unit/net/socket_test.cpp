// Two ends of connections on one thread: what is told, what is remembered, who is resumed.
#include "net/socket.hpp"

#include <gtest/gtest.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

namespace assay::net {
namespace {

using namespace std::chrono_literals;
using Side = Socket::Side;

class SocketTest : public ::testing::Test {
 protected:
  struct Pair {
    explicit Pair(asio::io_context& io) : here(io.get_executor()), there(io.get_executor()) {}
    Socket here, there;
  };

  SocketTest() {
    listener_.open(Tcp::v4());
    listener_.bind({asio::ip::address_v4::loopback(), 0});
    listener_.listen();
    listener_.non_blocking(true);
  }

  std::unique_ptr<Pair> connected() {
    auto pair = std::make_unique<Pair>(*io_);
    run([&]() -> awaitable<void> { EXPECT_FALSE(co_await pair->here.connect(listener_.local_endpoint())); });
    EXPECT_FALSE(pair->there.accept(listener_.native_handle()));
    return pair;
  }

  void spawn(std::function<awaitable<void>()> work) { asio::co_spawn(*io_, std::move(work), asio::detached); }
  void run() {
    io_->restart();
    io_->run();
  }
  void run(std::function<awaitable<void>()> work) {
    spawn(std::move(work));
    run();
  }

  static void write(Socket& socket, std::string_view bytes) {
    EXPECT_FALSE(write_now(socket, bytes));
    EXPECT_TRUE(bytes.empty());
  }
  static std::string read(Socket& socket, std::size_t room, error_code& error) {
    std::string bytes(room, '\0');
    bytes.resize(socket.read_some(bytes, error));
    return bytes;
  }
  static awaitable<error_code> wait(Socket& socket, Side side = Side::read) {
    const auto [error] = co_await socket.async_wait(side, as_result);
    co_return error;
  }

  std::unique_ptr<asio::io_context> io_ = std::make_unique<asio::io_context>(1);
  asio::io_context listening_{1};
  asio::basic_socket_acceptor<Tcp, Executor> listener_{listening_.get_executor()};
};

TEST_F(SocketTest, ReadsWhatTheWaitTold) {
  const auto pair = connected();
  error_code error;
  EXPECT_EQ(read(pair->here, 10, error), "");
  EXPECT_EQ(error, asio::error::would_block);
  write(pair->there, "abc");
  run([&]() -> awaitable<void> {
    EXPECT_FALSE(co_await wait(pair->here));
    EXPECT_EQ(read(pair->here, 10, error), "abc");
    EXPECT_EQ(read(pair->here, 10, error), "");
    EXPECT_EQ(error, asio::error::would_block);
    write(pair->there, "def");
    EXPECT_FALSE(co_await wait(pair->here));
    EXPECT_EQ(read(pair->here, 10, error), "def");
  });
}

TEST_F(SocketTest, ReadsOnWithoutAnotherWaitWhereTheRoomWasFilled) {
  const auto pair = connected();
  write(pair->there, "abcdefgh");
  run([&]() -> awaitable<void> {
    error_code error;
    EXPECT_FALSE(co_await wait(pair->here));
    EXPECT_EQ(read(pair->here, 3, error), "abc");
    EXPECT_EQ(read(pair->here, 3, error), "def");
    EXPECT_FALSE(co_await wait(pair->here));  // at once: there may be more
    EXPECT_EQ(read(pair->here, 3, error), "gh");
    EXPECT_EQ(read(pair->here, 3, error), "");
    EXPECT_EQ(error, asio::error::would_block);
  });
}

TEST_F(SocketTest, FindsTheEndBehindTheLastBytes) {
  for (const bool together : {true, false}) {
    const auto pair = connected();
    run([&]() -> awaitable<void> {
      error_code error;
      write(pair->there, "abc");
      if (together) pair->there.end_sending();
      EXPECT_FALSE(co_await wait(pair->here));
      EXPECT_EQ(read(pair->here, 10, error), "abc");
      if (!together) pair->there.end_sending();
      EXPECT_FALSE(co_await wait(pair->here));
      EXPECT_EQ(read(pair->here, 10, error), "");
      EXPECT_EQ(error, asio::error::eof);
      EXPECT_FALSE(co_await wait(pair->here));  // and it stays the end
      EXPECT_EQ(read(pair->here, 10, error), "");
      EXPECT_EQ(error, asio::error::eof);
    });
  }
}

TEST_F(SocketTest, KnowsWhatIsSilent) {
  const auto pair = connected();
  EXPECT_TRUE(pair->here.is_silent());
  write(pair->there, "x");
  EXPECT_FALSE(pair->here.is_silent());
  pair->here.close();
  EXPECT_FALSE(pair->there.is_silent());
}

TEST_F(SocketTest, OpenSocketsDoNotKeepTheContextBusy) {
  const auto pair = connected();
  write(pair->there, "nobody waits for it");
  io_->restart();
  io_->run_for(5s);
  EXPECT_TRUE(io_->stopped());
}

TEST_F(SocketTest, ClosingEndsAWait) {
  const auto pair = connected();
  error_code ended;
  spawn([&]() -> awaitable<void> { ended = co_await wait(pair->here); });
  run([&]() -> awaitable<void> {
    pair->here.close();
    EXPECT_FALSE(ended) << "later, not at once";
    co_return;
  });
  EXPECT_EQ(ended, asio::error::operation_aborted);
  run([&]() -> awaitable<void> { EXPECT_EQ(co_await wait(pair->here), asio::error::bad_descriptor); });
}

TEST_F(SocketTest, OneMayCloseAnotherThatIsReadyToo) {
  const auto one = connected(), two = connected(), three = connected();
  int resumed = 0, aborted = 0;
  for (Socket* socket : {&one->here, &two->here, &three->here})
    spawn([&, socket]() -> awaitable<void> {
      ++(co_await wait(*socket) ? aborted : resumed);
      for (Socket* other : {&one->here, &two->here, &three->here})
        if (other != socket) other->close();
    });
  for (auto* pair : {one.get(), two.get(), three.get()}) write(pair->there, "x");
  run();
  EXPECT_EQ(resumed, 1);
  EXPECT_EQ(aborted, 2);
}

TEST_F(SocketTest, AnExceptionLosesNobody) {
  const auto one = connected(), two = connected();
  int resumed = 0;
  for (Socket* socket : {&one->here, &two->here})
    asio::co_spawn(
        *io_, [&, socket]() -> awaitable<void> { EXPECT_FALSE(co_await wait(*socket)); },
        [&](std::exception_ptr) {
          if (++resumed == 1) throw std::runtime_error("ours");
        });
  for (auto* pair : {one.get(), two.get()}) write(pair->there, "x");
  EXPECT_THROW(run(), std::runtime_error);
  run();
  EXPECT_EQ(resumed, 2);
}

class SocketTurns : public SocketTest, public ::testing::WithParamInterface<std::chrono::milliseconds> {
 protected:
  SocketTurns() { asio::use_service<Readiness>(*io_).set_timer_slack(GetParam()); }
  void TearDown() override { EXPECT_LT(std::chrono::steady_clock::now() - begun_, 30s) << "somebody was forgotten"; }

  awaitable<void> close_in_time(Socket& socket) {
    const Readiness::Punctual punctual(io_->get_executor());
    Timer timer(io_->get_executor(), 5ms);
    co_await timer.async_wait(as_result);
    socket.close();
  }

 private:
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};
INSTANTIATE_TEST_SUITE_P(Slack, SocketTurns, ::testing::Values(0ms, 60'000ms));

TEST_P(SocketTurns, OthersHaveTheirTurnWhileSocketsAreAlwaysReady) {
  const auto pair = connected();
  bool rung = false;
  long rounds = 0;
  spawn([&]() -> awaitable<void> {
    Timer timer(io_->get_executor(), 5ms);
    co_await timer.async_wait(as_result);
    rung = true;
  });
  // A write makes the other end of this thread ready at once: no turn ends because nothing is left to do.
  const auto play = [&](Socket& socket) -> awaitable<void> {
    for (; !rung && rounds < 5'000'000; ++rounds) {
      error_code error = co_await wait(socket);
      if (error || read(socket, 10, error).empty()) break;
      write(socket, "x");
    }
    socket.close();
  };
  spawn([&] { return play(pair->here); });
  spawn([&] { return play(pair->there); });
  write(pair->here, "x");
  run();
  EXPECT_TRUE(rung) << rounds;
  EXPECT_GT(rounds, 1);
}

// What sockets post themselves runs before anybody sleeps.
TEST_P(SocketTurns, WhoCanGoOnDoes) {
  const auto one = connected(), two = connected(), three = connected();
  std::vector<error_code> ended;
  spawn([&]() -> awaitable<void> { ended.push_back(co_await wait(three->here)); });
  spawn([&]() -> awaitable<void> {
    ended.push_back(co_await wait(two->here));
    three->here.close();
  });
  spawn([&]() -> awaitable<void> {
    error_code error;
    EXPECT_FALSE(co_await wait(one->here));
    EXPECT_EQ(read(one->here, 3, error), "abc");
    ended.push_back(co_await wait(one->here));  // there may be more
    two->here.close();
  });
  write(one->there, "abcdef");
  run();
  const error_code aborted = asio::error::operation_aborted;
  EXPECT_EQ(ended, (std::vector<error_code>{{}, aborted, aborted}));
}

// What others post waits no longer than the slack.
TEST_F(SocketTest, PostedWorkDoesNotWaitForSockets) {
  for (const auto slack : {0ms, 50ms}) {
    asio::use_service<Readiness>(*io_).set_timer_slack(slack);
    const auto one = connected(), two = connected();
    bool told = false;
    spawn([&]() -> awaitable<void> { told = !co_await wait(two->here); });
    spawn([&]() -> awaitable<void> {
      EXPECT_FALSE(co_await wait(one->here));
      asio::post(*io_, [&] { write(two->there, "x"); });
    });
    write(one->there, "x");
    io_->restart();
    io_->run_for(30s);
    EXPECT_TRUE(told);
  }
}

TEST_P(SocketTurns, WhoHasToBePunctualIs) {
  const auto pair = connected();
  bool aborted = false;
  spawn([&]() -> awaitable<void> {
    EXPECT_FALSE(co_await wait(pair->here));
    error_code error;
    read(pair->here, 10, error);
    aborted = (co_await wait(pair->here)) == asio::error::operation_aborted;
  });
  spawn([&] { return close_in_time(pair->here); });
  write(pair->there, "x");
  run();
  EXPECT_TRUE(aborted);
}

// As a wave is, which begins when an answer has come.
TEST_P(SocketTurns, WhoBecomesPunctualIs) {
  const auto one = connected(), two = connected();
  error_code ended;
  spawn([&]() -> awaitable<void> { ended = co_await wait(two->here); });
  spawn([&]() -> awaitable<void> {
    EXPECT_FALSE(co_await wait(one->here));
    co_await close_in_time(two->here);
  });
  write(one->there, "x");
  run();
  EXPECT_EQ(ended, asio::error::operation_aborted);
}

TEST_P(SocketTurns, StoppingEndsThem) {
  const auto pair = connected();
  spawn([&]() -> awaitable<void> { co_await wait(pair->here); });
  spawn([&]() -> awaitable<void> {
    for (error_code error; !error;) {
      error = co_await wait(pair->there);
      io_->stop();
    }
  });
  write(pair->here, "x");
  run();
  pair->here.close();
  pair->there.close();
  run();
}

TEST_F(SocketTest, WritesTheRestWhenTheOtherSideHasRead) {
  const auto pair = connected();
  const std::string sent(20'000'000, 'x');
  std::string_view rest = sent;
  EXPECT_FALSE(write_now(pair->here, rest));
  EXPECT_FALSE(rest.empty()) << "this system buffers more than the test thought of";
  std::size_t received = 0;
  spawn([&]() -> awaitable<void> {
    while (received < sent.size()) {
      error_code error = co_await wait(pair->there);
      while (!error) received += read(pair->there, 100'000, error).size();
      if (error != asio::error::would_block) break;
    }
  });
  run([&]() -> awaitable<void> { EXPECT_FALSE(co_await write_rest(pair->here, rest)); });
  EXPECT_EQ(received, sent.size());
}

TEST_F(SocketTest, SaysWhyItCouldNotConnect) {
  const auto nobody = listener_.local_endpoint();
  listener_.close();
  Socket socket(io_->get_executor());
  run([&]() -> awaitable<void> { EXPECT_EQ(co_await socket.connect(nobody), asio::error::connection_refused); });
}

TEST_F(SocketTest, TakesNoConnectionWhereThereIsNone) {
  Socket socket(io_->get_executor());
  EXPECT_EQ(socket.accept(listener_.native_handle()), asio::error::would_block);
  EXPECT_FALSE(socket.is_open());
}

// A coroutine that waits goes with the context, and the socket with the coroutine.
TEST_F(SocketTest, TheContextTakesWhoWaitsWithIt) {
  auto alive = std::make_shared<int>();
  const std::weak_ptr<int> seen = alive;
  std::vector<std::unique_ptr<Pair>> pairs;
  for (int i = 0; i < 3; ++i) pairs.push_back(connected());
  for (auto& pair : pairs)
    spawn([pair = std::shared_ptr<Pair>(std::move(pair)), alive]() -> awaitable<void> { co_await wait(pair->here); });
  alive.reset();
  io_->restart();
  io_->poll();
  EXPECT_FALSE(seen.expired());
  pairs.clear();
  io_.reset();
  EXPECT_TRUE(seen.expired());
}

}  // namespace
}  // namespace assay::net

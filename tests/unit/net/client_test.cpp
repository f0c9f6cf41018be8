// The client against our server and against scripted ones: reuse, retries, deadlines, hostile answers, stopping.
#include "net/client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <latch>

#include "net/server.hpp"
#include "tests/unit/net/raw_socket.hpp"

namespace assay::net {
namespace {

using ::testing::HasSubstr;
using testing::RawSocket;
using testing::ScriptedServer;
using ::testing::StartsWith;
using namespace std::chrono_literals;
using namespace std::string_literals;

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr std::string_view post = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi";
constexpr std::string_view small_answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// One client on one io_context; every call runs it until its work is done.
class ClientTest : public ::testing::Test {
 protected:
  ClientTest() { use({}); }

  void use(ClientOptions options) {
    client_.reset();
    context_ = std::move(*ClientContext::create(io_, options));
    client_ = std::make_unique<Client>(*context_);
  }

  Answer exchange(const Origin& origin, std::string_view request) {
    Answer answer;
    boost::asio::co_spawn(io_, client_->exchange(origin, request, answer), boost::asio::detached);
    io_.restart();
    io_.run();
    return answer;
  }

  static Origin at(std::uint16_t port) { return {.tls = false, .host = "127.0.0.1", .port = port}; }

  boost::asio::io_context io_{1};
  std::unique_ptr<ClientContext> context_;
  std::unique_ptr<Client> client_;
};

void answer_each(RawSocket& socket) {
  while (!socket.read_until("\r\n\r\n").empty())
    if (!socket.write(small_answer)) return;
}

TEST_F(ClientTest, ReusesItsConnection) {
  const ScriptedServer server(answer_each);
  const Answer first = exchange(at(server.port()), get);
  EXPECT_TRUE(first.ok()) << first.detail;
  EXPECT_FALSE(first.reused_connection);
  EXPECT_GT(first.connect_time.count(), 0);
  EXPECT_EQ(first.body(), "ok");
  EXPECT_GE(first.first_byte, first.started);
  EXPECT_GE(first.done, first.first_byte);
  const Answer second = exchange(at(server.port()), get);
  EXPECT_TRUE(second.reused_connection);
  EXPECT_EQ(second.connect_time.count(), 0);
  client_->close_connections();
  EXPECT_FALSE(exchange(at(server.port()), get).reused_connection);
  EXPECT_EQ(server.accepted(), 2);
}

TEST_F(ClientTest, TalksToOurServer) {
  ServerOptions options;
  options.threads = 1;
  auto server = Server::start(options, [](const ServerRequest& request, ServerResponse& response) {
    response.body.assign(request.body.size() * 1000, 'x');
    if (request.path == "/slow") response.delay = 20ms;
    if (request.path == "/truncates") response.fault = WireFault::truncate_body;
    if (request.path == "/closes") response.fault = WireFault::close_without_answer;
  });
  ASSERT_TRUE(server);
  const Origin origin = at((*server)->port());
  const std::string large(3000, 'y');
  EXPECT_EQ(exchange(origin, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3000\r\n\r\n" + large).body().size(),
            3'000'000U);
  EXPECT_TRUE(exchange(origin, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n").reused_connection);
  EXPECT_TRUE(exchange(origin, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").reused_connection);
  EXPECT_EQ(exchange(origin, "POST /truncates HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi").outcome,
            Outcome::truncated);
  EXPECT_EQ(exchange(origin, "POST /closes HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi").outcome,
            Outcome::closed);
  EXPECT_EQ(exchange(origin, "POST /closes HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi").outcome,
            Outcome::closed);
  EXPECT_EQ(exchange(origin, get).status, 200);
}

TEST_F(ClientTest, SendsMoreThanTheSocketTakes) {
  ServerOptions options;
  options.threads = 1;
  options.max_body = 20'000'000;
  auto server = Server::start(options, [](const ServerRequest& request, ServerResponse& response) {
    response.body = std::to_string(request.body.size());
  });
  const std::string body(10'000'000, 'y');
  EXPECT_EQ(
      exchange(at((*server)->port()), "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n" + body).body(),
      "10000000");
}

TEST_F(ClientTest, SeesThatTheServerClosedInBetween) {
  const ScriptedServer server(std::vector<ScriptedServer::Script>{[](RawSocket& socket) {
                                                                    socket.read_until("hi");
                                                                    socket.write(small_answer);
                                                                  },
                                                                  answer_each});
  EXPECT_TRUE(exchange(at(server.port()), post).ok());
  std::this_thread::sleep_for(20ms);  // long enough for the client to look before it writes
  const Answer second = exchange(at(server.port()), post);
  EXPECT_TRUE(second.ok()) << second.detail;
  EXPECT_FALSE(second.reused_connection);
  EXPECT_EQ(server.accepted(), 2);
}

TEST_F(ClientTest, AsksAgainOnlyWhereThatIsSafe) {
  // The first connection dies when its second request has been read; whether that may be repeated depends on the
  // method.
  const auto dies_at_second = [](RawSocket& socket) {
    socket.read_until("\r\n\r\n");
    socket.write(small_answer);
    socket.read_until("\r\n\r\n");
  };
  for (const bool safe : {true, false}) {
    const ScriptedServer server(std::vector<ScriptedServer::Script>{dies_at_second, answer_each});
    client_->close_connections();
    EXPECT_TRUE(exchange(at(server.port()), get).ok());
    const Answer second = exchange(at(server.port()), safe ? get : "POST / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(second.outcome, safe ? Outcome::ok : Outcome::closed);
    EXPECT_EQ(server.accepted(), safe ? 2 : 1);
  }
}

TEST_F(ClientTest, DoesNotReuseWhatCannotBeReused) {
  const auto counts_connections = [this](std::string answer) {
    const ScriptedServer server([answer](RawSocket& socket) {
      socket.read_until("\r\n\r\n");
      socket.write(answer);
      socket.read_all();
    });
    EXPECT_TRUE(exchange(at(server.port()), get).ok());
    EXPECT_TRUE(exchange(at(server.port()), get).ok());
    client_->close_connections();
    return server.accepted();
  };
  EXPECT_EQ(counts_connections("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"), 2);
  EXPECT_EQ(counts_connections("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"), 2);
  EXPECT_EQ(counts_connections(
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"),
            2);
}

TEST_F(ClientTest, NamesEveryWayAnAnswerFails) {
  struct Case {
    std::string answer;
    Outcome outcome;
    std::string detail;
  };
  const std::vector<Case> cases = {
      {"", Outcome::closed, ": closed before a response"},
      {"HTTP/1.1 200 OK\r\nContent-Le", Outcome::truncated, ": closed in the head of the response, after 27 bytes"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", Outcome::truncated,
       ": closed after 4 of 10 bytes of the body"},
      {"220 smtp.example.org ESMTP\r\n", Outcome::malformed,
       ": something that does not begin like an HTTP/1.1 response"},
      {"\0\xff\x01garbage"s, Outcome::malformed, "does not begin"},
      {"HTTP/1.1 200 OK\r\n" + std::string(200'000, 'x'), Outcome::too_large, ": a head of more than 65536 bytes"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\nx", Outcome::too_large, ": a body of 1073741824 bytes"},
  };
  for (const Case& one : cases) {
    const ScriptedServer server([&](RawSocket& socket) {
      socket.read_until("\r\n\r\n");
      socket.write(one.answer);
    });
    const Answer answer = exchange(at(server.port()), get);
    EXPECT_EQ(to_string(answer.outcome), to_string(one.outcome)) << answer.detail;
    EXPECT_THAT(answer.detail, StartsWith("127.0.0.1:" + std::to_string(server.port()) + ": "));
    EXPECT_THAT(answer.detail, HasSubstr(one.detail));
    EXPECT_FALSE(answer.keep_alive);
  }
}

TEST_F(ClientTest, CutsABodyThatDoesNotEnd) {
  ClientOptions options;
  options.max_body = 100'000;
  use(options);
  const ScriptedServer server([](RawSocket& socket) {
    socket.read_until("\r\n\r\n");
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    const std::string piece(64 * 1024, 'x');
    for (int i = 0; i < 16 * 1024; ++i)  // 1 GB, if anybody wanted it
      if (!socket.write(piece)) return;
  });
  const Answer answer = exchange(at(server.port()), get);
  EXPECT_EQ(answer.outcome, Outcome::too_large);
  EXPECT_EQ(answer.body().size(), 100'000U);
  EXPECT_LT(answer.buffer.size(), 1'000'000U);
}

TEST_F(ClientTest, TellsAResetFromAnEnd) {
  const ScriptedServer server([](RawSocket& socket) {
    socket.read_until("\r\n\r\n");
    socket.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf");
    std::this_thread::sleep_for(10ms);
    socket.reset();
  });
  const Answer answer = exchange(at(server.port()), get);
  EXPECT_EQ(answer.outcome, Outcome::truncated);
  EXPECT_THAT(answer.detail,
              HasSubstr("reset after 4 bytes of a body without announced length (connection reset by peer)"));
}

TEST_F(ClientTest, StopsWaitingAtTheDeadline) {
  ClientOptions options;
  options.timeout = 60ms;
  use(options);
  std::latch finished(1);
  {
    const ScriptedServer silent([&](RawSocket&) { finished.wait(); });
    const Answer answer = exchange(at(silent.port()), get);
    EXPECT_EQ(answer.outcome, Outcome::timed_out);
    EXPECT_THAT(answer.detail, HasSubstr(": 60 ms passed while waiting for a response"));
    finished.count_down();
  }
  const ScriptedServer stalls([](RawSocket& socket) {
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    socket.read_all();
  });
  const Answer answer = exchange(at(stalls.port()), get);
  EXPECT_EQ(answer.outcome, Outcome::timed_out);
  EXPECT_THAT(answer.detail, HasSubstr("while reading the response"));
  EXPECT_EQ(answer.body(), "half");
}

TEST_F(ClientTest, WaitsForASlowAnswerWithinTheDeadline) {
  const ScriptedServer server([](RawSocket& socket) {
    socket.read_until("\r\n\r\n");
    const std::string answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    for (const char& c : answer) {
      socket.write({&c, 1});
      std::this_thread::sleep_for(1ms);
    }
  });
  const Answer answer = exchange(at(server.port()), get);
  EXPECT_TRUE(answer.ok()) << answer.detail;
  EXPECT_EQ(answer.body(), "hello");
}

TEST_F(ClientTest, SaysWhyItCannotConnect) {
  std::uint16_t unused = 0;
  {
    const ScriptedServer server(answer_each);
    unused = server.port();
  }
  const Answer refused = exchange(at(unused), get);
  EXPECT_EQ(refused.outcome, Outcome::connect_failed);
  EXPECT_EQ(refused.detail, "connect to 127.0.0.1:" + std::to_string(unused) + ": connection refused");
  const Answer unknown = exchange({.tls = false, .host = "no-such-host.invalid", .port = 80}, get);
  EXPECT_EQ(unknown.outcome, Outcome::resolve_failed);
  EXPECT_THAT(unknown.detail, StartsWith("resolve no-such-host.invalid: "));
}

// Whatever the server says, and whoever asks: nothing is resolved or connected to.
TEST_F(ClientTest, GoesToNamedHostsOnly) {
  const ScriptedServer server(answer_each);
  use({.hosts = {"as.example"}});
  for (const char* host : {"127.0.0.1", "localhost", "no-such-host.invalid", "169.254.169.254", "as.example.net"}) {
    const Answer answer = exchange({.tls = false, .host = host, .port = server.port()}, get);
    EXPECT_EQ(answer.outcome, Outcome::not_permitted) << host;
    EXPECT_THAT(answer.detail, HasSubstr("does not name this host"));
  }
  // One address of this machine stands for all of them, with every port.
  use({.hosts = {"as.example", "::1"}});
  EXPECT_TRUE(exchange(at(server.port()), get).ok());
  EXPECT_TRUE(exchange({.tls = false, .host = "localhost", .port = server.port()}, get).ok());
  EXPECT_EQ(exchange({.tls = false, .host = "10.0.0.1", .port = 80}, get).outcome, Outcome::not_permitted);
}

TEST_F(ClientTest, TriesEveryAddressOfAName) {
  const ScriptedServer server(answer_each);  // listens on 127.0.0.1 only, whatever else localhost may mean
  EXPECT_TRUE(exchange({.tls = false, .host = "localhost", .port = server.port()}, get).ok());
  EXPECT_TRUE(exchange({.tls = false, .host = "localhost", .port = server.port()}, get).reused_connection);
}

TEST_F(ClientTest, CarriesExchangesAtTheSameTime) {
  ServerOptions options;
  options.threads = 1;
  auto server = Server::start(options, [](const ServerRequest& request, ServerResponse& response) {
    response.body = request.path;
    response.delay = 10ms;
  });
  const Origin origin = at((*server)->port());
  std::array<Answer, 5> answers;
  std::array<std::string, 5> requests;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    requests[i] = "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
    boost::asio::co_spawn(io_, client_->exchange(origin, requests[i], answers[i]), boost::asio::detached);
  }
  io_.run();
  for (std::size_t i = 0; i < answers.size(); ++i)
    EXPECT_EQ(answers[i].body(), "/" + std::to_string(i)) << answers[i].detail;
}

TEST_F(ClientTest, EndsWhatIsUnderWayWhenStopped) {
  const ScriptedServer server([](RawSocket& socket) { socket.read_all(); });
  const Origin origin = at(server.port());
  Answer answer, closed;
  boost::asio::co_spawn(io_, client_->exchange(origin, get, answer), boost::asio::detached);
  Client other(*context_);
  boost::asio::co_spawn(io_, other.exchange(origin, get, closed), boost::asio::detached);
  io_.run_for(20ms);
  other.close_connections();
  io_.run_for(20ms);
  EXPECT_EQ(closed.outcome, Outcome::cancelled);
  EXPECT_THAT(closed.detail, HasSubstr("closed by us"));
  context_->stop();
  io_.run();
  EXPECT_EQ(answer.outcome, Outcome::cancelled);
  EXPECT_THAT(answer.detail, HasSubstr("stopped while waiting for a response"));
  EXPECT_EQ(exchange(at(server.port()), get).outcome, Outcome::cancelled);
}

TEST(RealTime, Waits) {
  boost::asio::io_context io(1);
  RealTime time;
  EXPECT_TRUE(time.real());
  const auto before = std::chrono::steady_clock::now();
  boost::asio::co_spawn(io, time.wait(5ms), boost::asio::detached);
  io.run();
  EXPECT_GE(std::chrono::steady_clock::now() - before, 5ms);
}

}  // namespace
}  // namespace assay::net

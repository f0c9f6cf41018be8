// The server under attack: whatever many bad clients do, memory stays bounded and a good one is served.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "net/request_framing.hpp"
#include "net/server.hpp"
#include "tests/unit/net/raw_socket.hpp"

namespace assay::net {
namespace {

using testing::RawSocket;
using ::testing::StartsWith;

std::unique_ptr<Server> start(ServerOptions options) {
  options.threads = 1;
  auto server = Server::start(options, [](const ServerRequest& request, ServerResponse& response) {
    if (request.path == "/large") response.body.assign(300'000, 'x');
    else if (request.path == "/waits") response.delay = std::chrono::milliseconds(200);
    else response.body = "served";
  });
  if (!server) throw std::runtime_error(server.error().doing);
  return std::move(*server);
}

void expect_served(const Server& server) {
  RawSocket socket = RawSocket::connect(server.port());
  for (int i = 0; i < 3; ++i) {
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(socket.read_until("served"), StartsWith("HTTP/1.1 200 OK\r\n"));
  }
}

// As many sockets as this machine lets us have, at most `wanted`: both ends of each are ours.
std::size_t affordable(std::size_t wanted) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 10'000);
  setrlimit(RLIMIT_NOFILE, &limit);
  return std::min<std::size_t>(wanted, limit.rlim_cur / 2 - 100);
}

std::vector<RawSocket> flood(const Server& server, std::size_t count, std::string_view words) {
  std::vector<RawSocket> out;
  for (std::size_t i = 0; i < count; ++i) {
    out.push_back(RawSocket::connect(server.port()));
    out.back().write(words);
  }
  return out;
}

// How many of them are still answered when they go on with `words`.
std::size_t survivors(std::vector<RawSocket>& sockets, std::string_view words) {
  std::size_t out = 0;
  for (auto& socket : sockets) {
    if (socket.write(words)) socket.finish_writing();
    out += socket.read_all().starts_with("HTTP/1.1 200 OK\r\n");
  }
  return out;
}

TEST(ServerUnderAttack, IdleConnectionsMakeRoom) {
  ServerOptions options;
  options.max_connections = 300;
  const auto server = start(options);
  auto sockets = flood(*server, affordable(2'000), "GET / HT");
  expect_served(*server);
  const std::size_t left = survivors(sockets, "TP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_GT(left, 0u);
  EXPECT_LE(left, 300u);
}

TEST(ServerUnderAttack, ManyIdleConnectionsCostLittle) {
  const auto server = start({});
  auto sockets = flood(*server, affordable(2'000), "");
  expect_served(*server);
  EXPECT_EQ(survivors(sockets, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), sockets.size());
}

TEST(ServerUnderAttack, RunningOutOfDescriptorsKeepsNobodyOut) {
  const auto server = start({});
  auto sockets = flood(*server, std::min<std::size_t>(affordable(100), 100), "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  for (auto& socket : sockets) socket.read_until("served");  // all of them are accepted
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const int next = ::dup(STDIN_FILENO);
  ::close(next);
  rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(next) + 1;  // one more: the client's end
  setrlimit(RLIMIT_NOFILE, &tight);
  expect_served(*server);
  setrlimit(RLIMIT_NOFILE, &before);
  // One made room for the good one, another for the next to come.
  EXPECT_GE(survivors(sockets, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), sockets.size() - 4);
}

TEST(ServerUnderAttack, BusyConnectionsAreNotClosedForNewOnes) {
  ServerOptions options;
  options.max_connections = 1;
  const auto server = start(options);
  RawSocket busy = RawSocket::connect(server->port());
  busy.write("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /waits HTTP/1.1\r\nHost: x\r\n\r\n");
  busy.read_until("served");
  EXPECT_EQ(RawSocket::connect(server->port()).read_all(), "");
  EXPECT_THAT(busy.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(ServerUnderAttack, AnnouncementsCostNothing) {
  RequestFramer framer(1000, 1'000'000);
  ServerRequest request;
  const std::string_view head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n";
  head.copy(framer.room().data(), head.size());
  framer.received(head.size());
  EXPECT_EQ(framer.next(request), RequestFramer::Step::need_more);
  framer.room();
  EXPECT_LT(framer.capacity(), 10'000u);
}

TEST(ServerUnderAttack, UnfinishedRequestsShareABudget) {
  ServerOptions options;
  options.max_held = 1 << 20;
  const auto server = start(options);
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 40000\r\n\r\n";
  auto sockets = flood(*server, 150, head + std::string(30'000, 'x'));
  expect_served(*server);
  const std::size_t left = survivors(sockets, std::string(10'000, 'x'));
  EXPECT_LE(left, (1u << 20) / 30'000);
  EXPECT_GT(left, 0u);
}

TEST(ServerUnderAttack, AnswersThatNobodyReadsShareABudget) {
  ServerOptions options;
  options.max_held = 2 << 20;
  const auto server = start(options);
  std::string greedy;
  for (int i = 0; i < 40; ++i) greedy += "GET /large HTTP/1.1\r\nHost: x\r\n\r\n";
  auto sockets = flood(*server, 30, greedy);
  expect_served(*server);
}

TEST(ServerUnderAttack, SlowClientsAreServedOrClosedAndHinderNobody) {
  ServerOptions options;
  options.idle_timeout = std::chrono::seconds(1);
  const auto server = start(options);
  const std::string head = "GET / HTTP/1.1\r\nHost: x\r\nX-A: " + std::string(3000, 'x');
  const std::string body = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n" + std::string(3000, 'x');
  auto heads = flood(*server, 20, head.substr(0, 10)), bodies = flood(*server, 20, body.substr(0, 60));
  for (std::size_t i = 0; i < 30; ++i) {
    for (auto& socket : heads) socket.write(head.substr(10 + i, 1));
    for (auto& socket : bodies) socket.write(body.substr(60 + i, 1));
    expect_served(*server);
  }
  for (auto* slow : {&heads, &bodies})
    for (auto& socket : *slow) EXPECT_EQ(socket.read_all(), "");  // within its five seconds
}

TEST(ServerUnderAttack, GarbageBehindARequestEndsOneConnectionOnly) {
  const auto server = start({});
  for (const std::string& garbage :
       {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), std::string(200'000, '\0'),
        std::string(200'000, '\n'), std::string("\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        std::string("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n")}) {
    RawSocket socket = RawSocket::connect(server->port());
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n" + garbage);
    socket.finish_writing();
    const std::string answers = socket.read_all();
    EXPECT_THAT(answers, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answers.substr(answers.find("served") + 6),
                ::testing::AnyOf("", StartsWith("HTTP/1.1 4"), StartsWith("HTTP/1.1 505")));
    expect_served(*server);
  }
}

}  // namespace
}  // namespace assay::net

// The server as raw clients see it: framing of requests, pipelining, limits, faults, stopping.
#include "net/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <stdexcept>

#include "tests/unit/net/raw_socket.hpp"

namespace assay::net {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RawSocket;
using ::testing::StartsWith;
using namespace std::string_view_literals;

void echo(const ServerRequest& request, ServerResponse& response) {
  if (request.path == "/throw") throw std::runtime_error("on purpose");
  if (request.path == "/empty") response.status = 204;
  if (request.path == "/closes") response.fault = WireFault::close_without_answer;
  if (request.path == "/truncates") response.fault = WireFault::truncate_body;
  if (request.path == "/slow") response.delay = std::chrono::milliseconds(30);
  if (request.path == "/large") {
    response.body.assign(3'000'000, 'x');
    return;
  }
  response.add_field("Content-Type", "text/plain");
  response.body = "[";
  response.body += request.method;
  response.body += " ";
  response.body += request.path;
  response.body += "|";
  response.body += request.query;
  response.body += "|";
  response.body += request.header("x-test").value_or("none");
  response.body += "|";
  response.body += request.body;
  response.body += "]";
}

std::unique_ptr<Server> start(ServerOptions options = {}) {
  options.threads = options.threads != 0 ? options.threads : 1;
  auto server = Server::start(options, echo);
  if (!server) throw std::runtime_error(server.error().doing);
  return std::move(*server);
}

// One connection: says `request`, then nothing, and reads to the end.
std::string converse(const Server& server, std::string_view request) {
  RawSocket socket = RawSocket::connect(server.port());
  socket.write(request);
  socket.finish_writing();
  return socket.read_all();
}

TEST(Server, AnswersAGet) {
  const auto server = start();
  const std::string answer = converse(*server, "GET /a/b?c=d&e HTTP/1.1\r\nHost: x\r\nX-Test:  v \r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\nDate: "));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: text/plain\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Length: 19\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n[GET /a/b|c=d&e|v|]"));
}

TEST(Server, ReadsBodiesInPieces) {
  const auto server = start();
  const std::string request =
      "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
      "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nT: "
      "v\r\n\r\n"
      "GET /last HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string whole = converse(*server, request);
  EXPECT_THAT(whole, AllOf(HasSubstr("[POST /p||none|hello]"), HasSubstr("[POST /c||none|abc0123456789]"),
                           EndsWith("[GET /last||none|]")));
  RawSocket socket = RawSocket::connect(server->port());
  for (const char c : request) socket.write({&c, 1});
  socket.finish_writing();
  const std::string pieces = socket.read_all();
  EXPECT_THAT(pieces, AllOf(HasSubstr("[POST /p||none|hello]"), HasSubstr("[POST /c||none|abc0123456789]"),
                            EndsWith("[GET /last||none|]")));
}

TEST(Server, KeepsOrderWhenPipelined) {
  const auto server = start();
  std::string requests;
  for (const char* path : {"/1", "/slow", "/3", "/empty", "/5"})
    requests += "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string answers = converse(*server, requests);
  std::size_t at = 0;
  for (const char* part : {"[GET /1|", "[GET /slow|", "[GET /3|", "HTTP/1.1 204 No Content\r\n", "[GET /5|"}) {
    const std::size_t found = answers.find(part, at);
    ASSERT_NE(found, std::string::npos) << part;
    at = found;
  }
}

TEST(Server, LargeAnswerToAHeadRequestHasNoBody) {
  const auto server = start();
  EXPECT_THAT(converse(*server, "HEAD /large HTTP/1.1\r\nHost: x\r\n\r\n"),
              AllOf(HasSubstr("Content-Length: 3000000\r\n"), EndsWith("\r\n\r\n")));
  EXPECT_GT(converse(*server, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n").size(), 3'000'000U);
}

TEST(Server, FollowsTheConnectionField) {
  const auto server = start();
  EXPECT_THAT(
      converse(*server,
               "GET /1 HTTP/1.1\r\nHost: x\r\nConnection: foo, Close\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n"),
      AllOf(HasSubstr("Connection: close\r\n"), Not(HasSubstr("/2"))));
  EXPECT_THAT(converse(*server, "GET /1 HTTP/1.0\r\n\r\nGET /2 HTTP/1.0\r\n\r\n"),
              AllOf(HasSubstr("Connection: close\r\n"), Not(HasSubstr("/2"))));
  EXPECT_THAT(converse(*server, "GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n"),
              AllOf(HasSubstr("Connection: keep-alive\r\n"), HasSubstr("/2")));
}

TEST(Server, AnswersAnExpectation) {
  const auto server = start();
  RawSocket socket = RawSocket::connect(server->port());
  socket.write("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(socket.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  socket.write("ok");
  EXPECT_THAT(socket.read_until("]"), EndsWith("ok]"));
}

TEST(Server, RefusesWhatItMust) {
  ServerOptions options;
  options.max_head = 1000;
  options.max_body = 100;
  const auto server = start(options);
  const auto status = [&](std::string_view request) { return converse(*server, request).substr(9, 3); };
  EXPECT_EQ(status("GET / HTTP/1.1\r\n\r\n"), "400") << "no Host";
  EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), "400");
  EXPECT_EQ(status("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"), "400");
  EXPECT_EQ(status("GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n"), "400");
  EXPECT_EQ(status("G(T / HTTP/1.1\r\nHost: a\r\n\r\n"), "400");
  EXPECT_EQ(status("nonsense\r\n\r\n"), "400");
  EXPECT_EQ(status("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), "505");
  EXPECT_EQ(status("GET / HTTP/1.1\r\nHost : a\r\n\r\n"), "400");
  EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n"), "400");
  EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n"), "400");
  EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"sv), "400");
  EXPECT_EQ(status("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"), "400");
  EXPECT_EQ(status("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"), "400");
  EXPECT_EQ(status("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            "400");
  EXPECT_EQ(status("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), "501");
  EXPECT_EQ(status("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n\r\n"), "400");
  EXPECT_EQ(status("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n"), "400");
  EXPECT_EQ(status("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n"), "413");
  EXPECT_EQ(status("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + std::string(101, 'x')),
            "413");
  EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(1000, 'x') + "\r\n\r\n"), "431");
  EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(100'000, 'x')), "431") << "endless";
  EXPECT_EQ(status("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n" + std::string(100, 'x')), "200");
}

TEST(Server, TurnsAnExceptionInto500) {
  const auto server = start();
  EXPECT_THAT(converse(*server, "GET /throw HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 500 Internal Server Error\r\n"), HasSubstr("[GET /2|")));
}

TEST(Server, CommitsFaultsOnTheWire) {
  const auto server = start();
  EXPECT_EQ(converse(*server, "GET /closes HTTP/1.1\r\nHost: x\r\n\r\n"), "");
  EXPECT_THAT(converse(*server, "GET /truncates HTTP/1.1\r\nHost: x\r\n\r\n"),
              AllOf(HasSubstr("Content-Length: 23\r\n"), EndsWith("\r\n\r\n[GET /trunc")));
}

TEST(Server, ClosesTheIdleConnectionForOneMoreThanItMayHave) {
  ServerOptions options;
  options.max_connections = 1;
  const auto server = start(options);
  RawSocket first = RawSocket::connect(server->port());
  first.write("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(first.read_until("]"), EndsWith("[GET /1||none|]"));
  RawSocket second = RawSocket::connect(server->port());
  second.write("GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(second.read_until("]"), EndsWith("[GET /2||none|]"));
  EXPECT_EQ(first.read_all(), "");
}

TEST(Server, ClosesSlowConnections) {
  ServerOptions options;
  options.idle_timeout = std::chrono::seconds(0);
  const auto server = start(options);
  RawSocket socket = RawSocket::connect(server->port());
  socket.write("GET / HT");
  EXPECT_EQ(socket.read_all(), "");
}

TEST(Server, SharesAPortBetweenThreads) {
  ServerOptions options;
  options.threads = 3;
  const auto server = start(options);
  for (int i = 0; i < 30; ++i)
    EXPECT_THAT(converse(*server, "GET /x HTTP/1.1\r\nHost: x\r\n\r\n"), EndsWith("[GET /x||none|]"));
}

TEST(Server, StopsWhileBusyAndIdle) {
  const auto server = start();
  RawSocket idle = RawSocket::connect(server->port());
  RawSocket busy = RawSocket::connect(server->port());
  busy.write("GET /first HTTP/1.1\r\nHost: x\r\n\r\n");
  busy.read_until("]");
  busy.write("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  server->stop(std::chrono::seconds(5));
  EXPECT_THAT(busy.read_all(), AllOf(HasSubstr("Connection: close\r\n"), EndsWith("[GET /slow||none|]")));
  EXPECT_EQ(idle.read_all(), "");
  server->stop();
  EXPECT_THROW(RawSocket::connect(server->port()), std::runtime_error);
}

TEST(Server, SaysWhyItCannotListen) {
  const auto server = start();
  ServerOptions options;
  options.address = "localhost.";
  EXPECT_THAT(Server::start(options, echo).error().doing, HasSubstr("not an IP address"));
  options.address = "127.0.0.1";
  options.port = server->port();
  EXPECT_THAT(Server::start(options, echo).error().doing, HasSubstr("address already in use"));
  options.port = 0;
  options.address = "203.0.113.1";
  EXPECT_THAT(Server::start(options, echo).error().doing, HasSubstr("listen on 203.0.113.1:0: cannot assign"));
}

}  // namespace
}  // namespace assay::net

// The test sockets of this folder, and one test that they work.
#include "tests/unit/net/raw_socket.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace assay::net::testing {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void bound_waits(int descriptor) {
  const timeval limit{.tv_sec = 5, .tv_usec = 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

}  // namespace

RawSocket RawSocket::connect(std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  bound_waits(descriptor);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("cannot connect");
  return RawSocket(descriptor);
}

RawSocket::~RawSocket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

RawSocket::RawSocket(RawSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), left_(std::move(other.left_)) {}

bool RawSocket::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string RawSocket::read_some() {
  if (!left_.empty()) return std::exchange(left_, {});
  std::string bytes(64 * 1024, '\0');
  const ssize_t size = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
  bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return bytes;
}

std::string RawSocket::read_until(std::string_view mark) {
  std::string bytes;
  for (;;) {
    const std::string more = read_some();
    if (more.empty()) return bytes;
    bytes += more;
    if (const std::size_t at = bytes.find(mark); at != std::string::npos) {
      left_ = bytes.substr(at + mark.size());
      bytes.resize(at + mark.size());
      return bytes;
    }
  }
}

std::string RawSocket::read_all() {
  std::string bytes;
  for (;;) {
    const std::string more = read_some();
    if (more.empty()) return bytes;
    bytes += more;
  }
}

void RawSocket::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(std::exchange(descriptor_, -1));
}

void RawSocket::finish_writing() { ::shutdown(descriptor_, SHUT_WR); }

ScriptedServer::ScriptedServer(std::vector<Script> scripts)
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("cannot listen");
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread([this, scripts = std::move(scripts)](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd waiting{.fd = listener_, .events = POLLIN, .revents = 0};
      if (::poll(&waiting, 1, 10) <= 0) continue;
      const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (descriptor < 0) continue;
      bound_waits(descriptor);
      const auto number = static_cast<std::size_t>(accepted_.fetch_add(1));
      RawSocket socket(descriptor);
      set_current(descriptor);
      if (!stop.stop_requested()) scripts[std::min(number, scripts.size() - 1)](socket);
      set_current(-1);
    }
  });
}

void ScriptedServer::set_current(int descriptor) {
  const std::lock_guard lock(mutex_);
  current_ = descriptor;
}

ScriptedServer::~ScriptedServer() {
  thread_.request_stop();
  {
    const std::lock_guard lock(mutex_);
    if (current_ >= 0) ::shutdown(current_, SHUT_RDWR);
  }
  thread_.join();
  ::close(listener_);
}

namespace {

TEST(RawSocket, TalksToAScript) {
  ScriptedServer server([](RawSocket& socket) { socket.write("you said " + socket.read_until("!") + "."); });
  RawSocket client = RawSocket::connect(server.port());
  ASSERT_TRUE(client.write("hello!"));
  EXPECT_EQ(client.read_all(), "you said hello!.");
}

}  // namespace
}  // namespace assay::net::testing

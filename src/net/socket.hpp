// Socket types with the concrete executor, the completion token of this folder, and the plain or TLS byte stream that
// client and server share. Internal to src/net.
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <string_view>

#include "net/awaitable.hpp"

namespace assay::net {

namespace asio = boost::asio;
using boost::system::error_code;
using Tcp = asio::ip::tcp;
using Socket = asio::basic_stream_socket<Tcp, Executor>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

// Asio calls complete with (error, result); nothing throws on the path of a request.
inline constexpr auto as_result = asio::as_tuple(asio::use_awaitable_t<Executor>{});

// Sends without waiting and drops what was sent from `bytes`; would_block is no error.
inline error_code write_now(Socket& socket, std::string_view& bytes) {
  error_code error;
  while (!bytes.empty()) {
    const std::size_t sent = socket.write_some(asio::buffer(bytes.data(), bytes.size()), error);
    bytes.remove_prefix(sent);
    if (error == asio::error::would_block) return {};
    if (error) return error;
  }
  return {};
}

struct ReadResult {
  error_code error;
  std::size_t size = 0;
};

// The slow path: waits until the socket has taken all of `bytes`.
inline awaitable<error_code> write_rest(Socket& socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto [error, sent] = co_await socket.async_write_some(asio::buffer(bytes.data(), bytes.size()), as_result);
    if (error) co_return error;
    bytes.remove_prefix(sent);
  }
  co_return error_code();
}

}  // namespace assay::net

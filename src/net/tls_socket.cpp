// Received bytes pass through one buffer per thread: nothing of it is needed across a suspension, so that an idle TLS
// connection holds no read buffer.
#include "net/tls_socket.hpp"

#include <array>

#include "base/text.hpp"

namespace assay::net {
namespace {

thread_local std::array<char, 32 * 1024> scratch;

// Waits until the socket has bytes and gives them to the session; the caller must settle() before it suspends.
awaitable<error_code> receive(Socket& socket, TlsSession& tls) {
  for (;;) {
    error_code error;
    const std::size_t size = socket.read_some(scratch, error);
    if (!error) tls.feed({scratch.data(), size});
    if (error != asio::error::would_block) co_return error;
    if (const auto [waited] = co_await socket.async_wait(Socket::Side::read, as_result); waited) co_return waited;
  }
}

}  // namespace

bool is_usable(Socket& socket, TlsSession& tls) {
  for (;;) {
    socket.look_again();
    error_code error;
    const std::size_t received = socket.read_some(scratch, error);
    if (error == asio::error::would_block) return true;
    if (error) return false;
    tls.feed({scratch.data(), received});
    char byte = 0;
    std::size_t size = 0;
    if (tls.read({&byte, 1}, size) != TlsSession::Step::more) return false;
  }
}

awaitable<error_code> send_output(Socket& socket, TlsSession& tls) {
  std::string_view rest = tls.output();
  error_code error = write_now(socket, rest);
  if (!error && !rest.empty()) error = co_await write_rest(socket, rest);
  tls.clear_output();
  co_return error;
}

ReadResult read_now(Socket& socket, TlsSession* session, std::span<char> room) {
  ReadResult out;
  if (session == nullptr) {
    out.size = socket.read_some(room, out.error);
    return out;
  }
  TlsSession& tls = *session;
  // The session may hold part of a record: whether that is enough for a read, only a read tells.
  for (bool ask = !tls.has_pending();; ask = true) {
    if (ask) {
      const std::size_t size = socket.read_some(scratch, out.error);
      // An end without close_notify may be somebody else's doing (RFC 9112 section 9.8).
      if (out.error == asio::error::eof) out.error = asio::error::connection_reset;
      if (out.error) return out;
      tls.feed({scratch.data(), size});
    }
    const TlsSession::Step step = tls.read(room, out.size);
    tls.settle();
    if (step == TlsSession::Step::more) continue;
    if (step == TlsSession::Step::closed) out.error = asio::error::eof;
    if (step == TlsSession::Step::failed) out.error = asio::error::connection_reset;
    return out;
  }
}

awaitable<ReadResult> read_some(Socket& socket, TlsSession* tls, std::span<char> room) {
  for (;;) {
    const ReadResult out = read_now(socket, tls, room);
    if (out.error != asio::error::would_block) co_return out;
    // Post-handshake messages may want an answer before more comes.
    if (tls != nullptr && !tls->output().empty())
      if (const error_code error = co_await send_output(socket, *tls); error) co_return ReadResult{error};
    if (const auto [error] = co_await socket.async_wait(Socket::Side::read, as_result); error)
      co_return ReadResult{error};
  }
}

awaitable<std::string> shake_hands(Socket& socket, TlsSession& tls) {
  for (;;) {
    const TlsSession::Step step = tls.handshake();
    tls.settle();
    const error_code sent = co_await send_output(socket, tls);  // after a failure, the alert that says why
    if (step == TlsSession::Step::failed) co_return tls.error();
    if (sent) co_return base::lower(sent.message());
    if (step == TlsSession::Step::done) co_return std::string();
    if (step == TlsSession::Step::closed) co_return "closed during the handshake";
    if (const error_code error = co_await receive(socket, tls); error)
      co_return error == asio::error::eof ? "closed during the handshake" : base::lower(error.message());
  }
}

}  // namespace assay::net

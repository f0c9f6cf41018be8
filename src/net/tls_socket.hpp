// Moves the bytes between a TlsSession and its socket. Internal to src/net.
#pragma once
#include <span>
#include <string>

#include "net/socket.hpp"
#include "net/tls.hpp"

namespace assay::net {

// The bytes of a connection, with or without (nullptr) TLS. Completes with at least one byte, or an error; of TLS, eof says that
// the peer said so, connection_reset that the bytes ended without that, or were broken.
awaitable<ReadResult> read_some(Socket& socket, TlsSession* tls, std::span<char> room);

// Its first step, for the path of a request, where a coroutine costs too much: what is there now, would_block when that is not
// enough.
ReadResult read_now(Socket& socket, TlsSession* tls, std::span<char> room);

// Runs the handshake; an empty string when it succeeded, else what went wrong.
awaitable<std::string> shake_hands(Socket& socket, TlsSession& tls);

// Whether an idle connection can carry another exchange, without waiting: session tickets may have arrived, nothing
// else.
bool is_usable(Socket& socket, TlsSession& tls);

// Sends the session's output and clears it.
awaitable<error_code> send_output(Socket& socket, TlsSession& tls);

}  // namespace assay::net

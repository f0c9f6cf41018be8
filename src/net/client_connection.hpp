// One connection of a client, and how its exchanges say what went wrong: shared by single exchanges and waves. Internal to
// src/net.
#pragma once
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "net/client_network.hpp"
#include "net/tls_socket.hpp"

namespace assay::net {

inline std::string name_of(const Origin& origin) {
  return origin.host.find(':') == std::string::npos ? fmt::format("{}:{}", origin.host, origin.port)
                                                    : fmt::format("[{}]:{}", origin.host, origin.port);
}

inline void fail(Answer& answer, Outcome outcome, std::string detail) {
  answer.outcome = outcome;
  answer.detail = std::move(detail);
  answer.keep_alive = false;
}

// The watch has ended the exchange.
inline void fail_ended(Answer& answer, const Watch& watch, const Origin& origin, std::chrono::milliseconds timeout) {
  if (watch.end == Watch::End::cancelled)
    fail(answer, Outcome::cancelled, fmt::format("{}: stopped while {}", name_of(origin), watch.doing));
  else
    fail(answer, Outcome::timed_out,
         fmt::format("{}: {} passed while {}", name_of(origin), base::format_duration(timeout), watch.doing));
}

// Registered with the sweep as long as it lives.
struct Watched : Watch {
  Watched(ClientNetwork& owner, SteadyTime until) : network(owner) {
    deadline = until;
    network.add(*this);
  }
  ~Watched() { network.remove(*this); }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;
  ClientNetwork& network;
};

struct Client::Connection {
  Connection(const Origin& where, ClientNetwork& owner)
      : origin(where), socket(owner.io().get_executor()), network(owner) {}
  ~Connection() {
    if (!tls) return;
    --network.tls_connections;
    if (!socket.is_open()) return;
    tls->say_goodbye();
    std::string_view rest = tls->output();
    write_now(socket, rest);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Each session holds 21 KB of buffers. Those of many connections fit into no cache: then the ones that were used last serve all of
  // them, which takes less memory and less time; with few connections it takes more.
  void begin_tls(const TlsContext& context) {
    constexpr int many = 128;
    tls = std::make_unique<TlsSession>(context, origin.host, network.resumption(origin));
    if (++network.tls_connections > many) tls->hold_no_buffers();
  }

  bool is_usable() {
    if (tls) return net::is_usable(socket, *tls);
    return socket.is_silent();  // bytes that nobody asked for are no better than the end
  }

  Origin origin;
  Socket socket;
  ClientNetwork& network;
  std::unique_ptr<TlsSession> tls;
  SteadyTime idle_since{};
  bool busy = true;
  bool closing = false;  // close_connections() was called during its exchange
};

}  // namespace assay::net

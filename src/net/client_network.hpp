// What the clients of one thread share: TLS settings and sessions, resolved names, and the sweep that ends what takes
// too long. Internal to src/net.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/basic_resolver.hpp>

#include "net/client.hpp"
#include "net/socket.hpp"
#include "net/tls.hpp"

namespace assay::net {

// One exchange under way. The sweep closes its socket when the deadline has passed, and says so here.
struct Watch {
  enum class End : std::uint8_t { none, expired, cancelled };

  SteadyTime deadline{};
  Socket* socket = nullptr;
  Timer* timer = nullptr;
  const char* doing = "";  // what it waits for: "waiting for a response"
  End end = End::none;

  void abort(End why);
  Watch* previous = nullptr;
  Watch* next = nullptr;
};

// The addresses of a name. Lives as long as somebody asks.
struct Lookup {
  std::vector<asio::ip::address> addresses;
  std::size_t preferred = 0;  // the one that answered last
  error_code error;
  bool done = false;
  std::vector<Timer*> waiting;
};

class ClientNetwork final : public ClientContext {
 public:
  ClientNetwork(asio::io_context& io, const ClientOptions& options);
  ~ClientNetwork() override;

  asio::io_context& io() override { return io_; }
  const ClientOptions& options() const override { return options_; }
  void stop() override;
  bool stopped() const;

  void add(Watch& watch);
  void remove(Watch& watch);
  // Never null; `done` unless the watch ended first. error is set, or there is at least one address.
  awaitable<std::shared_ptr<Lookup>> resolve(const std::string& host, Watch& watch);
  // nullptr: TLS cannot be set up.
  const TlsContext* tls();
  void use(std::shared_ptr<const TlsContext> tls) { options_.tls = std::move(tls); }
  TlsResumption* resumption(const Origin& origin);
  // Connections that are open with TLS, or being opened.
  int tls_connections = 0;

 private:
  struct Sweep;

  asio::io_context& io_;
  ClientOptions options_;
  std::map<std::string, std::shared_ptr<Lookup>, std::less<>> lookups_;
  std::map<std::pair<std::string, std::uint16_t>, TlsResumption> resumptions_;
  asio::ip::basic_resolver<Tcp, Executor> resolver_;
  std::shared_ptr<Sweep> sweep_;
};

}  // namespace assay::net

// The real Transport: keep-alive connections of one user agent, plain or TLS, on one io_context. Our own framing reads
// the common shape of a response without allocating; odd ones go to Beast's parser.
#pragma once
#include <chrono>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/failure.hpp"
#include "base/wall_clock.hpp"
#include "net/transport.hpp"

namespace assay::net {

class ClientNetwork;
class ResponseFramer;
class TlsContext;
struct Watch;

struct ClientOptions {
  std::chrono::milliseconds timeout{10'000};  // of one exchange, connect and handshake included
  std::size_t max_head = 64 * 1024;           // bytes
  std::size_t max_body = 4 * 1024 * 1024;     // bytes, after removing the transfer coding
  std::vector<std::string> hosts{};           // that may be connected to; empty: all
  std::string ca_file{};                      // PEM; empty: the system's store
  bool verify_certificate = true;
  bool resume_tls = true;  // resume TLS sessions of earlier connections to the same origin
  // How late timers of the io_context, and what is posted to it, may be while answers are awaited, which saves system calls. Waves
  // are exact all the same.
  std::chrono::milliseconds timer_slack{0};
  // What prepare_tls() made of these options, for many contexts; nullptr: each makes its own when it first needs one.
  std::shared_ptr<const TlsContext> tls{};
};

// Reads the certificates, which takes longer than thousands of requests. May be shared by threads.
std::expected<std::shared_ptr<const TlsContext>, base::Failure> prepare_tls(const ClientOptions& options);

// What the connections of one thread share: TLS settings and sessions, resolved addresses, the deadline sweep. One per
// io_context; must outlive its clients. Only exchanges under way keep io_context::run() busy (and one sweep, 25 ms,
// after the last); stop() ends both at once. To be used on the thread that runs the io_context; before it goes, every
// exchange must have ended: stop() it and let run() return.
class ClientContext {
 public:
  static std::expected<std::unique_ptr<ClientContext>, base::Failure> create(boost::asio::io_context& io,
                                                                             const ClientOptions& options);
  virtual ~ClientContext() = default;
  virtual boost::asio::io_context& io() = 0;
  virtual const ClientOptions& options() const = 0;
  // Ends the deadline sweep and aborts what is under way (outcome cancelled).
  virtual void stop() = 0;
};

class Client final : public Transport {
 public:
  explicit Client(ClientContext& context);  // one made by ClientContext::create
  ~Client() override;                       // no exchange may be under way
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  awaitable<void> exchange(const Origin& origin, std::string_view request, Answer& answer) override;
  awaitable<void> wave(const Origin& origin, std::span<const std::string> requests, const WavePlan& plan,
                       std::span<Answer> answers, WaveTiming& timing) override;
  void close_connections() override;

 private:
  struct Connection;
  struct Racer;
  Connection* take_idle(const Origin& origin, SteadyTime now);
  void drop(Connection& connection);
  // Resolves, connects and shakes hands; false with the outcome in `answer`. Begins with the address that answered last, or
  // with the given one, counted round.
  awaitable<bool> open(Connection& connection, Watch& watch, Answer& answer,
                       std::optional<std::size_t> first_address = std::nullopt);
  // How an exchange went wrong; apart from exchange(), whose frame has to fit into the memory that Asio keeps for the next one.
  void cut_short(const Connection& connection, const Watch& watch, ResponseFramer& framer,
                 boost::system::error_code error, Answer& answer) const;
  static void explain_failure(const Connection& connection, boost::system::error_code error, Answer& answer);
  awaitable<void> line_up(Racer& racer);
  awaitable<void> finish(Racer& racer);

  ClientNetwork& network_;
  std::vector<std::unique_ptr<Connection>> connections_;  // one per origin, more only for exchanges at the same time
};

// Waits in real time on the given io_context.
class RealTime final : public Timekeeper {
 public:
  awaitable<void> wait(std::chrono::nanoseconds duration) override;
  std::chrono::system_clock::time_point now() const override { return base::wall_now(); }
  void interrupt() override;
  bool real() const override { return true; }

 private:
  struct Wait;
  Wait* first_ = nullptr;  // of those under way
  bool interrupted_ = false;
};

}  // namespace assay::net

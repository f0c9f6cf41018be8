// Starts and stops the server's threads. What one of them does is in server_thread.cpp.
#include "net/server.hpp"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "base/text.hpp"
#include "net/server_thread.hpp"

namespace assay::net {
namespace {

// SO_REUSEPORT would let a second server of the same user share the port of the first and take half of its connections.
// A socket without it cannot be bound beside the first.
bool is_taken(const Tcp::endpoint& endpoint) {
  asio::io_context io(1);
  asio::basic_socket_acceptor<Tcp, Executor> probe(io.get_executor());
  error_code error;
  probe.open(endpoint.protocol(), error);
  if (!error) probe.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) probe.bind(endpoint, error);
  return error == asio::error::address_in_use;
}

class ThreadedServer final : public Server {
 public:
  explicit ThreadedServer(std::shared_ptr<ServerShared> shared) : shared_(std::move(shared)) {}
  ~ThreadedServer() override { stop_threads(std::chrono::milliseconds(0)); }

  std::expected<void, base::Failure> listen() {
    const ServerOptions& options = shared_->options;
    error_code error;
    const auto address = asio::ip::make_address(options.address, error);
    if (error)
      return std::unexpected(base::Failure{base::FailureCode::bad_argument,
                                           fmt::format("listen on {}: not an IP address", options.address), ""});
    const unsigned count = options.threads != 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
    std::uint16_t port = options.port;
    if (port != 0 && is_taken({address, port}))
      return std::unexpected(
          base::Failure{base::FailureCode::connect,
                        fmt::format("listen on {}:{}: address already in use", options.address, port), ""});
    for (unsigned i = 0; i < count; ++i) {
      auto& thread = threads_.emplace_back(std::make_unique<ServerThread>(shared_));
      error = thread->listen(address, port);
      if (error)
        return std::unexpected(
            base::Failure{base::FailureCode::connect,
                          fmt::format("listen on {}:{}: {}", options.address, port, base::lower(error.message())), ""});
      port = thread->port();
    }
    return {};
  }

  void run() {
    // Signals are for the program's main thread: the server's threads inherit a full mask.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (auto& thread : threads_) running_.emplace_back([&thread = *thread] { thread.run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  std::uint16_t port() const override { return threads_.front()->port(); }
  void stop(std::chrono::milliseconds grace) override { stop_threads(grace); }

 private:
  void stop_threads(std::chrono::milliseconds grace) {
    if (running_.empty()) return;
    for (auto& thread : threads_) thread->stop(grace);
    running_.clear();  // joins
  }

  std::shared_ptr<ServerShared> shared_;
  std::vector<std::unique_ptr<ServerThread>> threads_;
  std::vector<std::jthread> running_;
};

}  // namespace

std::optional<std::string_view> ServerRequest::header(std::string_view name) const {
  for (const HeaderField& field : fields)
    if (base::equals_ignoring_case(field.name, name)) return field.value;
  return std::nullopt;
}

void ServerResponse::add_field(std::string_view name, std::string_view value) {
  fields += name;
  fields += ": ";
  fields += value;
  fields += "\r\n";
}

void ServerResponse::clear() {
  status = 200;
  fields.clear();
  body.clear();
  fault = WireFault::none;
  delay = {};
}

std::expected<std::unique_ptr<Server>, base::Failure> Server::start(const ServerOptions& options, Handler handler) {
  auto shared = std::make_shared<ServerShared>();
  shared->options = options;
  shared->handler = std::move(handler);
  if (!options.certificate_file.empty()) {
    auto tls = TlsContext::server(options.certificate_file, options.private_key_file);
    if (!tls) return std::unexpected(std::move(tls.error()));
    shared->tls = std::move(*tls);
  }
  auto server = std::make_unique<ThreadedServer>(std::move(shared));
  if (auto listening = server->listen(); !listening) return std::unexpected(std::move(listening.error()));
  server->run();
  return server;
}

}  // namespace assay::net

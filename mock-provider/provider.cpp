// The provider on the network: an Application behind a net::Server.
#include "mock-provider/provider.hpp"

#include <atomic>
#include <string>

#include "base/text.hpp"
#include "mock-provider/application.hpp"

namespace assay::mock {
namespace {

constexpr std::size_t most_body = 64 * 1024;  // bytes of a request: what clients send is remembered

bool is_loopback(const std::string& address) {
  return address == "::1" || address == "localhost" || address.starts_with("127.");
}

class ServingProvider final : public Provider {
 public:
  std::expected<void, base::Failure> open(ProviderOptions options) {
    const net::ServerOptions server_options{.address = options.address,
                                            .port = options.port,
                                            .threads = options.threads,
                                            .max_body = most_body,
                                            .certificate_file = options.certificate_file,
                                            .private_key_file = options.private_key_file};
    auto server =
        net::Server::start(server_options, [this](const net::ServerRequest& request, net::ServerResponse& response) {
          if (Application* application = application_.load(std::memory_order_acquire))
            application->handle(request, response);
          else response.status = 503;
        });
    if (!server) return std::unexpected(std::move(server.error()));
    server_ = *std::move(server);
    // Only now is the port known, and with it the issuer.
    if (options.issuer.empty()) {
      const bool bare_ipv6 = options.address.find(':') != std::string::npos;
      options.issuer = std::string(options.certificate_file.empty() ? "http://" : "https://") +
                       (bare_ipv6 ? '[' + options.address + ']' : options.address) + ':' +
                       std::to_string(server_->port());
    }
    owned_application_ = std::make_unique<Application>(options);
    if (auto changed = owned_application_->set_defects(options.defects); !changed) return changed;
    application_.store(owned_application_.get(), std::memory_order_release);
    return {};
  }
  ~ServingProvider() override { stop(); }

  std::string issuer() const override { return owned_application_->issuer(); }
  std::uint16_t port() const override { return server_->port(); }
  std::string control_token() const override { return std::string(owned_application_->control_token()); }
  void advance_clock(std::chrono::nanoseconds by) override { owned_application_->clock.advance(by); }
  std::chrono::system_clock::time_point now() const override {
    return std::chrono::time_point_cast<std::chrono::system_clock::duration>(owned_application_->clock.now());
  }
  std::expected<void, base::Failure> set_defects(std::span<const std::string> names) override {
    return owned_application_->set_defects(names);
  }
  void stop() override {
    if (server_) server_->stop();
  }

 private:
  // The server goes first: its threads use the application.
  std::unique_ptr<Application> owned_application_;
  std::atomic<Application*> application_{nullptr};
  std::unique_ptr<net::Server> server_;
};

}  // namespace

std::expected<std::unique_ptr<Provider>, base::Failure> Provider::start(const ProviderOptions& options) {
  if (const auto set = DefectSet::of(options.defects); !set) return std::unexpected(set.error());
  if (options.control && !is_loopback(options.address))
    return std::unexpected(base::Failure{base::FailureCode::bad_argument,
                                         "the control API is not offered on " + base::printable(options.address, 60),
                                         "leave --address out, or let it be 127.0.0.1 or ::1"});
  if (const auto persona = Persona::load(options.persona); !persona) return std::unexpected(persona.error());
  auto provider = std::make_unique<ServingProvider>();
  if (auto opened = provider->open(options); !opened) return std::unexpected(std::move(opened.error()));
  return provider;
}

}  // namespace assay::mock

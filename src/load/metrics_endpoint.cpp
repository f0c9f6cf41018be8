#include "load/metrics_endpoint.hpp"

#include <charconv>

namespace assay::load {

std::expected<std::pair<std::string, std::uint16_t>, std::string> parse_address(const std::string& text) {
  const std::string how =
      "\"" + text + "\" is not an address and a port; write 127.0.0.1:9464, or 127.0.0.1:0 for any free port";
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return std::unexpected(how);
  auto address = text.substr(0, colon);
  if (address.size() > 2 && address.front() == '[' && address.back() == ']')
    address = address.substr(1, address.size() - 2);
  else if (address.find(':') != std::string::npos) return std::unexpected(how);
  if (address == "localhost") address = "127.0.0.1";
  unsigned port = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (error != std::errc{} || stop != end || port > 65535) return std::unexpected(how);
  return std::pair(address, static_cast<std::uint16_t>(port));
}

std::expected<std::unique_ptr<MetricsEndpoint>, base::Failure> MetricsEndpoint::start(const std::string& address,
                                                                                      std::uint16_t port) {
  auto out = std::make_unique<MetricsEndpoint>();
  net::ServerOptions options;
  options.address = address;
  options.port = port;
  options.threads = 1;
  options.max_connections = 100;
  options.max_body = 1024;
  auto server = net::Server::start(
      options, [endpoint = out.get()](const net::ServerRequest& request, net::ServerResponse& response) {
        endpoint->answer(request, response);
      });
  if (!server) return std::unexpected(server.error());
  out->server_ = std::move(*server);
  const bool v6 = address.find(':') != std::string::npos;
  out->url_ =
      "http://" + (v6 ? "[" + address + "]" : address) + ":" + std::to_string(out->server_->port()) + "/metrics";
  return out;
}

void MetricsEndpoint::publish(std::string text) {
  const std::scoped_lock lock(mutex_);
  text_ = std::move(text);
}

void MetricsEndpoint::answer(const net::ServerRequest& request, net::ServerResponse& response) {
  const bool known = request.path == "/metrics";
  if (!known || (request.method != "GET" && request.method != "HEAD")) {
    response.status = known ? 405 : 404;
    response.add_field("Content-Type", "text/plain; charset=utf-8");
    if (known) response.add_field("Allow", "GET, HEAD");
    response.body = known ? "only GET\n" : "the metrics are at /metrics\n";
    return;
  }
  response.add_field("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  response.add_field("Cache-Control", "no-store");
  if (request.method == "HEAD") return;
  const std::scoped_lock lock(mutex_);
  response.body = text_;
}

}  // namespace assay::load

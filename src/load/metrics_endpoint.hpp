// The metrics of a run over HTTP for Prometheus to fetch: a thread of its own that hands out the last text it was given, and
// touches nothing else of the run.
#pragma once
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/failure.hpp"
#include "net/server.hpp"

namespace assay::load {

// "127.0.0.1:9464", "[::1]:0", "0.0.0.0:9464"
std::expected<std::pair<std::string, std::uint16_t>, std::string> parse_address(const std::string& text);

class MetricsEndpoint {
 public:
  // Port 0: any free one; see url().
  static std::expected<std::unique_ptr<MetricsEndpoint>, base::Failure> start(const std::string& address,
                                                                              std::uint16_t port);

  void publish(std::string text);
  const std::string& url() const { return url_; }

 private:
  void answer(const net::ServerRequest& request, net::ServerResponse& response);

  std::mutex mutex_;
  std::string text_;
  std::string url_;
  std::unique_ptr<net::Server> server_;  // last: its thread uses the others
};

}  // namespace assay::load

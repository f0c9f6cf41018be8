// A small HTTP/1.1 server for the bundled provider: one thread and one io_context per core, SO_REUSEPORT, keep-alive
// and pipelining, own framing of requests. A handler is a plain function of a request; it runs on any of the threads.
#pragma once
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"
#include "net/answer.hpp"

namespace assay::net {

// Views are valid during the handler's call only.
struct ServerRequest {
  std::string_view method;
  std::string_view target;  // as sent: path and query
  std::string_view path;    // before "?"; not decoded
  std::string_view query;   // after "?"
  std::string_view body;    // chunked coding removed
  std::vector<HeaderField> fields;

  std::optional<std::string_view> header(std::string_view name) const;  // the first; ASCII case ignored
};

// Deliberate misbehaviour on the wire, for defects.
enum class WireFault : std::uint8_t {
  none,
  close_without_answer,  // closes the connection instead of answering
  truncate_body,         // announces the whole body, sends half, closes
};

struct ServerResponse {
  int status = 200;
  std::string fields;  // header lines, each with its CRLF; Content-Length, Date and Connection are added
  std::string body;
  WireFault fault = WireFault::none;
  std::chrono::microseconds delay{0};  // waits this long (without blocking the thread) before the answer is sent

  void add_field(std::string_view name, std::string_view value);
  void clear();  // for reuse; keeps capacity
};

using Handler = std::function<void(const ServerRequest&, ServerResponse&)>;

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one
  unsigned threads = 0;    // 0: one per core
  std::size_t max_head = 64 * 1024;
  std::size_t max_body = 1024 * 1024;
  std::size_t max_connections = 20'000;     // per server; for one more, the one that idles longest is closed
  std::size_t max_held = 64 * 1024 * 1024;  // bytes in all connections' buffers; beyond it the fullest are closed
  std::chrono::seconds idle_timeout{75};    // also bounds how slowly one request may arrive
  std::string certificate_file, private_key_file;  // PEM; both empty: plain HTTP
};

class Server {
 public:
  // Binds and starts the threads. The handler must be safe to call from all of them at once; what it throws becomes
  // 500.
  static std::expected<std::unique_ptr<Server>, base::Failure> start(const ServerOptions& options, Handler handler);
  virtual ~Server() = default;  // stops
  virtual std::uint16_t port() const = 0;
  // Closes the listener, lets requests under way finish for at most `grace`, then closes everything. Idempotent.
  virtual void stop(std::chrono::milliseconds grace = std::chrono::milliseconds(500)) = 0;
};

}  // namespace assay::net

// What the engine needs of the network: send these bytes to that origin, give me the answer. net::Client is the real
// one, tests/support has a scripted one.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/answer.hpp"
#include "net/awaitable.hpp"

namespace assay::net {

struct Origin {
  bool tls = false;
  std::string host;  // name or address, IPv6 without brackets
  std::uint16_t port = 80;

  bool operator==(const Origin&) const = default;
};

class Transport {
 public:
  virtual ~Transport() = default;
  // Sends `request`, one complete HTTP/1.1 request, to `origin` and reads one response into `answer`. Never throws for
  // what the peer does: the outcome is in `answer`. `request` and `origin` must outlive the call.
  virtual awaitable<void> exchange(const Origin& origin, std::string_view request, Answer& answer) = 0;
  // Closes every connection; the next exchange opens a new one.
  virtual void close_connections() = 0;
};

// Where time comes from. Against the bundled mock in process, waiting moves the mock's clock and takes no time.
class Timekeeper {
 public:
  virtual ~Timekeeper() = default;
  virtual awaitable<void> wait(std::chrono::nanoseconds duration) = 0;
  // The time of day that goes with wait().
  virtual std::chrono::system_clock::time_point now() const = 0;
  // Whether wait() takes real time.
  virtual bool real() const = 0;
};

}  // namespace assay::net

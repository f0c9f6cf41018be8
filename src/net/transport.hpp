// What the engine needs of the network: send these bytes to that origin, give me the answer. net::Client is the real
// one, tests/support has a scripted one.
#pragma once
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/answer.hpp"
#include "net/awaitable.hpp"

namespace assay::net {

struct Origin {
  bool tls = false;
  std::string host;  // name or address, IPv6 without brackets
  std::uint16_t port = 80;

  bool operator==(const Origin&) const = default;
};

// Whether `host` is among `hosts`, or all of them are allowed because none is named. A loopback address stands for all of this
// machine's.
bool is_among(std::span<const std::string> hosts, std::string_view host);

// How the requests of a wave are let go.
struct WavePlan {
  // Every request has its own new connection and is sent but for its last byte before the first of these bytes is sent. Without,
  // the requests are merely under way at the same time.
  bool hold_last_byte = true;
  // When the last byte of each request is due, relative to the others; may be negative. Empty: all at once.
  std::span<const std::chrono::nanoseconds> offsets{};

  std::chrono::nanoseconds offset(std::size_t index) const {
    return index < offsets.size() ? offsets[index] : std::chrono::nanoseconds{};
  }
};

struct WaveTiming {
  std::vector<SteadyTime> released;  // by request: when its last byte was written; zero: it never was

  // From the first to the last, the planned offsets taken off.
  std::chrono::nanoseconds spread(const WavePlan& plan) const;
};

class Transport {
 public:
  virtual ~Transport() = default;
  // Sends `request`, one complete HTTP/1.1 request, to `origin` and reads one response into `answer`. Never throws for
  // what the peer does: the outcome is in `answer`. `request` and `origin` must outlive the call.
  virtual awaitable<void> exchange(const Origin& origin, std::string_view request, Answer& answer) = 0;
  // Sends `requests` to `origin` so that they arrive together, and reads an answer to each into the `answers` of the same
  // size. Ends when all have ended, each bounded as an exchange is; none waits for an answer to another. All arguments must
  // outlive the call. This default makes ordinary exchanges at the same time.
  virtual awaitable<void> wave(const Origin& origin, std::span<const std::string> requests, const WavePlan& plan,
                               std::span<Answer> answers, WaveTiming& timing);
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
  // Ends every wait under way and all later ones at once: the run is over.
  virtual void interrupt() {}
  // Whether wait() takes real time.
  virtual bool real() const = 0;
};

}  // namespace assay::net

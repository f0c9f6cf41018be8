// One HTTP response as it came off the wire, and how the exchange went. Its buffer is reused from exchange to exchange;
// views into it are valid until the next exchange fills it.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::net {

// How an exchange ended. Everything but `ok` means that there is no complete response.
enum class Outcome : std::uint8_t {
  ok,              // a complete, well-framed response
  resolve_failed,  // the host name has no address
  connect_failed,  // refused, unreachable
  tls_failed,      // handshake or certificate
  timed_out,       // the deadline passed
  closed,          // the server closed before the first byte of a response
  truncated,       // it closed or reset in the middle of a response
  malformed,       // what it sent is not HTTP
  too_large,       // head or body beyond the limit
  cancelled,       // we stopped it
  not_permitted,   // the target's settings do not allow this host
};
std::string_view to_string(Outcome outcome);

// True for what the server did wrong after it was reached (truncated, malformed, too_large).
bool is_server_fault(Outcome outcome);

struct HeaderField {
  std::string_view name;   // as sent
  std::string_view value;  // without surrounding blanks
};

using SteadyTime = std::chrono::steady_clock::time_point;

class Answer {
 public:
  Outcome outcome = Outcome::cancelled;
  std::string detail;  // for outcomes other than ok: what was seen, a lower-case fragment; no secrets
  int status = 0;      // 0 unless a status line was read
  int version = 11;    // 10 or 11
  bool reused_connection = false;
  bool tls_resumed = false;                   // its handshake resumed an earlier TLS session
  bool keep_alive = false;                    // the connection can carry another exchange
  SteadyTime started{};                       // before the first byte was written (after connect and handshake)
  SteadyTime first_byte{};                    // when the first bytes of the response were read
  SteadyTime done{};                          // when the response was complete
  std::chrono::nanoseconds connect_time{};    // resolve and TCP connect; zero on a reused connection
  std::chrono::nanoseconds handshake_time{};  // TLS

  Answer() = default;
  Answer(const Answer& other);  // copies and moves keep views valid: they point into the copy's own buffer
  Answer(Answer&& other) noexcept;
  Answer& operator=(const Answer& other);
  Answer& operator=(Answer&& other) noexcept;
  ~Answer() = default;

  bool ok() const { return outcome == Outcome::ok; }
  // The status line and header lines, with the final empty line, as received.
  std::string_view head() const { return {buffer.data() + head_begin, head_size}; }
  // The body with transfer coding removed. (Content coding, such as gzip, is not removed here.)
  std::string_view body() const { return {buffer.data() + body_begin, body_size}; }
  const std::vector<HeaderField>& fields() const { return fields_; }
  // The first field of that name (ASCII case ignored), or nullopt.
  std::optional<std::string_view> header(std::string_view name) const;
  // Number of fields of that name.
  std::size_t header_count(std::string_view name) const;

  // Forgets everything but the buffer, whose bytes are no longer looked at.
  void clear();
  // For tests and fakes: frames `bytes` as one response that ended by closing the connection; sets outcome.
  void assign(std::string_view bytes);

  // Filled by the framing code; offsets, so that the buffer may grow. Only head() and body() of it have a meaning.
  std::string buffer;
  std::size_t head_begin = 0, head_size = 0, body_begin = 0, body_size = 0;
  std::vector<HeaderField> fields_;
  // Makes the buffer at least that large; views in fields_ follow.
  void reserve(std::size_t size);

 private:
  void copy_scalars(const Answer& other);
};

}  // namespace assay::net

// Incremental framing of HTTP/1.1 responses (RFC 9112) over an Answer's buffer: says where to put the next bytes and
// when the response is complete. The common shape is read here; what is not common goes to Beast's parser. Knows
// nothing of sockets. Internal to src/net.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "net/answer.hpp"
#include "net/chunked.hpp"

namespace assay::net {

struct FieldsResult;
struct FramingFields;
class BeastParser;

struct FramingLimits {
  std::size_t max_head = 64 * 1024;        // bytes, interim responses included
  std::size_t max_body = 4 * 1024 * 1024;  // bytes, decoded
};

class ResponseFramer {
 public:
  enum class Step : std::uint8_t { more, done };

  // `answer` has been cleared and must outlive the framing. `head_request`: the request was HEAD, no body will come.
  ResponseFramer(Answer& answer, bool head_request, FramingLimits limits);
  ~ResponseFramer();
  ResponseFramer(const ResponseFramer&) = delete;
  ResponseFramer& operator=(const ResponseFramer&) = delete;

  // Where to put the next bytes; never empty. Allocates only when the buffer is full.
  std::span<char> room();
  // `size` bytes were put into room(). After `done`, outcome and detail of the answer are set.
  Step received(std::size_t size);
  // The peer sent its end (`clean`) or broke the connection: the answer gets the outcome ok, truncated, closed or
  // malformed.
  void closed(bool clean);

  bool any_byte() const { return filled_ > 0; }
  // Reads with Beast from the first byte: for tests and fuzzing, where both readers must agree.
  void force_beast();

 private:
  enum class Stage : std::uint8_t { head, length, chunked, until_close, beast };

  Step read_head();
  Step read_body();
  Step read_with_beast();
  bool accept_head(std::string_view line, const FieldsResult& fields, const FramingFields& framing);
  Step finish(std::size_t end);
  Step fail(Outcome outcome, std::string_view detail);
  // What is wrong with the beginning of what came, or nullptr.
  const char* fault_of_start() const;

  Answer& answer_;
  FramingLimits limits_;
  std::size_t message_begin_ = 0;  // behind interim responses
  std::size_t filled_ = 0;         // bytes of the buffer that were received
  std::size_t scanned_ = 0;
  std::size_t body_end_ = 0, raw_ = 0;
  std::size_t length_ = 0;
  ChunkedBody chunks_;
  Stage stage_ = Stage::head;
  bool head_request_;
  std::unique_ptr<BeastParser> beast_;
};

}  // namespace assay::net

// Reads HTTP/1.1 requests (RFC 9112) out of one connection's reused buffer, one after the other, pipelined or in
// pieces. Knows nothing of sockets. Internal to src/net.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "net/chunked.hpp"
#include "net/fields.hpp"
#include "net/server.hpp"

namespace assay::net {

class RequestFramer {
 public:
  enum class Step : std::uint8_t { need_more, ready, refuse };

  RequestFramer(std::size_t max_head, std::size_t max_body) : max_head_(max_head), max_body_(max_body) {}

  // Where to put the next received bytes; never empty. Views of a request that was ready are no longer valid.
  std::span<char> room();
  void received(std::size_t size) { end_ += size; }

  // ready: `request` is complete, its views are valid until room(); refuse: see refusal().
  Step next(ServerRequest& request);

  bool keep_alive() const { return keep_alive_; }  // of the request that was ready
  int version() const { return version_; }         // 10 or 11
  bool is_head() const { return is_head_; }
  int refusal() const { return refusal_; }      // the status to answer with before closing
  bool idle() const { return begin_ == end_; }  // no byte of a further request is there
  std::size_t capacity() const { return buffer_.capacity(); }
  // True once per request whose client waits for "100 Continue".
  bool take_expectation();

 private:
  enum class Stage : std::uint8_t { head, length, chunked };

  Step refuse(int status);
  Step read_head(ServerRequest& request);
  bool parse_head(ServerRequest& request);
  Step finish(ServerRequest& request, std::size_t body_end, std::size_t next_begin);

  std::size_t max_head_, max_body_;
  std::string buffer_;
  std::size_t begin_ = 0, end_ = 0;  // what was received and not consumed
  std::size_t scanned_ = 0;          // up to here there is no end of a head
  std::size_t body_begin_ = 0, body_end_ = 0, raw_ = 0;
  std::size_t length_ = 0;
  ChunkedBody chunks_;
  FramingFields framing_;
  Stage stage_ = Stage::head;
  bool views_stale_ = false;
  bool keep_alive_ = false, is_head_ = false, expects_continue_ = false;
  int version_ = 11;
  int refusal_ = 0;
};

}  // namespace assay::net

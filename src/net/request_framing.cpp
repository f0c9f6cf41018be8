// Strict where leniency would let two readers of one message disagree (RFC 9112 section 11.2).
#include "net/request_framing.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace assay::net {
namespace {

constexpr std::size_t first_size = 2048;
constexpr std::size_t keep_size = 64 * 1024;  // a larger buffer is given back when the connection idles

void set_target(ServerRequest& request, std::string_view target) {
  request.target = target;
  std::string_view rest = target;
  // Absolute form, RFC 9112 section 3.2.2: the path begins after the authority.
  if (!rest.starts_with('/'))
    if (const std::size_t scheme = rest.find("://"); scheme != std::string_view::npos)
      rest.remove_prefix(std::min(rest.find_first_of("/?", scheme + 3), rest.size()));
  const std::size_t question = rest.find('?');
  request.path = rest.substr(0, question);
  request.query = question == std::string_view::npos ? std::string_view() : rest.substr(question + 1);
}

}  // namespace

std::span<char> RequestFramer::room() {
  views_stale_ = true;
  if (begin_ == end_ && stage_ == Stage::head) {
    begin_ = end_ = scanned_ = 0;
    if (buffer_.size() > keep_size) {
      buffer_.resize(first_size);
      buffer_.shrink_to_fit();
    }
  }
  if (buffer_.size() - end_ < 512 && begin_ > 0 && stage_ == Stage::head) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    scanned_ -= begin_;
    begin_ = 0;
  }
  // What is announced costs its sender nothing: there is room for what came, and as much again.
  const std::size_t expected = stage_ == Stage::length ? std::min(body_begin_ + length_, 2 * end_) : 0;
  if (buffer_.size() - end_ < 256 || buffer_.size() < expected)
    buffer_.resize(std::max({first_size, buffer_.size() * 2, expected}));
  return {buffer_.data() + end_, buffer_.size() - end_};
}

RequestFramer::Step RequestFramer::refuse(int status) {
  refusal_ = status;
  keep_alive_ = false;
  return Step::refuse;
}

bool RequestFramer::take_expectation() { return std::exchange(expects_continue_, false); }

RequestFramer::Step RequestFramer::next(ServerRequest& request) {
  if (stage_ == Stage::head)
    if (const Step step = read_head(request); step != Step::ready) return step;
  if (stage_ == Stage::length) {
    if (end_ - body_begin_ < length_) return Step::need_more;
    return finish(request, body_begin_ + length_, body_begin_ + length_);
  }
  switch (chunks_.advance(buffer_.data(), raw_, end_, body_end_)) {
    case ChunkedBody::State::more: end_ = raw_ = body_end_; return Step::need_more;
    case ChunkedBody::State::done: return finish(request, body_end_, raw_);
    case ChunkedBody::State::too_large: return refuse(413);
    case ChunkedBody::State::malformed: break;
  }
  return refuse(400);
}

RequestFramer::Step RequestFramer::read_head(ServerRequest& request) {
  // RFC 9112 section 2.2: ignore empty lines before the request line.
  while (end_ - begin_ >= 2 && buffer_[begin_] == '\r' && buffer_[begin_ + 1] == '\n') begin_ += 2;
  const std::string_view data(buffer_.data() + begin_, end_ - begin_);
  const std::size_t size = find_head_end(data, std::max(scanned_, begin_) - begin_);
  if (size == std::string_view::npos ? data.size() > max_head_ : size > max_head_) return refuse(431);
  if (size == std::string_view::npos) {
    scanned_ = end_;
    return Step::need_more;
  }
  body_begin_ = begin_ + size;
  if (!parse_head(request)) return refuse(refusal_);
  views_stale_ = false;
  expects_continue_ = false;
  if (framing_.chunked) {
    stage_ = Stage::chunked;
    raw_ = body_end_ = body_begin_;
    chunks_.reset(max_body_);
  } else {
    stage_ = Stage::length;
    if (framing_.length > max_body_) return refuse(413);
    length_ = static_cast<std::size_t>(framing_.length);
  }
  if (framing_.expect_continue && version_ == 11 && end_ == body_begin_ && (framing_.chunked || length_ > 0))
    expects_continue_ = true;
  return Step::ready;
}

bool RequestFramer::parse_head(ServerRequest& request) {
  framing_ = {};
  request.fields.clear();
  request.body = {};
  const std::string_view head(buffer_.data() + begin_, body_begin_ - begin_);
  std::string_view line;
  refusal_ = 400;
  if (net::parse_head(head, line, request.fields, framing_).fault != FieldsFault::none) return false;
  const std::size_t method_end = line.find(' ');
  if (method_end == std::string_view::npos || method_end == 0) return false;
  const std::size_t target_end = line.find(' ', method_end + 1);
  if (target_end == std::string_view::npos || target_end == method_end + 1) return false;
  request.method = line.substr(0, method_end);
  if (!std::all_of(request.method.begin(), request.method.end(), is_token_char)) return false;
  const std::string_view target = line.substr(method_end + 1, target_end - method_end - 1);
  if (!std::all_of(target.begin(), target.end(),
                   [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; }))
    return false;
  const std::string_view version = line.substr(target_end + 1);
  if (version == "HTTP/1.1") version_ = 11;
  else if (version == "HTTP/1.0") version_ = 10;
  else {
    if (version.size() == 8 && version.starts_with("HTTP/")) refusal_ = 505;
    return false;
  }
  set_target(request, target);
  if (framing_.hosts > 1 || (framing_.hosts == 0 && version_ == 11)) return false;  // RFC 9112 section 3.2
  if (framing_.length_conflict || framing_.coding_broken) return false;
  if (framing_.has_coding) {
    // Both together are how requests are smuggled (RFC 9112 section 6.1).
    if (framing_.has_length || version_ == 10 || !framing_.chunked) return false;
    if (!framing_.only_chunked) {
      refusal_ = 501;
      return false;
    }
  }
  keep_alive_ = version_ == 11 ? !framing_.close : framing_.keep_alive && !framing_.close;
  is_head_ = request.method == "HEAD";
  return true;
}

RequestFramer::Step RequestFramer::finish(ServerRequest& request, std::size_t body_end, std::size_t next_begin) {
  // The views of a request that came in pieces may point into a buffer that has grown, or belong to another connection.
  if (views_stale_) parse_head(request);
  request.body = std::string_view(buffer_.data() + body_begin_, body_end - body_begin_);
  stage_ = Stage::head;
  expects_continue_ = false;
  begin_ = scanned_ = next_begin;
  return Step::ready;
}

}  // namespace assay::net

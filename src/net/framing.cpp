// The common shape allocates nothing: one search for the end of the head, one pass over its lines, then counting bytes.
#include "net/framing.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "net/beast_parser.hpp"
#include "net/fields.hpp"

namespace assay::net {
namespace {

constexpr std::size_t first_size = 1024;  // of a buffer, which doubles and stays as large as its answers were
constexpr std::string_view start = "HTTP/1.";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

ResponseFramer::ResponseFramer(Answer& answer, bool head_request, FramingLimits limits)
    : answer_(answer), limits_(limits), head_request_(head_request) {}

ResponseFramer::~ResponseFramer() = default;

void ResponseFramer::force_beast() {
  stage_ = Stage::beast;
  beast_ = std::make_unique<BeastParser>(head_request_, limits_);
}

std::span<char> ResponseFramer::room() {
  if (answer_.buffer.size() - filled_ < 256) answer_.reserve(std::max(first_size, answer_.buffer.size() * 2));
  return {answer_.buffer.data() + filled_, answer_.buffer.size() - filled_};
}

ResponseFramer::Step ResponseFramer::received(std::size_t size) {
  filled_ += size;
  if (stage_ == Stage::head) return read_head();
  return stage_ == Stage::beast ? read_with_beast() : read_body();
}

ResponseFramer::Step ResponseFramer::fail(Outcome outcome, std::string_view detail) {
  answer_.outcome = outcome;
  answer_.detail = detail;
  answer_.keep_alive = false;
  return Step::done;
}

ResponseFramer::Step ResponseFramer::finish(std::size_t end) {
  answer_.outcome = Outcome::ok;
  if (end < filled_) answer_.keep_alive = false;  // bytes that nobody asked for: where would the next response begin?
  return Step::done;
}

const char* ResponseFramer::fault_of_start() const {
  const std::string_view data(answer_.buffer.data() + message_begin_, filled_ - message_begin_);
  if (data.substr(0, start.size()) == start.substr(0, data.size())) return nullptr;
  return data.starts_with("HTTP/") ? "a response of another HTTP version"
                                   : "something that does not begin like an HTTP/1.1 response";
}

ResponseFramer::Step ResponseFramer::read_head() {
  for (;;) {
    const std::string_view data(answer_.buffer.data() + message_begin_, filled_ - message_begin_);
    // The whole head is there, mostly; else its lines are read when its end has come.
    std::string_view line;
    FramingFields framing;
    FieldsResult fields{.fault = FieldsFault::without_end};
    if (scanned_ == 0) fields = parse_head(data, line, answer_.fields_, framing);
    const bool whole = fields.fault == FieldsFault::none;
    const std::size_t size = whole ? fields.size : find_head_end(data, scanned_);
    if (!whole) answer_.fields_.clear();
    answer_.head_begin = message_begin_;
    answer_.head_size = std::min(size, data.size());
    if (const char* fault = fault_of_start()) return fail(Outcome::malformed, fault);
    if (message_begin_ + answer_.head_size > limits_.max_head)
      return fail(Outcome::too_large, fmt::format("a head of more than {} bytes", limits_.max_head));
    if (size == std::string_view::npos) {
      if (data.find("\n\n", scanned_ == 0 ? 0 : scanned_ - 1) != std::string_view::npos)
        return fail(Outcome::malformed, "header lines that end with LF alone");
      scanned_ = data.size();
      return Step::more;
    }
    body_end_ = raw_ = answer_.body_begin = message_begin_ + size;
    if (!whole) {
      framing = {};
      fields = parse_head(data.substr(0, size), line, answer_.fields_, framing);
    }
    if (!accept_head(line, fields, framing)) return stage_ == Stage::beast ? read_with_beast() : Step::done;
    // RFC 9112 section 9.2, RFC 9110 section 15.2: interim responses precede the final one; 101 would be a final one.
    if (answer_.status / 100 != 1 || answer_.status == 101) return read_body();
    message_begin_ += size;
    scanned_ = 0;
    answer_.fields_.clear();
    stage_ = Stage::head;
    if (message_begin_ == filled_) return Step::more;
  }
}

// Sets status, fields, keep_alive and how the body ends; false when the answer was refused or is one for Beast.
bool ResponseFramer::accept_head(std::string_view line, const FieldsResult& fields, const FramingFields& framing) {
  const bool common = line.size() >= 12 && (line[7] == '1' || line[7] == '0') && line[8] == ' ' && is_digit(line[9]) &&
                      is_digit(line[10]) && is_digit(line[11]) && (line.size() == 12 || line[12] == ' ');
  if (common) {
    answer_.version = line[7] == '1' ? 11 : 10;
    answer_.status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  }
  if (fields.fault == FieldsFault::malformed || fields.fault == FieldsFault::without_end) {
    fail(Outcome::malformed, fields.why);
    return false;
  }
  if (!common || fields.fault == FieldsFault::folded) {
    answer_.fields_.clear();
    force_beast();
    return false;
  }
  if (framing.coding_broken) {
    fail(Outcome::malformed, "a Transfer-Encoding that is not a list of codings");
    return false;
  }
  answer_.keep_alive = answer_.version == 11 ? !framing.close : framing.keep_alive && !framing.close;
  // RFC 9112 section 6.3, in its order.
  if (head_request_ || answer_.status / 100 == 1 || answer_.status == 204 || answer_.status == 304) {
    stage_ = Stage::length;
    length_ = 0;
  } else if (framing.has_coding) {
    // With Content-Length beside it, or in HTTP/1.0, somebody on the way may have read it differently: never reuse.
    if (framing.has_length || answer_.version == 10) answer_.keep_alive = false;
    stage_ = framing.chunked ? Stage::chunked : Stage::until_close;
    chunks_.reset(limits_.max_body);
  } else if (framing.has_length) {
    if (framing.length_conflict) {
      fail(Outcome::malformed, "a Content-Length that is not one number");
      return false;
    }
    if (framing.length > limits_.max_body) {
      answer_.body_size = std::min(filled_ - answer_.body_begin, limits_.max_body);
      fail(Outcome::too_large,
           fmt::format("a body of {} bytes, where at most {} are read", framing.length, limits_.max_body));
      return false;
    }
    stage_ = Stage::length;
    length_ = static_cast<std::size_t>(framing.length);
  } else {
    stage_ = Stage::until_close;
  }
  if (stage_ == Stage::until_close) answer_.keep_alive = false;
  return true;
}

ResponseFramer::Step ResponseFramer::read_body() {
  if (stage_ == Stage::length) {
    answer_.body_size = std::min(filled_ - answer_.body_begin, length_);
    return answer_.body_size == length_ ? finish(answer_.body_begin + length_) : Step::more;
  }
  if (stage_ == Stage::until_close) {
    answer_.body_size = std::min(filled_ - answer_.body_begin, limits_.max_body);
    if (filled_ - answer_.body_begin <= limits_.max_body) return Step::more;
    return fail(Outcome::too_large, fmt::format("a body of more than {} bytes", limits_.max_body));
  }
  const ChunkedBody::State state = chunks_.advance(answer_.buffer.data(), raw_, filled_, body_end_);
  answer_.body_size = body_end_ - answer_.body_begin;
  switch (state) {
    case ChunkedBody::State::more: filled_ = raw_ = body_end_; return Step::more;
    case ChunkedBody::State::done: return finish(raw_);
    case ChunkedBody::State::too_large:
      return fail(Outcome::too_large, fmt::format("a body of more than {} bytes", limits_.max_body));
    case ChunkedBody::State::malformed: break;
  }
  return fail(Outcome::malformed, "a chunked body whose framing is broken");
}

// Bytes that Beast has consumed are dropped from the buffer, but for the head.
ResponseFramer::Step ResponseFramer::read_with_beast() {
  for (;;) {
    const std::size_t from = message_begin_ + beast_->head_consumed();
    std::size_t consumed = 0;
    const BeastParser::State state = beast_->put({answer_.buffer.data() + from, filled_ - from}, consumed);
    const std::size_t head_end = message_begin_ + beast_->head_size();
    const std::size_t rest = from + consumed;
    const std::size_t rest_size = filled_ - rest;
    answer_.head_begin = message_begin_;
    answer_.head_size = beast_->head_size();
    if (state == BeastParser::State::malformed) return fail(Outcome::malformed, beast_->why());
    if (state == BeastParser::State::too_large || (beast_->head_size() == 0 && filled_ > limits_.max_head)) {
      if (beast_->head_size() > 0) beast_->fill(answer_);
      return fail(Outcome::too_large, beast_->head_size() > 0
                                          ? fmt::format("a body of more than {} bytes", limits_.max_body)
                                          : fmt::format("a head of more than {} bytes", limits_.max_head));
    }
    if (state == BeastParser::State::more) {
      if (beast_->head_size() == 0) return Step::more;
      std::memmove(answer_.buffer.data() + head_end, answer_.buffer.data() + rest, rest_size);
      filled_ = head_end + rest_size;
      return Step::more;
    }
    const bool stray = rest_size > 0;
    const std::string following(answer_.buffer.data() + rest, rest_size);
    beast_->fill(answer_);
    if (answer_.status / 100 != 1 || answer_.status == 101) {
      answer_.outcome = Outcome::ok;
      if (stray) answer_.keep_alive = false;
      return Step::done;
    }
    // An interim response: the final one is read from where it ended, again with the common reader first.
    answer_.fields_.clear();
    answer_.body_size = 0;
    answer_.reserve(head_end + rest_size);
    following.copy(answer_.buffer.data() + head_end, rest_size);
    message_begin_ = head_end;
    filled_ = head_end + rest_size;
    scanned_ = 0;
    force_beast();
    if (filled_ == message_begin_) return Step::more;
  }
}

void ResponseFramer::closed(bool clean) {
  const auto how = clean ? "closed" : "reset";
  switch (stage_) {
    case Stage::head:
      if (filled_ == 0) fail(Outcome::closed, fmt::format("{} before a response", how));
      else fail(Outcome::truncated, fmt::format("{} in the head of the response, after {} bytes", how, filled_));
      return;
    case Stage::until_close:
      if (clean) answer_.outcome = Outcome::ok;
      else
        fail(Outcome::truncated,
             fmt::format("reset after {} bytes of a body without announced length", answer_.body_size));
      return;
    case Stage::length:
      fail(Outcome::truncated, fmt::format("{} after {} of {} bytes of the body", how, answer_.body_size, length_));
      return;
    case Stage::chunked:
      fail(Outcome::truncated,
           fmt::format("{} after {} bytes of a chunked body, before its end", how, answer_.body_size));
      return;
    case Stage::beast: break;
  }
  if (filled_ == 0) {
    fail(Outcome::closed, fmt::format("{} before a response", how));
    return;
  }
  const BeastParser::State state = beast_->head_size() > 0 && clean ? beast_->finish() : BeastParser::State::truncated;
  if (beast_->head_size() > 0) beast_->fill(answer_);
  if (state == BeastParser::State::done) {
    answer_.outcome = Outcome::ok;
    answer_.keep_alive = false;
  } else if (state == BeastParser::State::malformed) {
    fail(Outcome::malformed, beast_->why());
  } else {
    fail(Outcome::truncated, fmt::format("{} in the middle of the response", how));
  }
}

void Answer::assign(std::string_view bytes) {
  clear();
  ResponseFramer framer(*this, false, {.max_head = bytes.size() + 1, .max_body = bytes.size() + 1});
  while (!bytes.empty()) {
    const std::span<char> room = framer.room();
    const std::size_t size = bytes.copy(room.data(), room.size());
    bytes.remove_prefix(size);
    if (framer.received(size) == ResponseFramer::Step::done) {
      keep_alive = keep_alive && bytes.empty();
      return;
    }
  }
  framer.closed(true);
}

}  // namespace assay::net

// The only file that includes Beast.
#include "net/beast_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <utility>
#include <vector>

namespace assay::net {

namespace http = boost::beast::http;

struct BeastParser::Reader {
  http::response_parser<http::string_body> parser;
  boost::system::error_code error;
  std::size_t head_consumed = 0;
  std::vector<std::pair<std::string, std::string>>
      fields;  // of the head; Beast adds trailers to its own (RFC 9110 section 6.5.1)
  std::string why;
};

BeastParser::BeastParser(bool head_request, FramingLimits limits) : reader_(std::make_unique<Reader>()) {
  reader_->parser.header_limit(static_cast<std::uint32_t>(limits.max_head));
  reader_->parser.body_limit(limits.max_body);
  reader_->parser.skip(head_request);
}

BeastParser::~BeastParser() = default;

// The smallest rest of a chunked body: "0", and two line ends. With four bytes of it Beast asserts that there are five.
constexpr std::size_t smallest_end = 5;

BeastParser::State BeastParser::put(std::string_view data, std::size_t& consumed) {
  auto& parser = reader_->parser;
  while (!parser.is_done()) {
    // The head alone first: its end is the only thing Beast does not tell once body bytes follow.
    const bool had_head = parser.is_header_done();
    if (had_head && parser.chunked() && data.size() < smallest_end) return State::more;
    parser.eager(had_head);
    const std::size_t size = parser.put(boost::asio::buffer(data.data(), data.size()), reader_->error);
    data.remove_prefix(size);
    consumed += size;
    if (!had_head) reader_->head_consumed += size;
    if (!had_head && parser.is_header_done())
      for (const auto& field : parser.get())
        reader_->fields.emplace_back(std::string_view(field.name_string()), std::string_view(field.value()));
    if (reader_->error == http::error::need_more) return State::more;
    if (reader_->error == http::error::body_limit || reader_->error == http::error::header_limit)
      return State::too_large;
    if (reader_->error) {
      reader_->why = reader_->error.message();
      return State::malformed;
    }
    if (data.empty() && !parser.is_done()) return State::more;
  }
  return State::done;
}

BeastParser::State BeastParser::finish() {
  reader_->parser.put_eof(reader_->error);
  if (!reader_->error) return State::done;
  if (reader_->error == http::error::partial_message) return State::truncated;
  reader_->why = reader_->error.message();
  return State::malformed;
}

std::size_t BeastParser::head_size() const { return reader_->parser.is_header_done() ? reader_->head_consumed : 0; }

std::size_t BeastParser::head_consumed() const { return reader_->head_consumed; }

const char* BeastParser::why() const { return reader_->why.c_str(); }

void BeastParser::fill(Answer& answer) const {
  const auto& message = reader_->parser.get();
  answer.status = static_cast<int>(message.result_int());
  answer.version = static_cast<int>(message.version());
  answer.keep_alive = reader_->parser.is_done() && reader_->parser.keep_alive();
  answer.body_begin = answer.head_begin + answer.head_size;
  answer.body_size = message.body().size();
  std::size_t end = answer.body_begin + answer.body_size;
  std::size_t text_size = 0;
  for (const auto& [name, value] : reader_->fields) text_size += name.size() + value.size();
  answer.fields_.clear();
  answer.reserve(end + text_size);
  message.body().copy(answer.buffer.data() + answer.body_begin, answer.body_size);
  const auto add = [&](std::string_view text) {
    char* const place = answer.buffer.data() + end;
    text.copy(place, text.size());
    end += text.size();
    return std::string_view(place, text.size());
  };
  for (const auto& [name, value] : reader_->fields) {
    const std::string_view name_view = add(name);
    answer.fields_.push_back({name_view, add(value)});
  }
}

}  // namespace assay::net

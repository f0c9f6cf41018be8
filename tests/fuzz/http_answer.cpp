// An HTTP answer in pieces, read by our framing and by Beast: what both accept must be the same.
#include "net/framing.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace assay::fuzz {
namespace {

constexpr net::FramingLimits limits{.max_head = 4096, .max_body = 1u << 16};

// Feeds the bytes in pieces of `piece`, then the end of the connection; how many bytes were taken.
std::size_t frame(net::Answer& answer, std::string_view bytes, bool head_request, std::size_t piece, bool beast) {
  answer.clear();
  net::ResponseFramer framer(answer, head_request, limits);
  if (beast) framer.force_beast();
  const auto whole = bytes.size();
  while (!bytes.empty()) {
    const auto room = framer.room();
    require(!room.empty(), "there is room for more");
    const auto size = std::min({room.size(), piece, bytes.size()});
    bytes.copy(room.data(), size);
    bytes.remove_prefix(size);
    if (framer.received(size) == net::ResponseFramer::Step::done) return whole - bytes.size();
  }
  framer.closed(true);
  return whole;
}

void touch(const net::Answer& answer) {
  std::size_t sum = answer.head().size() + answer.body().size();
  for (const auto& field : answer.fields()) {
    for (const char c : field.name) sum += static_cast<unsigned char>(c);
    for (const char c : field.value) sum += static_cast<unsigned char>(c);
  }
  require(sum + 1 > 0, "sums end");
}

void http_answer(std::string_view input) {
  const auto choice = take_byte(input);
  const bool head_request = (choice & 1) != 0;
  const std::size_t piece = (choice & 2) != 0 ? 1 + (choice >> 2) : input.size() + 1;
  net::Answer ours, pieces, beasts;
  frame(ours, input, head_request, input.size() + 1, false);
  touch(ours);
  frame(pieces, input, head_request, piece, false);
  touch(pieces);
  // What it is must not depend on how it arrived. (What comes behind a complete answer may be part of a piece or not.)
  if (ours.ok() || pieces.ok()) {
    require(ours.outcome == pieces.outcome, "pieces give the same outcome");
    require(ours.status == pieces.status && ours.body() == pieces.body(), "pieces give the same answer");
  }
  frame(beasts, input, head_request, input.size() + 1, true);
  touch(beasts);
  if (!ours.ok() || !beasts.ok()) return;
  require(ours.status == beasts.status, "both read the same status");
  require(ours.body() == beasts.body(), "both read the same body");
  require(ours.fields().size() == beasts.fields().size(), "both read the same number of fields");
}

const Target http_answer_target("http_answer", http_answer);

}  // namespace
}  // namespace assay::fuzz

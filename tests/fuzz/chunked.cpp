// The body of a chunked answer, read by our coding and by Beast, whole and byte by byte.
#include "net/framing.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace assay::fuzz {
namespace {

struct Chunked {
  net::Answer answer;
  std::size_t taken = 0;

  Chunked(std::string_view body, std::size_t piece, bool beast) {
    answer.clear();
    net::ResponseFramer framer(answer, false, {.max_head = 1024, .max_body = 4096});
    if (beast) framer.force_beast();
    auto bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(body);
    while (taken < bytes.size()) {
      const auto room = framer.room();
      const auto size = bytes.copy(room.data(), std::min(room.size(), piece), taken);
      taken += size;
      if (framer.received(size) == net::ResponseFramer::Step::done) return;
    }
    framer.closed(true);
  }
};

void chunked(std::string_view input) {
  const Chunked whole(input, input.size() + 1024, false), bytes(input, 1, false),
      beasts(input, input.size() + 1024, true);
  require(whole.answer.outcome == bytes.answer.outcome, "pieces give the same outcome");
  require(whole.answer.body() == bytes.answer.body(), "pieces give the same body");
  require(whole.answer.body().size() <= 4096, "a body keeps to its limit");
  if (whole.answer.ok() && beasts.answer.ok())
    require(whole.answer.body() == beasts.answer.body(), "Beast reads the same body");
  // Ours is stricter about line ends and blanks, and never takes what Beast does not, but for what stands in trailers and
  // extensions, which it drops unread.
  if (whole.answer.ok() && !beasts.answer.ok())
    require(input.contains(';') || input.contains(':') || input.contains("0\r\n"), "Beast agrees");
}

const Target chunked_target("chunked", chunked);

}  // namespace
}  // namespace assay::fuzz

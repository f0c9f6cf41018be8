#include "engine/browser_body.hpp"

#include <zlib.h>

#include "base/text.hpp"

namespace assay::engine {
namespace {

// `window` as zlib's inflateInit2 has it: 15 + 32 reads gzip and zlib, -15 reads bare deflate.
std::optional<std::string> inflate_all(std::string_view body, int window, std::size_t limit) {
  z_stream stream{};
  if (inflateInit2(&stream, window) != Z_OK) return std::nullopt;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  std::string out;
  int result = Z_OK;
  while (result == Z_OK && out.size() <= limit) {
    const auto had = out.size();
    const std::size_t room = 64 * 1024;
    out.resize(had + room);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + had);
    stream.avail_out = static_cast<uInt>(room);
    result = inflate(&stream, Z_NO_FLUSH);
    out.resize(had + room - stream.avail_out);
  }
  inflateEnd(&stream);
  if (result != Z_STREAM_END || out.size() > limit) return std::nullopt;
  return out;
}

}  // namespace

std::optional<std::string> decoded_body(std::string_view body, std::string_view coding, std::size_t limit) {
  coding = base::trim(coding);
  if (coding.empty() || base::equals_ignoring_case(coding, "identity")) return std::string(body.substr(0, limit));
  const bool gzip = base::equals_ignoring_case(coding, "gzip") || base::equals_ignoring_case(coding, "x-gzip");
  if (!gzip && !base::equals_ignoring_case(coding, "deflate")) return std::nullopt;
  if (auto out = inflate_all(body, 15 + 32, limit)) return out;
  if (gzip) return std::nullopt;
  return inflate_all(body, -15, limit);  // servers that take "deflate" at its word
}

}  // namespace assay::engine

// Compressed bodies of pages. The first byte chooses the coding.
#include "engine/browser_body.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace assay::fuzz {
namespace {

void content_coding(std::string_view input) {
  static constexpr std::string_view codings[] = {"gzip", "deflate", "x-gzip", "identity"};
  const auto coding = codings[take_byte(input) % 4];
  if (const auto body = engine::decoded_body(input, coding, 1u << 16))
    require(body->size() <= 1u << 16, "no bomb goes off");
  require(!engine::decoded_body(input, "br"), "other codings are not guessed at");
}

const Target content_coding_target("content_coding", content_coding);

}  // namespace
}  // namespace assay::fuzz

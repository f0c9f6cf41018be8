// The text of a page out of the body of an answer: takes off a content coding that we did not ask for. Pure and bounded.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace assay::engine {

// `body` decoded by `coding`, the value of Content-Encoding: "" or "identity", "gzip", "x-gzip", "deflate". nullopt for other
// codings, broken data, or more than `limit` bytes of text.
std::optional<std::string> decoded_body(std::string_view body, std::string_view coding, std::size_t limit = 4u << 20);

}  // namespace assay::engine

// A recorded request or response in parts that are fit to be shown: redacted as a whole first, then taken apart and cut.
// Internal to report/.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "record/redaction.hpp"

namespace assay::report {

struct HttpMessage {
  std::string first;  // request or status line
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  // The words of the first line; the last of three goes to the line's end ("Bad Request").
  std::string part(std::size_t index) const;
};

HttpMessage http_message(const record::Redactor& redactor, std::string_view raw);

}  // namespace assay::report

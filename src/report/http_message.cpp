// Takes a message apart. Lenient: what a hostile server sent must come out as some text.
#include "report/http_message.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "report/view.hpp"

namespace assay::report {
namespace {

constexpr std::size_t kHeaders = 60, kHeaderSize = 2048, kBodySize = 8192;

}  // namespace

std::string HttpMessage::part(std::size_t index) const {
  std::string_view rest = first;
  for (std::size_t i = 0; i < index; ++i) {
    const auto blank = rest.find(' ');
    rest.remove_prefix(blank == std::string_view::npos ? rest.size() : blank + 1);
  }
  return std::string(index < 2 ? rest.substr(0, rest.find(' ')) : rest);
}

HttpMessage http_message(const record::Redactor& redactor, std::string_view raw) {
  const auto safe = redactor.redact(raw);
  std::string_view rest = safe;
  HttpMessage out;
  const auto line = [&] {
    const auto end = std::min(rest.find('\n'), rest.size());
    auto text = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (text.ends_with('\r')) text.remove_suffix(1);
    return text;
  };
  out.first = base::printable(line(), kHeaderSize);
  while (!rest.empty()) {
    const auto text = line();
    if (text.empty()) break;
    if (out.headers.size() == kHeaders) continue;
    const auto colon = std::min(text.find(':'), text.size());
    out.headers.emplace_back(base::printable(text.substr(0, colon), 200),
                             base::printable(base::trim(text.substr(std::min(colon + 1, text.size()))), kHeaderSize));
  }
  const auto body = shown_lines(redactor, rest, kBodySize);
  for (const auto& one : body.lines) out.body += (out.body.empty() ? "" : "\n") + one;
  if (body.cut) out.body += "\n…";
  return out;
}

}  // namespace assay::report

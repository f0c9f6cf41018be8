#include "oauth/request.hpp"

#include <charconv>

#include "version.hpp"

namespace assay::oauth {

std::string request_head(std::string_view method, const base::Url& url, std::string_view target,
                         std::string_view accept) {
  std::string out;  // `target` is the URL's own, in which base::parse_url leaves no blanks and line ends
  out.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: ").append(url.authority());
  out.append("\r\nUser-Agent: assay/" ASSAY_VERSION "\r\n");
  if (!accept.empty()) append_field(out, "Accept", accept);
  return out;
}

void append_field(std::string& head, std::string_view name, std::string_view value) {
  const auto append = [&](std::string_view text) {
    for (const char c : text)
      if (c != '\r' && c != '\n') head += c;
  };
  append(name);
  head.append(": ");
  append(value);
  head.append("\r\n");
}

void append_body(std::string& request, std::string_view body) {
  char digits[20];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, body.size());
  request.append("Content-Length: ").append(digits, end).append("\r\n\r\n").append(body);
}

}  // namespace assay::oauth

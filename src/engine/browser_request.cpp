#include "engine/browser_request.hpp"

#include "version.hpp"

namespace assay::engine {
namespace {

// What a URL may not hold on the request line, escaped as browsers do (WHATWG URL, "query percent-encode set").
void append_target(std::string& out, std::string_view target) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (const char c : target) {
    const auto u = static_cast<unsigned char>(c);
    if (u > 0x20 && u < 0x7F && c != '"' && c != '<' && c != '>') {
      out += c;
      continue;
    }
    out += '%';
    out += digits[u >> 4];
    out += digits[u & 15];
  }
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

void write_browser_request(std::string& out, const BrowserRequest& request, const net::CookieJar& cookies,
                           net::CookieJar::Time now) {
  out.assign(request.post ? "POST " : "GET ");
  append_target(out, request.url.target());
  out.append(" HTTP/1.1\r\n");
  append_field(out, "Host", request.url.authority());
  append_field(out, "User-Agent", "assay/" ASSAY_VERSION);
  append_field(out, "Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
  append_field(out, "Accept-Language", "en");
  append_field(out, "Sec-Fetch-Site", request.site);
  append_field(out, "Sec-Fetch-Mode", "navigate");
  append_field(out, "Sec-Fetch-User", "?1");
  append_field(out, "Sec-Fetch-Dest", "document");
  if (!request.referer.empty()) append_field(out, "Referer", request.referer);

  constexpr std::string_view cookie_field = "Cookie: ";
  const auto before = out.size();
  out.append(cookie_field);
  cookies.append_header(request.url, now, out);
  if (out.size() == before + cookie_field.size()) out.resize(before);
  else out.append("\r\n");

  if (request.post) {
    if (!request.origin.empty()) append_field(out, "Origin", request.origin);
    if (!request.content_type.empty()) append_field(out, "Content-Type", request.content_type);
    append_field(out, "Content-Length", std::to_string(request.body.size()));
  }
  out.append("\r\n");
  if (request.post) out.append(request.body);
}

}  // namespace assay::engine

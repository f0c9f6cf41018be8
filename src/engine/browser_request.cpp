#include "engine/browser_request.hpp"

#include <charconv>

#include "base/any_byte.hpp"
#include "base/text.hpp"
#include "version.hpp"

namespace assay::engine {
namespace {

// What a URL may not hold on the request line, escaped as browsers do (WHATWG URL, "query percent-encode set").
void append_target(std::string& out, std::string_view target) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto odd = [](char c) { return (c <= ' ') | (c == 0x7f) | (c == '"') | (c == '<') | (c == '>'); };
  if (!base::any_byte(target, odd)) {
    out.append(target);
    return;
  }
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

void append_number(std::string& out, std::size_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void append_cookies(std::string& out, const base::Url& url, const net::CookieJar& cookies, net::CookieJar::Time now) {
  constexpr std::string_view name = "Cookie: ";
  const auto before = out.size();
  out.append(name);
  cookies.append_header(url, now, out);
  if (out.size() == before + name.size()) out.resize(before);
  else out.append("\r\n");
}

}  // namespace

void write_browser_request(std::string& out, const BrowserRequest& request, const net::CookieJar& cookies,
                           net::CookieJar::Time now) {
  out.assign(request.post ? "POST " : "GET ");
  append_target(out, request.url.path);
  if (request.url.has_query) append_target(out.append("?"), request.url.query);
  request.url.append_authority(out.append(" HTTP/1.1\r\nHost: "));
  out.append("\r\nUser-Agent: assay/" ASSAY_VERSION
             "\r\nAccept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
             "\r\nAccept-Language: en"
             "\r\nSec-Fetch-Site: ");
  out.append(request.site);
  out.append(
      "\r\nSec-Fetch-Mode: navigate"
      "\r\nSec-Fetch-User: ?1"
      "\r\nSec-Fetch-Dest: document\r\n");
  if (!request.referer.empty()) append_field(out, "Referer", request.referer);

  append_cookies(out, request.url, cookies, now);

  if (request.post) {
    if (!request.origin.empty()) append_field(out, "Origin", request.origin);
    if (!request.content_type.empty()) append_field(out, "Content-Type", request.content_type);
    append_number(out.append("Content-Length: "), request.body.size());
    out.append("\r\n");
  }
  out.append("\r\n");
  if (request.post) out.append(request.body);
}

void write_script_request(std::string& out, const ScriptRequest& request, const net::CookieJar& cookies,
                          net::CookieJar::Time now) {
  out.assign(request.method).append(" ");
  append_target(out, request.url.target());
  out.append(" HTTP/1.1\r\n");
  const auto unless_given = [&](std::string_view name, std::string_view value) {
    for (const auto& [given, text] : request.headers)
      if (base::equals_ignoring_case(given, name)) return;
    append_field(out, name, value);
  };
  const bool same_origin = request.url.same_origin(request.page);
  append_field(out, "Host", request.url.authority());
  unless_given("User-Agent", "assay/" ASSAY_VERSION);
  unless_given("Accept", "application/json, text/plain, */*");
  unless_given("Accept-Language", "en");
  unless_given("Sec-Fetch-Site", same_origin ? "same-origin" : "cross-site");
  unless_given("Sec-Fetch-Mode", "cors");
  unless_given("Sec-Fetch-Dest", "empty");
  // The default policy of browsers, strict-origin-when-cross-origin.
  unless_given("Referer", same_origin ? request.page.text() : request.page.origin() + "/");
  if (!same_origin || (request.method != "GET" && request.method != "HEAD"))
    unless_given("Origin", request.page.origin());
  append_cookies(out, request.url, cookies, now);
  for (const auto& [name, value] : request.headers) append_field(out, name, value);
  if (!request.content_type.empty()) unless_given("Content-Type", request.content_type);
  if (!request.content_type.empty() || (request.method != "GET" && request.method != "HEAD"))
    append_field(out, "Content-Length", std::to_string(request.body.size()));
  out.append("\r\n").append(request.body);
}

}  // namespace assay::engine

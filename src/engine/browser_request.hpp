// A request as a browser would send it when a person navigates, or when a script of a page calls. Pure.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/url.hpp"
#include "net/cookies.hpp"

namespace assay::engine {

struct BrowserRequest {
  base::Url url;
  bool post = false;
  std::string content_type, body;        // with post only
  std::string referer;                   // URL of the page whose form was sent; empty: none
  std::string origin;                    // of that page; sent with post only
  std::string_view site = "cross-site";  // Sec-Fetch-Site
  std::string_view purpose;              // for the record

  // Keeps the memory, and with it the URL.
  void clear() {
    post = false;
    for (std::string* text : {&content_type, &body, &referer, &origin}) text->clear();
    site = "cross-site";
    purpose = {};
  }
};

// What a script of a page sends.
struct ScriptRequest {
  std::string_view method;
  base::Url url, page;
  std::string_view content_type;  // empty: no body
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // they take the place of those we would send
};

// Writes the whole HTTP/1.1 request into `out`, replacing what it held.
void write_browser_request(std::string& out, const BrowserRequest& request, const net::CookieJar& cookies,
                           net::CookieJar::Time now);
void write_script_request(std::string& out, const ScriptRequest& request, const net::CookieJar& cookies,
                          net::CookieJar::Time now);

}  // namespace assay::engine

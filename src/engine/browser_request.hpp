// A request as a browser would send it when a person navigates. Pure.
#pragma once
#include <string>
#include <string_view>

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
};

// Writes the whole HTTP/1.1 request into `out`, replacing what it held.
void write_browser_request(std::string& out, const BrowserRequest& request, const net::CookieJar& cookies,
                           net::CookieJar::Time now);

}  // namespace assay::engine

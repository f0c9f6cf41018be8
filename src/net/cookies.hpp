// The cookies of one user agent (RFC 6265 section 5). Pure: no I/O, the time is passed in.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/url.hpp"

namespace assay::net {

class CookieJar {
 public:
  using Time = std::chrono::system_clock::time_point;

  // Takes in the value of one Set-Cookie field that came from `url` (section 5.3). What is malformed, too large or meant for
  // another host is dropped in silence, as browsers do.
  void store(const base::Url& url, std::string_view set_cookie, Time now);

  // Appends the value of the Cookie field for a request to `url` (section 5.4); appends nothing when there is none.
  void append_header(const base::Url& url, Time now, std::string& out) const;

  void clear() { cookies_.clear(); }
  std::size_t size() const { return cookies_.size(); }

 private:
  struct Cookie {
    std::string name, value, domain, path;
    Time expires = Time::max();  // max: a session cookie
    bool host_only = true;
    bool secure = false;
    std::uint64_t created = 0;  // order of creation
  };

  void insert(Cookie cookie, Time now);

  std::vector<Cookie> cookies_;  // in the order in which they are sent: longest path first, then oldest first
  std::uint64_t created_ = 0;
};

// An expiry date as servers really write it (section 5.1.1). Time::min() if it is none.
CookieJar::Time parse_cookie_date(std::string_view text);

}  // namespace assay::net

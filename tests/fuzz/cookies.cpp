// Set-Cookie fields, one a line, and the Cookie field that comes of them.
#include "net/cookies.hpp"
#include "base/text.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace assay::fuzz {
namespace {

void cookies(std::string_view input) {
  static const auto from = *base::parse_url("http://127.0.0.1:4100/login/page");
  static const auto other = *base::parse_url("https://other.example/");
  const auto now = net::CookieJar::Time(std::chrono::seconds(1'800'000'000));
  net::CookieJar jar;
  std::string header;
  while (!input.empty()) {
    const auto end = input.find('\n');
    const auto line = input.substr(0, end);
    jar.store(from, line, now);
    net::parse_cookie_date(line);
    input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
  }
  require(jar.size() <= 10'000, "a jar is bounded");
  jar.append_header(from, now, header);
  for (const char c : header) require(c != '\r' && c != '\n' && c != '\0', "a Cookie field holds no line end");
  header.clear();
  jar.append_header(other, now, header);
  require(header.empty(), "cookies of one host do not go to another");
}

const Target cookies_target("cookies", cookies);

}  // namespace
}  // namespace assay::fuzz

// Dates in Date, Retry-After and cookies.
#include "base/http_date.hpp"
#include "net/cookies.hpp"
#include "net/response_text.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace assay::fuzz {
namespace {

void http_date(std::string_view input) {
  const auto strict = base::parse_http_date(input);
  const auto lenient = net::parse_cookie_date(input);
  if (!strict) return;
  const auto text = net::http_date(std::chrono::system_clock::to_time_t(*strict));
  require(base::parse_http_date(text) == strict, "a date that is written is the same date");
  if (lenient > net::CookieJar::Time::min() + std::chrono::hours(1) && lenient < net::CookieJar::Time::max())
    require(lenient == *strict, "cookies have the same calendar");
}

const Target http_date_target("http_date", http_date);

}  // namespace
}  // namespace assay::fuzz

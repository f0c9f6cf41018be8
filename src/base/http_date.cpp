#include "base/http_date.hpp"

#include <time.h>

#include <algorithm>
#include <string>

namespace assay::base {
namespace {

// 2200-01-01, as good as never. Clocks that count nanoseconds, as ours do, end in 2262.
constexpr std::time_t kEnd = 7258118400;

}  // namespace

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
  if (text.size() > 40) return std::nullopt;
  const std::string copy(text);
  // The preferred form, that of RFC 850, and that of asctime(). The program never sets LC_TIME, so names are English.
  for (const char* form : {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
    tm parts{};
    const char* end = strptime(copy.c_str(), form, &parts);
    if (end == nullptr || *end != '\0') continue;
    const auto seconds = timegm(&parts);
    if (seconds < 0) return std::nullopt;
    return std::chrono::sys_seconds(std::chrono::seconds(std::min(seconds, kEnd)));
  }
  return std::nullopt;
}

}  // namespace assay::base

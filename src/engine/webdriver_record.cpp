#include "engine/webdriver_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "base/url.hpp"

namespace assay::engine {
namespace {

// They speak of the bytes on the wire, or of the time at which the answer came, which we do not know.
bool is_about_wire(std::string_view name) {
  static constexpr std::array<std::string_view, 6> names{"content-length", "transfer-encoding", "content-encoding",
                                                         "connection",     "keep-alive",        "date"};
  return std::ranges::any_of(names, [&](auto one) { return base::equals_ignoring_case(one, name); });
}

void append_fields(std::string& out, const std::vector<std::pair<std::string, std::string>>& fields) {
  for (const auto& [name, value] : fields)
    if (!name.starts_with(':') && !is_about_wire(name)) out += name + ": " + value + "\r\n";
}

}  // namespace

void record_hop(Wire& wire, const NavigationHop& hop, std::string_view purpose) {
  const auto url = base::parse_url(hop.url);
  if (!url) return;
  auto request = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", hop.method, url->target(), url->authority());
  append_fields(request, hop.request_fields);
  request += "\r\n" + hop.body;
  net::Answer answer;
  if (hop.status == 0) {
    answer.outcome = net::Outcome::connect_failed;
    answer.detail = hop.error;
  } else {
    auto text = fmt::format("HTTP/1.1 {} \r\n", hop.status);
    append_fields(text, hop.answer_fields);
    text += "\r\n";
    answer.assign(text);
  }
  answer.started = answer.first_byte = answer.done = std::chrono::steady_clock::now();
  wire.note(request, answer, purpose);
}

}  // namespace assay::engine

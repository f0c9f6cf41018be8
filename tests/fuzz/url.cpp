// URLs, and references as servers send them in Location (the second line, against the first), also as Boost.URL reads them where
// both can.
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

#include "base/url.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace assay::fuzz {
namespace {

void url(std::string_view input) {
  const auto first = take_line(input);
  auto base = *base::parse_url("https://login.example/a/b;c/d?q=1#f");
  if (auto url = base::parse_url(first)) {
    require(url->path.starts_with('/'), "a path begins with a slash");
    const auto target = url->target();
    for (const char c : target)
      require(static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f,
              "what goes on a request line is printable ASCII without blanks");
    for (const char c : url->authority())
      require(static_cast<unsigned char>(c) > 0x20 && c != '/' && c != '@', "an authority holds no blank, slash or at");
    const auto again = base::parse_url(url->text());
    require(again.has_value(), "what was written can be read");
    require(again->text() == url->text(), "and is the same");
    base = std::move(*url);
  } else if (input.empty()) {
    input = first;
  }
  const auto resolved = base::resolve_url(base, input);
  if (!resolved) return;
  require(resolved->scheme == "http" || resolved->scheme == "https", "only http and https");
  const auto reference = boost::urls::parse_uri_reference(input);
  if (!reference) return;
  boost::urls::url theirs;
  const auto base_text = base.text();
  const auto parsed = boost::urls::parse_uri(base_text);
  if (!parsed) return;
  if (!boost::urls::resolve(*parsed, *reference, theirs)) return;
  // Whom a request would go to is what must not differ.
  if (theirs.scheme() != "http" && theirs.scheme() != "https") return;
  if (theirs.host_type() != boost::urls::host_type::name || theirs.has_userinfo()) return;
  if (theirs.encoded_host().contains('%') || theirs.encoded_host().empty()) return;
  std::string host(theirs.encoded_host());
  for (char& c : host)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  require(resolved->host == host, "both go to the same host");
}

const Target url_target("url", url);

}  // namespace
}  // namespace assay::fuzz

#include "base/url.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/any_byte.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"

namespace assay::base {
namespace {

// The offset of the first of `wanted`, or the size. std::string_view::find_first_of calls a function for each character.
std::size_t find_any(std::string_view text, std::string_view wanted) {
  const auto found = std::ranges::find_if(text, [&](char c) {
    for (const char one : wanted)
      if (c == one) return true;
    return false;
  });
  return static_cast<std::size_t>(found - text.begin());
}

constexpr auto unfit_for_host = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c <= ' '; ++c) table[c] = true;
  for (const char c : {'\x7f', '"', '%', '<', '>', '\\', '^', '`', '{', '|', '}'})
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();
bool is_unfit_for_host(char c) { return unfit_for_host[static_cast<unsigned char>(c)]; }

bool may_have_dot_segments(std::string_view path) {
  if (!path.starts_with('/')) return true;
  for (std::size_t i = 0; i + 1 < path.size(); ++i)
    if (path[i] == '/' && (path[i + 1] == '.' || path[i + 1] == '%')) return true;
  return false;
}

// RFC 3986 section 5.2.4.
void remove_dot_segments(std::string& text) {
  if (!may_have_dot_segments(text)) return;
  const std::string_view path = text;
  std::vector<std::string_view> kept;
  bool ends_with_slash = false;
  std::size_t at = 0;
  while (at < path.size()) {
    const auto start = at + 1;  // every segment begins after a slash
    auto end = path.find('/', start);
    if (end == std::string_view::npos) end = path.size();
    const auto segment = path.substr(start, end - start);
    const bool last = end == path.size();
    const bool dot = segment == "." || equals_ignoring_case(segment, "%2e");
    const bool two_dots = segment == ".." || equals_ignoring_case(segment, "%2e%2e") ||
                          equals_ignoring_case(segment, ".%2e") || equals_ignoring_case(segment, "%2e.");
    if (dot || two_dots) {
      if (two_dots && !kept.empty()) kept.pop_back();
      ends_with_slash = last;
    } else {
      kept.push_back(segment);
    }
    at = end;
  }
  std::string out;
  for (const auto segment : kept) out.append("/").append(segment);
  if (ends_with_slash || out.empty()) out += '/';
  text = std::move(out);
}

// Keeps the memory.
void clear(Url& url) {
  for (std::string* part : {&url.scheme, &url.userinfo, &url.host, &url.path, &url.query, &url.fragment}) part->clear();
  url.port = 0;
  url.has_query = false;
}

// For text that came without its scheme: "//host/path" and what follows.
bool read_authority(std::string_view text, Url& url) {
  const auto end = find_any(text, "/?#");
  auto authority = text.substr(0, end);
  auto rest = text.substr(end);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    url.userinfo = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  std::string_view port;
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos) return false;
    url.host = lower(authority.substr(1, close - 1));
    if (close + 1 < authority.size()) {
      if (authority[close + 1] != ':') return false;
      port = authority.substr(close + 2);
    }
  } else {
    const auto colon = authority.find(':');
    url.host = lower(authority.substr(0, colon));
    if (colon != std::string_view::npos) port = authority.substr(colon + 1);
  }
  if (url.host.empty() || std::ranges::any_of(url.host, is_unfit_for_host)) return false;
  url.port = url.tls() ? 443 : 80;
  if (!port.empty()) {
    unsigned value = 0;
    const auto [p, error] = std::from_chars(port.data(), port.data() + port.size(), value);
    if (error != std::errc() || p != port.data() + port.size() || value == 0 || value > 65535) return false;
    url.port = static_cast<std::uint16_t>(value);
  }
  if (const auto hash = rest.find('#'); hash != std::string_view::npos) {
    url.fragment = rest.substr(hash + 1);
    rest = rest.substr(0, hash);
  }
  if (const auto mark = rest.find('?'); mark != std::string_view::npos) {
    url.query = rest.substr(mark + 1);
    url.has_query = true;
    rest = rest.substr(0, mark);
  }
  url.path = rest.empty() ? std::string_view("/") : rest;
  return true;
}

// As a browser reads an address: tabs and line ends do not count, backslashes before the query are slashes, and what may
// not stand on a request line is percent-encoded.
// `room` holds the result where something has to change.
std::string_view cleaned(std::string_view text, std::string& room) {
  text = trim(text);
  if (!any_byte(text, [](char c) { return (c <= ' ') | (c == 0x7f) | (c == '\\'); })) return text;
  room.reserve(text.size());
  bool before_query = true;
  for (const char c : text) {
    if (c == '\t' || c == '\n' || c == '\r') continue;
    if (c == '?' || c == '#') before_query = false;
    if (c == '\\' && before_query) room += '/';
    else if (static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) >= 0x7f)
      append_percent_encoded(room, {&c, 1});
    else room += c;
  }
  return room;
}

// RFC 3986 section 3.1.
bool is_scheme(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !text.empty() && letter(text[0]) && std::ranges::all_of(text, [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  });
}

// Four decimal numbers.
bool is_ipv4(std::string_view host) {
  const auto parts = split(host, '.');
  return parts.size() == 4 && std::ranges::all_of(parts, [](std::string_view part) {
           return part.size() <= 3 && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
         });
}

}  // namespace

void Url::append_authority(std::string& out) const {
  const bool address = host.find(':') != std::string::npos;
  if (address) out += '[';
  out += host;
  if (address) out += ']';
  if (port == (tls() ? 443 : 80)) return;
  char digits[6] = {':'};
  out.append(digits, std::to_chars(digits + 1, digits + sizeof digits, port).ptr);
}

std::string Url::authority() const {
  std::string out;
  append_authority(out);
  return out;
}

void Url::append_origin(std::string& out) const { append_authority(out.append(scheme).append("://")); }

std::string Url::origin() const {
  std::string out;
  out.reserve(scheme.size() + host.size() + 12);
  append_origin(out);
  return out;
}

std::string Url::target() const { return has_query ? path + "?" + query : path; }

void Url::append_text(std::string& out) const {
  append_origin(out);
  out.append(path);
  if (has_query) out.append("?").append(query);
  if (!fragment.empty()) out.append("#").append(fragment);
}

std::string Url::text() const {
  std::string out;
  out.reserve(scheme.size() + host.size() + path.size() + query.size() + fragment.size() + 16);
  append_text(out);
  return out;
}

// A name may begin with "127." too.
bool Url::is_loopback() const {
  return (host.starts_with("127.") && is_ipv4(host)) || host == "::1" || host == "localhost";
}

std::optional<Url> parse_url(std::string_view text) {
  std::optional<Url> out(std::in_place);
  if (!parse_url(text, *out)) out.reset();
  return out;
}

bool parse_url(std::string_view text, Url& out) {
  std::string room;
  const auto clean = cleaned(text, room);
  const auto colon = clean.find(':');
  if (colon == std::string_view::npos || colon > 5) return false;
  clear(out);
  out.scheme = lower(clean.substr(0, colon));
  if (out.scheme != "http" && out.scheme != "https") return false;
  const auto rest = clean.substr(colon + 1);
  return rest.starts_with("//") && read_authority(rest.substr(2), out);
}

std::optional<Url> resolve_url(const Url& base, std::string_view reference) {
  std::optional<Url> out(std::in_place);
  if (!resolve_url(base, reference, *out)) out.reset();
  return out;
}

bool resolve_url(const Url& base, std::string_view reference, Url& out) {
  std::string room;
  auto ref = cleaned(reference, room);
  const auto colon = find_any(ref, ":/?#");
  if (colon < ref.size() && ref[colon] == ':' && is_scheme(ref.substr(0, colon))) {
    if (!parse_url(ref, out)) return false;
    remove_dot_segments(out.path);
    return true;
  }
  clear(out);
  out.scheme = base.scheme;
  if (ref.starts_with("//")) {
    if (!read_authority(ref.substr(2), out)) return false;
    remove_dot_segments(out.path);
    return true;
  }
  out.host = base.host;
  out.port = base.port;
  if (const auto hash = ref.find('#'); hash != std::string_view::npos) {
    out.fragment = ref.substr(hash + 1);
    ref = ref.substr(0, hash);
  }
  if (ref.empty()) {  // the same document, with its query (RFC 3986 section 5.2.2)
    out.path = base.path;
    out.query = base.query;
    out.has_query = base.has_query;
    return true;
  }
  if (const auto mark = ref.find('?'); mark != std::string_view::npos) {
    out.query = ref.substr(mark + 1);
    out.has_query = true;
    ref = ref.substr(0, mark);
  }
  if (ref.starts_with('/')) {
    out.path = ref;
  } else {
    out.path = base.path;
    if (ref.empty()) return true;
    out.path.erase(base.path.rfind('/') + 1).append(ref);
  }
  remove_dot_segments(out.path);
  return true;
}

}  // namespace assay::base

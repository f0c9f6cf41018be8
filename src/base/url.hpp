// Absolute http and https URLs: taken apart, and references resolved against them (RFC 3986 section 5.2).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace assay::base {

struct Url {
  std::string scheme;      // lower case: "http" or "https"
  std::string userinfo;    // without "@"; usually empty
  std::string host;        // lower case, IPv6 without brackets
  std::uint16_t port = 0;  // the scheme's default when the text names none
  std::string path;        // starts with "/"
  std::string query;       // without "?"
  std::string fragment;    // without "#"
  bool has_query = false;

  bool tls() const { return scheme.size() == 5 && scheme == "https"; }  // the size first: == calls memcmp without it
  std::string authority() const;  // host[:port], the port only when it is not the default, IPv6 in brackets
  void append_authority(std::string& out) const;
  std::string origin() const;  // scheme://authority
  // Whether both have the same origin().
  bool same_origin(const Url& other) const {
    return port == other.port && host == other.host && scheme == other.scheme;
  }
  std::string target() const;  // path[?query], what goes on the request line
  std::string text() const;    // the whole URL, without the userinfo
  void append_origin(std::string& out) const;
  void append_text(std::string& out) const;
  bool is_loopback() const;  // 127.0.0.0/8, ::1 or localhost

  friend void swap(Url& a, Url& b) noexcept {
    a.scheme.swap(b.scheme);
    a.userinfo.swap(b.userinfo);
    a.host.swap(b.host);
    std::swap(a.port, b.port);
    a.path.swap(b.path);
    a.query.swap(b.query);
    a.fragment.swap(b.fragment);
    std::swap(a.has_query, b.has_query);
  }
};

// Reads an absolute URL the way a browser does: backslashes count as slashes, blanks around it and line ends anywhere are
// dropped, and what may not stand on a request line is percent-encoded. nullopt for anything but http and https with a host.
std::optional<Url> parse_url(std::string_view text);
// The same into `out`, whose memory is used again; false where there is no result. `text` may not be part of it.
bool parse_url(std::string_view text, Url& out);

// Resolves `reference` (absolute, //host, /path, path, ?query, #fragment or empty) against `base`. nullopt if the result
// is no http(s) URL.
std::optional<Url> resolve_url(const Url& base, std::string_view reference);
// The same into `out`, whose memory is used again; false where there is no result. Neither `base` nor `reference` may be part of it.
bool resolve_url(const Url& base, std::string_view reference, Url& out);

}  // namespace assay::base

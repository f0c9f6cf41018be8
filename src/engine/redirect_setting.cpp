#include "engine/redirect_setting.hpp"

#include <algorithm>
#include <span>

#include "base/url.hpp"

namespace assay::engine {
namespace {

std::string first_of(const rules::TargetClient* client, auto predicate) {
  if (!client) return "";
  const auto found = std::ranges::find_if(client->redirect_uris, predicate);
  return found == client->redirect_uris.end() ? "" : *found;
}

// The text of an http(s) URI, cut in pieces as it was registered: nothing is normalized.
struct Pieces {
  std::string_view scheme, authority, host, rest;
};

Pieces pieces_of(std::string_view uri) {
  Pieces out;
  const auto mark = uri.find("://");
  if (mark == std::string_view::npos) return out;
  out.scheme = uri.substr(0, mark);
  uri.remove_prefix(mark + 3);
  out.authority = uri.substr(0, uri.find_first_of("/?#"));
  out.rest = uri.substr(out.authority.size());
  const auto bracket = out.authority.find(']');  // of an IPv6 address
  out.host = out.authority.substr(0, out.authority.find(':', bracket == std::string_view::npos ? 0 : bracket));
  return out;
}

std::string part(std::string_view uri, std::string_view name) {
  const auto pieces = pieces_of(uri);
  if (name == "scheme") return std::string(pieces.scheme);
  if (name == "host") return std::string(pieces.host);
  return std::string(pieces.rest);
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// `uri` with the first letter of its path replaced; empty if it has none.
std::string with_other_letter(const std::string& uri, auto replace) {
  const auto rest = pieces_of(uri).rest;
  const auto path = rest.substr(0, rest.find_first_of("?#"));
  // Not in "%2F": that is no letter.
  const auto letter = path.contains('%') ? path.end() : std::ranges::find_if(path, is_letter);
  if (letter == path.end()) return "";
  const auto at = uri.size() - rest.size() + static_cast<std::size_t>(letter - path.begin());
  return uri.substr(0, at) + replace(uri[at]) + uri.substr(at + 1);
}

std::string other_case(char c) { return std::string(1, static_cast<char>(c ^ 0x20)); }

std::string percent_encoded(char c) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  return {'%', digits[static_cast<unsigned char>(c) >> 4], digits[c & 15]};
}

std::string in_capitals(const std::string& uri) {
  const auto rest = pieces_of(uri).rest.size();
  auto out = uri;
  for (char& c : std::span(out).first(uri.size() - rest))
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c ^ 0x20);
  return out == uri ? "" : out;
}

std::string whole(std::string_view name, const RedirectClients& clients) {
  const auto* web = clients.web;
  const auto nth = [&](std::size_t n) { return web && web->redirect_uris.size() > n ? web->redirect_uris[n] : ""; };
  if (name == "redirect_uri") return nth(0);
  if (name == "redirect_uri_other") return nth(1);
  if (name == "redirect_uri_query") return first_of(web, [](const auto& uri) { return uri.contains('?'); });
  if (name == "redirect_uri_foreign")
    return !web ? "" : first_of(clients.second, [&](const auto& uri) {
      return std::ranges::find(web->redirect_uris, uri) == web->redirect_uris.end();
    });
  if (name == "redirect_uri_remote")
    return first_of(web, [](const auto& uri) {
      const auto url = base::parse_url(uri);
      return url && !url->is_loopback();
    });
  if (name == "redirect_uri_native")  // RFC 8252 section 7.3
    return first_of(clients.native, [](const auto& uri) {
      return uri.starts_with("http://127.0.0.1") || uri.starts_with("http://[::1]");
    });
  if (name == "redirect_uri_localhost")  // RFC 8252 section 8.3
    return first_of(clients.native, [](const auto& uri) { return pieces_of(uri).host == "localhost"; });
  if (name == "redirect_uri_case") return with_other_letter(nth(0), other_case);
  if (name == "redirect_uri_encoded") return with_other_letter(nth(0), percent_encoded);
  if (name == "redirect_uri_capitals") return in_capitals(nth(0));
  return "";
}

}  // namespace

std::string redirect_setting(std::string_view name, const RedirectClients& clients) {
  const auto dot = name.find('.');
  if (dot == std::string_view::npos) return whole(name, clients);
  const auto piece = name.substr(dot + 1);
  if (name.starts_with("redirect_remote.")) return part(whole("redirect_uri_remote", clients), piece);
  if (name.starts_with("redirect_native.")) return part(whole("redirect_uri_native", clients), piece);
  if (name.starts_with("redirect_localhost.")) return part(whole("redirect_uri_localhost", clients), piece);
  const auto url = base::parse_url(whole("redirect_uri", clients));
  if (!url) return "";
  if (piece == "scheme") return url->scheme;
  if (piece == "scheme_other") return url->tls() ? "http" : "https";
  if (piece == "authority") return url->authority();
  return piece == "host" ? url->host : url->path;
}

}  // namespace assay::engine

#include "mock-provider/redirect_uris.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace assay::mock {
namespace {

constexpr std::size_t longest_redirect_uri = 2000;
constexpr std::string_view loopback_hosts[] = {"127.0.0.1", "[::1]", "localhost"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// What follows the port, or the host if there is no port. nullopt: neither a port nor the end of the authority is next.
std::optional<std::string_view> after_port(std::string_view rest) {
  if (rest.starts_with(':')) {
    const auto end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    if (end < 2 || end > 6) return std::nullopt;
    rest.remove_prefix(end);
  }
  return rest.empty() || rest.front() == '/' || rest.front() == '?' ? std::optional(rest) : std::nullopt;
}

// Path and query of an http URI on a loopback address, whatever its port.
std::optional<std::string_view> after_loopback(std::string_view uri, std::string_view host) {
  constexpr std::string_view scheme = "http://";
  if (!uri.starts_with(scheme) || !uri.substr(scheme.size()).starts_with(host)) return std::nullopt;
  return after_port(uri.substr(scheme.size() + host.size()));
}

// RFC 8252 section 7.3: a native client takes any free port of the loopback address, so the port alone may differ.
bool differs_in_loopback_port_only(const Call& call, std::string_view registered, std::string_view sent) {
  return std::ranges::any_of(loopback_hosts, [&](std::string_view host) {
    if (call.broken(host == "localhost" ? Defect::redirect_localhost_port_fixed : Defect::redirect_loopback_port_fixed))
      return false;
    const auto a = after_loopback(registered, host), b = after_loopback(sent, host);
    return a && b && *a == *b;
  });
}

struct UriParts {
  std::string_view scheme, authority, path;  // "http", "127.0.0.1:4999", "/cb" and what follows
};

UriParts taken_apart(std::string_view uri) {
  const auto scheme = uri.find("://");
  if (scheme == std::string_view::npos) return {};
  const auto rest = uri.substr(scheme + 3);
  const auto slash = std::min(rest.find('/'), rest.size());
  return {uri.substr(0, scheme), rest.substr(0, slash), rest.substr(slash)};
}

bool differs_in_port_only(const UriParts& registered, const UriParts& sent) {
  if (registered.scheme != sent.scheme || registered.path != sent.path ||
      !sent.authority.starts_with(registered.authority))
    return false;
  const auto port = sent.authority.substr(registered.authority.size());
  return port.starts_with(':') && std::ranges::all_of(port.substr(1), is_digit);
}

bool differs_in_scheme_only(std::string_view registered, std::string_view sent) {
  const auto slashes = registered.find("//");
  const auto sent_slashes = sent.find("//");
  return slashes != std::string_view::npos && sent_slashes != std::string_view::npos &&
         sent.substr(sent_slashes) == registered.substr(slashes) &&
         !base::equals_ignoring_case(sent.substr(0, sent_slashes), registered.substr(0, slashes));
}

// How authorization servers get this wrong (RFC 9700 section 4.1).
bool matches_under_a_defect(const Call& call, std::string_view registered, std::string_view sent) {
  const auto wanted = taken_apart(registered), got = taken_apart(sent);
  const bool same_authority = got.scheme == wanted.scheme && got.authority == wanted.authority;
  if (call.broken(Defect::redirect_path_prefix) && same_authority && got.path.starts_with(wanted.path) &&
      sent.find_first_of("?#@&") == std::string_view::npos)
    return true;
  if (call.broken(Defect::redirect_query_ignored) && sent.substr(0, sent.find('?')) == registered) return true;
  if (call.broken(Defect::redirect_any_host) && got.scheme == wanted.scheme && got.path == wanted.path &&
      sent.find_first_of("@\\?#") == std::string_view::npos)
    return true;
  if (call.broken(Defect::redirect_userinfo_trusted)) {
    const std::string authority(wanted.authority);
    if (sent.find("//" + authority + '@') != std::string_view::npos ||
        sent.find('@' + authority) != std::string_view::npos)
      return true;
  }
  if (call.broken(Defect::redirect_any_scheme) && differs_in_scheme_only(registered, sent)) return true;
  if (call.broken(Defect::redirect_any_port) && differs_in_port_only(wanted, got)) return true;
  if (call.broken(Defect::redirect_path_case_ignored) && same_authority &&
      base::equals_ignoring_case(got.path, wanted.path))
    return true;
  if (call.broken(Defect::redirect_host_case_ignored) && base::equals_ignoring_case(got.scheme, wanted.scheme) &&
      base::equals_ignoring_case(got.authority, wanted.authority) && got.path == wanted.path)
    return true;
  if (call.broken(Defect::redirect_decoded) && base::percent_decoded(sent, false) == registered) return true;
  if ((call.broken(Defect::redirect_fragment_kept) || call.broken(Defect::redirect_fragment_stripped)) &&
      sent.substr(0, sent.find('#')) == registered)
    return true;
  // Looks for the path, and takes whatever stands before it for a port.
  return call.broken(Defect::redirect_loopback_prefix) && wanted.authority == loopback_hosts[0] &&
         sent.starts_with("http://127.0.0.1") && sent.ends_with(wanted.path);
}

}  // namespace

bool may_be_registered(const Call& call, std::string_view uri) {
  if (uri.size() > longest_redirect_uri || uri.find_first_of("#\\\"<>") != std::string_view::npos ||
      std::ranges::any_of(uri, [](char c) { return c <= ' ' || c > '~'; }))
    return false;
  const auto colon = std::min(uri.find(':'), uri.size());
  const auto scheme = uri.substr(0, colon);
  // RFC 3986 section 3.1.
  const bool is_absolute =
      colon + 1 < uri.size() && !scheme.empty() && is_letter(scheme.front()) && std::ranges::all_of(scheme, [](char c) {
        return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
      });
  if (!is_absolute) return call.broken(Defect::register_relative_accepted) && uri.starts_with('/');
  const auto authority = taken_apart(uri).authority;
  if (scheme == "https" || scheme == "http") {
    if (authority.empty() || authority.front() == ':' || authority.contains('@')) return false;
    return scheme == "https" || call.broken(Defect::register_http_accepted) ||
           std::ranges::any_of(loopback_hosts,
                               [&](std::string_view host) { return after_loopback(uri, host).has_value(); });
  }
  return scheme.contains('.') || (call.broken(Defect::register_scheme_without_dot) && !authority.contains('@'));
}

bool is_same_redirect_uri(const Call& call, std::string_view registered, std::string_view sent) {
  return registered == sent || differs_in_loopback_port_only(call, registered, sent) ||
         matches_under_a_defect(call, registered, sent);
}

}  // namespace assay::mock

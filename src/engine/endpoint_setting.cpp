#include "engine/endpoint_setting.hpp"

#include <algorithm>

#include "engine/bound_target.hpp"
#include "oauth/metadata.hpp"

namespace assay::engine {
namespace {

// RFC 1918 and RFC 3927, fc00::/7 and fe80::/10.
bool is_private_address(std::string_view host) {
  if (host.contains(':'))
    return host.size() > 3 && (host.starts_with("fc") || host.starts_with("fd") ||
                               (host.starts_with("fe") && std::string_view("89ab").contains(host[2])));
  if (host.find_first_not_of("0123456789.") != std::string_view::npos) return false;
  if (host.starts_with("10.") || host.starts_with("192.168.") || host.starts_with("169.254.")) return true;
  for (int second = 16; second < 32; ++second)
    if (host.starts_with("172." + std::to_string(second) + ".")) return true;
  return false;
}

bool is_local(const base::Url& url) {
  const std::string_view host = url.host;
  if (url.is_loopback() || is_private_address(host)) return true;
  if (host.contains(':')) return false;
  if (!host.contains('.')) return true;  // a service of the same compose file
  static constexpr std::string_view ends[] = {".test", ".localhost", ".local", ".internal"};
  return std::ranges::any_of(ends, [&](std::string_view end) { return host.ends_with(end); });
}

}  // namespace

std::string endpoints_in_the_clear(const BoundTarget& target) {
  std::string out;
  const auto look = [&](std::string_view name, std::string_view text) {
    const auto url = base::parse_url(text);
    if (!url || url->tls() || is_local(*url)) return;
    if (!out.empty()) out += ", ";
    out += name;
  };
  for (std::size_t i = 0; i < kEndpointCount; ++i)
    if (const auto* endpoint = target.endpoint(static_cast<EndpointKind>(i)))
      look(to_string(static_cast<EndpointKind>(i)), endpoint->text);
  if (target.metadata())
    for (const auto& [member, words] : target.metadata()->advertised)
      if (member == "jwks_uri" || member.ends_with("_endpoint"))
        for (const auto& word : words) look(member, word);
  return out.empty() ? "none" : out;
}

std::string well_known_setting(std::string_view name, std::string_view issuer) {
  const auto url = base::parse_url(issuer);
  if (!url) return "";
  const auto places = oauth::metadata_locations(*url);
  if (name == "well_known_oauth") return places[1];
  return name == "well_known_openid_inserted" ? places.back() == places[1] ? places[0] : places.back() : places[0];
}

std::string auth_method_name(rules::ClientAuth auth) {
  switch (auth) {
    case rules::ClientAuth::basic: return "client_secret_basic";
    case rules::ClientAuth::post: return "client_secret_post";
    case rules::ClientAuth::none: break;
  }
  return "none";
}

}  // namespace assay::engine

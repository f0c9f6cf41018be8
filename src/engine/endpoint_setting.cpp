#include "engine/endpoint_setting.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "engine/bound_target.hpp"
#include "oauth/metadata.hpp"

namespace assay::engine {
namespace {

bool is_private(const boost::asio::ip::address& address) {
  if (address.is_loopback()) return true;
  if (address.is_v6()) {  // fc00::/7 and fe80::/10
    const auto bytes = address.to_v6().to_bytes();
    return (bytes[0] & 0xfe) == 0xfc || (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80);
  }
  const auto bytes = address.to_v4().to_bytes();  // RFC 1918, RFC 3927
  return bytes[0] == 10 || (bytes[0] == 172 && (bytes[1] & 0xf0) == 16) || (bytes[0] == 192 && bytes[1] == 168) ||
         (bytes[0] == 169 && bytes[1] == 254);
}

bool is_local(const base::Url& url) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(url.host, error);
  if (!error) return is_private(address);
  if (!url.host.contains('.')) return true;  // a service of the same compose file
  static constexpr std::string_view ends[] = {".test", ".localhost", ".local", ".internal"};
  return std::ranges::any_of(ends, [&](std::string_view end) { return url.host.ends_with(end); });
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

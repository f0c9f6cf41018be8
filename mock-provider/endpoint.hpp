// The endpoints by name: what a request is about, wherever a persona has put it.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace assay::mock {

enum class Endpoint : std::uint8_t {
  token,
  resource,
  authorization,
  login,
  consent,
  introspection,
  revocation,
  userinfo,
  registration,
  pushed_authorization_request,
  jwks,
  openid_configuration,
  authorization_server_metadata,
  account_login,     // of personas only: a person's name and password in JSON, for a bearer token
  app_registration,  // of personas only: an application is registered with such a token
};

struct EndpointInfo {
  std::string_view name;  // as persona files call it
  std::string_view path;  // of the strict provider; empty: it has none
};

// In the order of the enumeration.
inline constexpr std::array<EndpointInfo, 15> endpoint_table{{
    {"token", "/token"},
    {"resource", "/resource"},
    {"authorization", "/authorize"},
    {"login", "/login"},
    {"consent", "/consent"},
    {"introspection", "/introspect"},
    {"revocation", "/revoke"},
    {"userinfo", "/userinfo"},
    {"registration", "/register"},
    {"pushed_authorization_request", "/par"},
    {"jwks", "/jwks"},
    {"openid_configuration", "/.well-known/openid-configuration"},
    {"authorization_server_metadata", "/.well-known/oauth-authorization-server"},
    {"account_login", ""},
    {"app_registration", ""},
}};
static_assert(endpoint_table.size() == static_cast<std::size_t>(Endpoint::app_registration) + 1);

}  // namespace assay::mock

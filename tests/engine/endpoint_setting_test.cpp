// Which endpoints count as reached in the clear, and where metadata belong.
#include "engine/endpoint_setting.hpp"

#include <gtest/gtest.h>

#include "engine/bound_target.hpp"

namespace assay::engine {
namespace {

std::string in_the_clear(const std::string& token_endpoint) {
  rules::Target target;
  target.endpoints.token = token_endpoint;
  return endpoints_in_the_clear(BoundTarget(target, std::nullopt, ""));
}

TEST(EndpointSetting, OnlyPlainHttpBeyondTheLocalNetworkCounts) {
  for (const auto* host :
       {"login.example", "8.8.8.8", "172.32.0.1", "11.0.0.1", "10.example", "[2001:db8::1]", "test.example"})
    EXPECT_EQ(in_the_clear("http://" + std::string(host) + "/token"), "token") << host;
  for (const auto* host : {"127.0.0.1:8080", "localhost", "[::1]:80", "10.1.2.3", "172.16.0.1", "172.31.0.1",
                           "192.168.0.9", "[fd00::1]", "[fe80::1]", "keycloak:8080", "login.test", "as.internal"})
    EXPECT_EQ(in_the_clear("http://" + std::string(host) + "/token"), "none") << host;
  EXPECT_EQ(in_the_clear("https://login.example/token"), "none");
  EXPECT_EQ(in_the_clear(""), "none");
}

TEST(EndpointSetting, AdvertisedEndpointsCountToo) {
  const auto metadata = oauth::parse_metadata(R"({"issuer": "https://as.example", "jwks_uri": "http://as.example/k",
      "device_authorization_endpoint": "http://as.example/d", "service_documentation": "http://as.example/docs"})");
  ASSERT_TRUE(metadata);
  const BoundTarget target(rules::Target{}, *metadata, "");
  EXPECT_EQ(endpoints_in_the_clear(target), "jwks, device_authorization_endpoint, jwks_uri");
}

TEST(EndpointSetting, MetadataBelongBetweenHostAndPath) {
  const std::string issuer = "https://as.example/tenant";
  EXPECT_EQ(well_known_setting("well_known_oauth", issuer),
            "https://as.example/.well-known/oauth-authorization-server/tenant");
  EXPECT_EQ(well_known_setting("well_known_openid", issuer),
            "https://as.example/tenant/.well-known/openid-configuration");
  EXPECT_EQ(well_known_setting("well_known_openid_inserted", issuer),
            "https://as.example/.well-known/openid-configuration/tenant");
  EXPECT_EQ(well_known_setting("well_known_openid_inserted", "https://as.example"),
            "https://as.example/.well-known/openid-configuration");
  EXPECT_EQ(well_known_setting("well_known_oauth", ""), "");
}

}  // namespace
}  // namespace assay::engine

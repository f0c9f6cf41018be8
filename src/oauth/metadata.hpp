// Authorization server metadata (RFC 8414 section 2, OpenID Connect Discovery 1.0 section 3): where it is, what it says.
#pragma once
#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/url.hpp"

namespace assay::oauth {

struct Metadata {
  std::string issuer;
  std::string authorization_endpoint, token_endpoint, introspection_endpoint, revocation_endpoint, userinfo_endpoint,
      jwks_uri, registration_endpoint, pushed_authorization_request_endpoint;
  std::vector<std::string> grant_types_supported;  // empty: not said; the default is code and implicit
  std::vector<std::string> code_challenge_methods_supported;
  std::vector<std::string> token_endpoint_auth_methods_supported;
  std::vector<std::string> scopes_supported;
  // Whatever else is said: member -> its words. A string is one word, true is the word "true"; others are left out.
  std::map<std::string, std::vector<std::string>> advertised;
};

// The places to look, in order: OpenID Connect (suffix), RFC 8414 (inserted before the issuer's path).
std::vector<std::string> metadata_locations(const base::Url& issuer);

// Reads a metadata document. The error says what is wrong, a lower-case fragment.
std::expected<Metadata, std::string> parse_metadata(std::string_view body);

// Whether two issuers are the same but for a trailing slash, which proxies add and drop.
bool same_issuer(std::string_view a, std::string_view b);

}  // namespace assay::oauth

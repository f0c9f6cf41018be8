// Client authentication with a secret (RFC 6749 section 2.3.1).
#pragma once
#include <string>
#include <string_view>

namespace assay::oauth {

// The value of the Authorization header: id and secret form-urlencoded, joined by ":", in base64. With `raw` they are not
// encoded, which some servers want against the RFC.
std::string basic_credentials(std::string_view client_id, std::string_view client_secret, bool raw = false);

}  // namespace assay::oauth

// Redirect URIs: which may be registered, and which registered one a request means. Compares text; whoever takes URIs apart to
// compare them will one day meet a browser that takes them apart differently.
#pragma once
#include <string_view>

#include "mock-provider/call.hpp"

namespace assay::mock {

// Absolute and without fragment (RFC 6749 section 3.1.2); https, http on a loopback address only (RFC 9700 section 2.6), or a
// private-use scheme with a dot (RFC 8252 section 8.4).
bool may_be_registered(const Call& call, std::string_view uri);

// Equal as strings; of a loopback address the port may differ (RFC 9700 section 4.1.3).
bool is_same_redirect_uri(const Call& call, std::string_view registered, std::string_view sent);

}  // namespace assay::mock

// Settings about endpoints that rules ask for by name: where metadata belong, which endpoints lack TLS. Sends nothing.
#pragma once
#include <string>
#include <string_view>

#include "rules/target.hpp"

namespace assay::engine {

class BoundTarget;

// The names of all endpoints, configured or advertised, that are plain http and not on a local network; "none" if there are
// none. Local: loopback and private addresses, names without a dot and those that RFC 2606, 6761, 6762 and ICANN set apart.
std::string endpoints_in_the_clear(const BoundTarget& target);

// RFC 8414 section 3.1 (well_known_oauth, well_known_openid_inserted), OpenID Connect Discovery section 4 (well_known_openid).
std::string well_known_setting(std::string_view name, std::string_view issuer);

// RFC 7591 section 2: what metadata call a method.
std::string auth_method_name(rules::ClientAuth auth);

}  // namespace assay::engine

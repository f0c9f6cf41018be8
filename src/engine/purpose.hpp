// What a request is for, as evidence and messages say it.
#pragma once
#include <string_view>

#include "rules/rule.hpp"

namespace assay::engine {

inline std::string_view purpose_of(rules::Verb verb) {
  switch (verb) {
    case rules::Verb::token: return "token endpoint";
    case rules::Verb::introspect: return "introspection endpoint";
    case rules::Verb::revoke: return "revocation endpoint";
    case rules::Verb::userinfo: return "userinfo endpoint";
    case rules::Verb::resource: return "protected resource";
    case rules::Verb::discover: return "metadata";
    case rules::Verb::jwks: return "keys";
    case rules::Verb::registration: return "registration endpoint";
    default: return "request";
  }
}

}  // namespace assay::engine

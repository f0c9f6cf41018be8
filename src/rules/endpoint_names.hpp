// The members of "endpoints" in a target file by name: who reads, writes or fills them uses this one list.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "rules/target.hpp"

namespace assay::rules {

inline constexpr std::array<std::pair<std::string_view, std::string TargetEndpoints::*>, 9> kEndpointNames = {{
    {"authorization", &TargetEndpoints::authorization},
    {"token", &TargetEndpoints::token},
    {"introspection", &TargetEndpoints::introspection},
    {"revocation", &TargetEndpoints::revocation},
    {"userinfo", &TargetEndpoints::userinfo},
    {"jwks", &TargetEndpoints::jwks},
    {"resource", &TargetEndpoints::resource},
    {"registration", &TargetEndpoints::registration},
    {"par", &TargetEndpoints::par},
}};

}  // namespace assay::rules

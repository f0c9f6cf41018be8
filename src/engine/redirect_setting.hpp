// What rules call the redirect URIs of the target file, their parts, and strings that only look like them.
#pragma once
#include <string>
#include <string_view>

#include "rules/target.hpp"

namespace assay::engine {

struct RedirectClients {  // nullptr: the target has none
  const rules::TargetClient *web, *second, *native;
};

// The value of ${target.NAME}; empty when the target has nothing of the kind.
std::string redirect_setting(std::string_view name, const RedirectClients& clients);

}  // namespace assay::engine

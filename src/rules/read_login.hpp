// Reads the "login" section of a target file. Internal to src/rules.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "rules/login.hpp"
#include "rules/reader.hpp"

namespace assay::rules {

// `filled` gives the text of a string of the file with ${env:...} filled in; nullopt after a complaint.
TargetLogin read_login(const Node& node, const std::function<std::optional<std::string>(const Node&)>& filled);

}  // namespace assay::rules

// JSON documents as text: what is not UTF-8 becomes U+FFFD, C1 controls and direction marks become escapes.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace assay::record::json {

// With a final line end; `indent` -1: on one line.
std::string written(const nlohmann::ordered_json& document, int indent = 2);

}  // namespace assay::record::json

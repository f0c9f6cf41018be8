// Redaction by name: what is secret because of the header, parameter, member or input it stands in. Internal to record/.
#pragma once
#include <functional>
#include <string>
#include <string_view>

namespace assay::record {

// `text` with the values of sensitive names, the values of hidden inputs, and the signatures of JWTs replaced. `known` gives
// the label of a (decoded) value that is registered but too short to be searched for, or "".
std::string redact_names(std::string_view text, const std::function<std::string(std::string_view)>& known);

}  // namespace assay::record

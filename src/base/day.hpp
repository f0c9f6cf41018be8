// Days as people write them: "2027-01-31".
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace assay::base {

std::optional<std::chrono::sys_days> parse_day(std::string_view text);  // nullopt also for a day that does not exist
std::string format_day(std::chrono::sys_days day);

}  // namespace assay::base

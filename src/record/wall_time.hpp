// Wall-clock times as text: RFC 3339 in UTC with nanoseconds, so that a document keeps them exactly. Internal to record/.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "record/run.hpp"

namespace assay::record {

std::string format_time(WallTime time);  // "2026-03-01T12:00:00.123456789Z"
std::optional<WallTime> parse_time(std::string_view text);

}  // namespace assay::record

// The part of run.json that a load run fills, and races, which rules have too. Internal to record/.
#pragma once
#include "record/json_node.hpp"
#include "record/redaction.hpp"
#include "record/run.hpp"

namespace assay::record::json {

Tree write_load(const Load& load, const Redactor& redactor);
Tree write_race(const Race& race, const Redactor& redactor);

// Members that older documents lack are what they are by default.
Load read_load(const Node& node);
Race read_race(const Node& node);

}  // namespace assay::record::json

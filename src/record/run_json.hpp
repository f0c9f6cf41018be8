// run.json: the source of truth of a run, in and out. Its schema is reports/schema/run.schema.json.
#pragma once
#include <expected>
#include <string>

#include "base/diagnostic.hpp"
#include "record/redaction.hpp"
#include "record/run.hpp"

namespace assay::record {

inline constexpr int kRunSchemaVersion = 1;

// The document, redacted, members in a fixed order, indented by two blanks, with a final line end.
std::string write_run_json(const Run& run, const Redactor& redactor);

// Reads what write_run_json wrote. A foreign file, a truncated one or a newer schemaVersion is refused, saying so.
std::expected<Run, base::Diagnostics> read_run_json(const std::string& file, const std::string& text);

}  // namespace assay::record

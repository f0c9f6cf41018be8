// run.json: the source of truth of a run, in and out. Its schema is reports/schema/run.schema.json.
#pragma once
#include <expected>
#include <map>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "record/redaction.hpp"
#include "record/run.hpp"

namespace assay::record {

inline constexpr int kRunSchemaVersion = 1;

// The document, redacted, members in a fixed order, indented by so many blanks (-1: on one line), with a final line end.
std::string write_run_json(const Run& run, const Redactor& redactor, int indent = 2);

// The document of a run that still goes on, compact. A rule is written once, when it has ended: however often the document is
// asked for, the rule costs no more than copying text.
class GrowingRunJson {
 public:
  // `exchanges_before`: how many the run has that are not those of rules.
  explicit GrowingRunJson(int exchanges_before) : exchanges_(exchanges_before) {}
  // `exchanges`: those of the rule, numbered from 1, as it refers to them. The same rule once more takes the place of the first.
  void add(Rule rule, std::vector<Exchange> exchanges, const Redactor& redactor);
  // Of `run`, rules are only counted; its exchanges are those that came before.
  std::string document(const Run& run, const Redactor& redactor) const;

 private:
  int exchanges_;
  std::map<std::string, std::string> rules_;  // by full id
  std::string exchange_list_;                 // each with a comma before it
};

// Reads what write_run_json wrote. A foreign file, a truncated one or a newer schemaVersion is refused, saying so.
std::expected<Run, base::Diagnostics> read_run_json(const std::string& file, const std::string& text);

}  // namespace assay::record

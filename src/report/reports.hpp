// Views of a Run. All of them read record/ only, and take the redactor, because nothing leaves unredacted.
#pragma once
#include <string>

#include "record/redaction.hpp"
#include "record/run.hpp"

namespace assay::report {

struct TerminalStyle {
  bool color = false;  // ANSI colours; meaning is never in the colour alone
  bool utf8 = true;    // ✓ ✗ instead of ASCII words
  int width = 80;      // columns
  int verbosity = 0;   // -1 quiet (failures and summary), 0, 1 (-v: exchanges of failed checks)
};

// The result of `check` for a person: topics with a glyph per rule, each failure as a block (check, expected, actual,
// evidence, why, advice, again), warnings shorter, what was blocked or left out and why, Summary and Result lines.
std::string terminal_check(const record::Run& run, const record::Redactor& redactor, const TerminalStyle& style);
// The result of `load`: counts, the table of steps, invariants, trust, doubts.
std::string terminal_load(const record::Run& run, const record::Redactor& redactor, const TerminalStyle& style);
// The result of `doctor`: one line per preflight check, with what to change below the ones that did not pass.
std::string terminal_doctor(const record::Run& run, const record::Redactor& redactor, const TerminalStyle& style);
// One finished rule as one line, for logs: "PASS [  0.213s] code/single-use".
std::string plain_line(const record::Rule& rule);
struct JunitStyle {
  bool per_check = false;      // a case per check instead of one per rule
  bool warnings_fail = false;  // as --strict has it
};
// JUnit XML in the Surefire dialect.
std::string junit(const record::Run& run, const record::Redactor& redactor, const JunitStyle& style = {});
// SARIF 2.1.0 for code scanning.
std::string sarif(const record::Run& run, const record::Redactor& redactor);
// Markdown for a job summary or a pull request, below 60 KB.
std::string markdown(const record::Run& run, const record::Redactor& redactor);
// Workflow commands of GitHub Actions: the worst ten errors and ten warnings as annotations.
std::string github_annotations(const record::Run& run, const record::Redactor& redactor);
// JSON as shields.io's endpoint badges want it.
std::string badge(const record::Run& run, const record::Redactor& redactor);
// The times of whole flows as HdrHistogram's percentile text (.hgrm), in milliseconds, for its plotters.
std::string hgrm(const record::Run& run);
// One HTML file that needs neither JavaScript nor the network.
std::string html(const record::Run& run, const record::Redactor& redactor);

}  // namespace assay::report

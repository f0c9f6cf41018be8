// A comparison of runs as text, Markdown and JSON.
#pragma once
#include <string>

#include "record/compare.hpp"
#include "record/compare_load.hpp"
#include "report/reports.hpp"

namespace assay::report {

// Of rules: `now` has its `since`.
std::string terminal_compare(const record::Run& now, const record::Redactor& redactor, const TerminalStyle& style);
std::string markdown_compare(const record::Run& now, const record::Redactor& redactor);
std::string json_compare(const record::Run& now, const record::Redactor& redactor);

// Of load.
std::string terminal_compare(const record::LoadComparison& load, const TerminalStyle& style);
std::string markdown_compare(const record::LoadComparison& load);
std::string json_compare(const record::LoadComparison& load);

}  // namespace assay::report

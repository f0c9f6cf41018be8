// The HTML report; so far only its sentence.
#include "report/reports.hpp"
#include "report/view.hpp"
#include "report/xml.hpp"

namespace assay::report {

std::string html(const record::Run& run, const record::Redactor& redactor) {
  return "<!doctype html><title>assay</title><p>" + xml_escaped(shown(redactor, target_words(run) + ": " + verdict_sentence(run))) + "</p>\n";
}

}  // namespace assay::report

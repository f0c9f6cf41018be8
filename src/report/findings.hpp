// What a run found wrong, one entry per check, the worst first, each with a place in the user's files: what SARIF, annotations
// and Markdown have in common. Texts are raw: whoever shows them redacts. Internal to report/.
#pragma once
#include <string>
#include <vector>

#include "report/view.hpp"

namespace assay::report {

struct Place {
  std::string file;
  int line = 1;
};

struct Finding {
  std::string id;                // of the rule, without case: "redirect/exact-path"; of an objective: "load/objective"
  std::string case_name, check;  // may be empty
  record::Level level{};         // of the clause
  record::Verdict verdict{};     // fail, warn or waived
  std::string title, story, path;  // of the rule
  std::string reference, url, requirement;
  std::string expected, actual, advice;
  std::string reason;        // of a waived one; or why it counts although it was waived once
  std::string gain, threat;  // what an attacker gains by this check, as a word and as a sentence; may be empty
  std::string client;        // role; may be empty
  bool under_load = false;
  std::vector<int> evidence;
  Place place;

  std::string name() const;  // "redirect/exact-path#trailing-slash#not-redirected"
};

std::vector<Finding> findings(const record::Run& run);

// Where the part of the target file that a rule is about stands: its client, else the issuer. For the bundled mock, its own.
Place place_of(const record::Run& run, const std::vector<std::string>& clients);

}  // namespace assay::report

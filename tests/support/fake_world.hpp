// A small authorization server out of a few closures, a target that describes it, and what it takes to run rules against it
// without sockets and without waiting. A test changes one answer and looks at the verdicts.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/check_run.hpp"
#include "record/redaction.hpp"
#include "tests/support/fake_time.hpp"
#include "tests/support/scripted_transport.hpp"

namespace assay::support {

class FakeWorld {
 public:
  FakeWorld();

  // Runs rule files (their texts; ids as in the texts) under a profile that includes them all. Three clauses are there:
  // x/1/must, x/1/should and x/1/may.
  record::Run check(const std::vector<std::string>& rules, const std::vector<std::string>& only = {});
  // Only the preflight.
  engine::PreflightResult preflight();
  // Metadata as the server would give them.
  std::string metadata_text() const;

  ScriptedTransport transport;
  FakeTime time;
  rules::Target target;
  std::optional<oauth::Metadata> metadata;   // what discovery is taken to have found, by check()
  engine::PreflightResult preflight_result;  // taken into account by check()
  std::string levels;                        // the profile's "levels", such as R"("t/r":"MAY")"
  bool slow = false;
  unsigned concurrency = 1;
  bool polite = true;  // 429 slows the run down
  std::optional<std::uint64_t> seed;
  bool stop = false;  // what CheckRun watches
  record::Run run;    // of the last check() or preflight()
  record::Redactor redactor;
  std::set<std::string> live;         // access tokens that the server accepts
  std::vector<std::string> finished;  // rules, in the order in which they ended

 private:
  std::string token_answer(const ScriptedRequest& request);

  std::set<std::string> codes_, refresh_tokens_;
  int issued_ = 0;
};

// The verdict of a check ("rule#check", or "check" when there is one rule) in words, such as "pass"; "none" without one.
std::string verdict(const record::Run& run, const std::string& check);
const record::Rule& rule_of(const record::Run& run, const std::string& full_id);

// A rule with the id t/r out of its other members.
std::string rule_file(const std::string& members, const std::string& id = "t/r");

}  // namespace assay::support

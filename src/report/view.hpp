// What every report says in the same words: groups, counts, sentences, commands, times. Knows no output format.
#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "record/redaction.hpp"
#include "record/run.hpp"

namespace assay::report {

// A rule with all its cases, as they stand in the run.
struct RuleGroup {
  std::string id;
  record::Verdict verdict = record::Verdict::not_applicable;  // the worst of its cases
  std::vector<const record::Rule*> cases;
};

struct Topic {
  std::string name;
  std::vector<RuleGroup> rules;
};

std::vector<Topic> topics(const record::Run& run);  // in the order of their first rule

// "3 failed", "1 warning", "6 not applicable"
std::string counted(record::Verdict verdict, std::size_t count);
// Verdicts in the order in which counts are told: what holds, what is broken, what is unproven, what does not matter.
const std::vector<record::Verdict>& told_order();
// One word for a person: "passed", "failed", "warning", "blocked".
std::string_view word(record::Verdict verdict);
// True for verdicts that prove nothing, although the rule applies.
bool unproven(record::Verdict verdict);

// The run in one sentence: "1 rule is broken, 78 hold."
std::string verdict_sentence(const record::Run& run);
// That it did not go to its end, and what that means; empty if it did.
std::string interruption(const record::Run& run);
// Why a rule shows its verdict: its own reason, or that of the check it comes from.
std::string reason_of(const record::Rule& rule);
// A command that repeats a rule: "assay check targets/staging.jsonc --only code/single-use -v".
std::string again_command(const record::Run& run, const record::Rule& rule);
std::string target_words(const record::Run& run);  // "staging", "the bundled mock with code-reusable"

// What the trials of a race prove: "0 of 299 trials, at most 1.0 % with 95 % confidence, 8 copies, median release spread 31 µs"
std::string race_words(const record::Race& race, bool utf8 = true);
// What became of them otherwise: "different tokens in 3, 2 answers timed out"; may be empty.
std::string race_outcomes(const record::Race& race);

// What an attacker gains, in words: "Account takeover"; and how bad that is, 0 being the worst.
std::string gain_words(std::string_view gain);
std::size_t gain_rank(std::string_view gain);

// "met every objective up to 200/s; at 400/s: p99 < 250ms: 1.31 s"
std::string limit_sentence(const record::Limit& limit);
std::string objective_words(const record::Objective& objective);  // "p99 < 60ms in each 10 s: 78 ms at 20 s"
std::string invariant_words(const record::Invariant& invariant);  // "held 23 998 times", "broken 1 time, held ...: ..."
record::Verdict verdict_of(const record::Invariant& invariant);
record::Verdict verdict_of(const record::Objective& objective);

// "12 days left, until 2027-01-31: no revocation (identity-team)", by its state.
std::string waiver_words(const record::Waiver& waiver);
// "1 new failure, 2 fixed"; "nothing changed"
std::string change_counts(const record::Since& since);
// "new failure", "lost proof"
std::string change_word(std::string_view kind);

const record::Exchange* find_exchange(const record::Run& run, int id);
// "first 200", "second timed out"
std::string exchange_words(const record::Exchange& exchange);

std::string short_time(std::uint64_t ns, bool utf8 = true);                   // "85 µs", "4.14 ms", "18 ms", "1.20 s"
std::string grouped(std::uint64_t number);                                    // "24 000"
std::string per_second(std::uint64_t number, std::chrono::nanoseconds span);  // "160.0", "33 758"
std::string day_and_time(record::WallTime time);                              // "2026-03-14 09:26:53 UTC"
std::string host_of(const record::Run& run);                                  // of the issuer; may be empty

// Text from anywhere, fit to be shown on one line: redacted, and with control characters made visible.
std::string shown(const record::Redactor& redactor, std::string_view text, std::size_t limit = 400);
// A redacted message as lines fit to be shown; at most `limit` bytes of it, `cut` tells whether there was more.
struct ShownLines {
  std::vector<std::string> lines;
  bool cut = false;
};
ShownLines shown_lines(const record::Redactor& redactor, std::string_view message, std::size_t limit);

}  // namespace assay::report

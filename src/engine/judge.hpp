// Decides whether conditions hold for what a step left behind. No I/O, no text: words are made only for what is reported.
#pragma once
#include <span>
#include <string>

#include "base/random.hpp"
#include "engine/step_result.hpp"
#include "rules/rule.hpp"

namespace assay::engine {

enum class Truth : std::uint8_t { yes, no, unknown };  // unknown: 429, 502 to 504, no answer, or the step did not run

class Judge {
 public:
  // `random`: where fresh values come from; nullptr: from the system.
  explicit Judge(std::span<const StepResult> results, base::Random* random = nullptr)
      : results_(results), random_(random ? random : &system_random_) {}
  Judge(const Judge&) = delete;
  Judge& operator=(const Judge&) = delete;

  Truth holds(const rules::Expectation& expectation, const StepResult& result, rules::Verb verb) const;
  // distinct and same. unknown: a value is missing.
  Truth differ(const rules::That& that) const;

  // Appends what `value` stands for. False if a field that it names is missing.
  bool append(std::string& out, const rules::Template& value) const;

 private:
  bool condition(const rules::Condition& condition, const StepResult& result, rules::Verb verb) const;
  bool compare(const rules::Condition& condition, const StepResult& result, std::string_view text, base::JsonType type,
               bool there) const;
  Truth signature(const rules::Condition& condition, const StepResult& result) const;
  std::string filled(const rules::Template& value) const;

  std::span<const StepResult> results_;
  base::Random system_random_;
  base::Random* random_;
};

// Whether an answer says nothing about the rule: overload, a broken gateway, or no answer through no fault of the server.
bool says_nothing(const StepResult& result, rules::Verb verb);
// Whether a token is a JWT, which whoever has the keys can check without asking the server.
bool is_jwt(std::string_view token);
// Whether the answer hands out a token (or, after authorize, a code).
bool hands_out(const StepResult& result, rules::Verb verb);

// The answer in words, for Actual: "400 invalid_grant", "200 with access_token, refresh_token". No secrets in it.
std::string describe_answer(const StepResult& result, rules::Verb verb);
// What of `expectation` did not hold, in words: "Cache-Control is \"private\"".
std::string describe_mismatch(const rules::Expectation& expectation, const StepResult& result, rules::Verb verb);

}  // namespace assay::engine

// What one step left behind: the answer, and the fields that later steps and checks name. Reused from run to run; its
// buffers keep their capacity.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.hpp"
#include "base/json_walk.hpp"
#include "engine/login_driver.hpp"
#include "net/answer.hpp"
#include "rules/rule.hpp"

namespace assay::engine {

enum class StepState : std::uint8_t { not_run, ran, impossible };  // impossible: what it needed was not there

struct StepResult {
  StepResult() = default;
  StepResult(const StepResult&) = delete;  // its fields are views of its own buffers
  StepResult& operator=(const StepResult&) = delete;

  StepState state = StepState::not_run;
  std::string why;      // impossible: what was missing
  std::string request;  // of a step that is one request, unless it is the same for all (RequestPlan::fixed)
  net::Answer answer;   // the last one of an authorize step
  base::JsonShape shape = base::JsonShape::malformed;
  bool form_encoded = false;                           // the body was read as a form, not as JSON
  Arrival arrival;                                     // authorize only
  int repetition = 0;                                  // of a step with `repeat`: which one this is, from 1
  std::vector<int> exchanges;                          // evidence; empty unless someone keeps it
  std::chrono::system_clock::time_point server_now{};  // what the server's clock showed when the step ended
  net::SteadyTime began{}, ended{};                    // first byte sent to last byte received; equal: nothing was sent

  bool has(rules::Field field) const { return (set_ & bit(field)) != 0; }
  std::string_view text(rules::Field field) const {
    return has(field) ? values_[index(field)].text : std::string_view();
  }
  base::JsonType type(rules::Field field) const {
    return has(field) ? values_[index(field)].type : base::JsonType::absent;
  }
  bool repeated(rules::Field field) const { return has(field) && values_[index(field)].repeated; }
  int status() const { return answer.status; }

  // Forgets the last run.
  void clear();
  // Sets a field from a string that the result keeps itself.
  void keep(rules::Field field, std::string_view value, base::JsonType type = base::JsonType::string);
  // Reads the members of the answer's body that steps of this verb have.
  void read_body(rules::Verb verb);

 private:
  struct Value {
    std::string_view text;
    base::JsonType type = base::JsonType::absent;
    bool repeated = false;
  };

  static std::size_t index(rules::Field field) { return static_cast<std::size_t>(field); }
  static std::uint64_t bit(rules::Field field) { return std::uint64_t{1} << index(field); }
  static_assert(rules::kFieldCount <= 64);

  // Which fields there are. A run forgets all of them at once: under load, hundreds of sessions take turns in the cache, and most
  // fields of most steps are never set.
  std::uint64_t set_ = 0;
  std::array<Value, rules::kFieldCount> values_{};
  std::array<std::string, rules::kFieldCount> kept_;
};

}  // namespace assay::engine

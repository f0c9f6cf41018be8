// A rule bound to a target: everything that does not change from run to run is put together once, so that a run only fills
// the holes. Shared, read-only, by all sessions that run it.
#pragma once
#include <string>
#include <vector>

#include "base/random.hpp"
#include "engine/bound_target.hpp"
#include "engine/request_body.hpp"
#include "rules/rule.hpp"

namespace assay::engine {

struct RequestPlan {
  const Endpoint* endpoint = nullptr;        // nullptr: we know of no such endpoint; the step cannot run
  std::string line;                          // request line, where a query follows: "POST /token?"
  std::string head;                          // the rest of it and the fields, each with CRLF; without Content-Length
  BodyPlan query, body;                      // with client authentication
  std::vector<rules::Parameter> parameters;  // authorize: in the order they are sent
  std::vector<rules::Parameter> headers;     // those with holes; the others are in `head`
  const Endpoint* push_endpoint =
      nullptr;        // authorize: where the request is pushed; `head` and `body` are then for that
  std::string fixed;  // the whole request when nothing in it varies; else empty
};

class Program {
 public:
  // `rule` is copied; `target` must outlive the program.
  Program(const rules::Rule& rule, const BoundTarget& target, base::Random random = {});

  const rules::Rule& rule() const { return rule_; }  // with the target's settings in place of ${target...}
  const BoundTarget& target() const { return *target_; }
  // Whether a condition compares with the time at which its answer came.
  bool reads_clock() const { return reads_clock_; }
  const RequestPlan& plan(const rules::Step& step) const { return plans_[static_cast<std::size_t>(step.slot)]; }

 private:
  void bind(rules::Template& value) const;
  void bind(rules::Expectation& expectation);
  void bind(rules::Step& step);
  void plan_request(const rules::Step& step);
  void plan_parameters(const rules::Step& step, RequestPlan& plan) const;
  void authenticate(const rules::Step& step, rules::Auth auth, RequestPlan& plan) const;
  void plan_push(const rules::Step& step, RequestPlan& plan) const;

  rules::Rule rule_;
  const BoundTarget* target_;
  bool reads_clock_ = false;
  std::string wrong_secret_ = "not-";
  std::vector<RequestPlan> plans_;  // by slot
};

}  // namespace assay::engine

// The parameters of a request as they are sent, put together when a rule is bound to a target: what is known by then is
// encoded text, only the holes are filled in a run.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/rule.hpp"

namespace assay::engine {

struct BodyPiece {
  std::string text;       // as it is sent;
  rules::Template value;  // then this, encoded; empty: nothing
  std::string name = {};  // of the parameter that the value belongs to
};

struct BodyPlan {
  std::vector<BodyPiece> pieces;
  bool json = false;

  bool varies() const;
  std::string fixed_text() const;  // of a body that does not vary
};

// Form and query alike are pairs joined by "&". An object of JSON is there even without parameters.
BodyPlan plan_body(std::span<const rules::Parameter> parameters, rules::RequestFormat format);
// Appends a value that goes into a hole.
void append_value(std::string& out, std::string_view value, bool json);

bool is_literal(const rules::Template& value);
std::string literal_text(const rules::Template& value);

}  // namespace assay::engine

// A value that must never reach a log, a report or a terminal. It has no stream operator, no formatter and no JSON
// conversion: whoever needs the bytes says so with reveal(), which scripts/check-floors allows in few folders only.
#pragma once
#include <string>
#include <string_view>
#include <utility>

namespace assay::base {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  std::string_view reveal() const { return value_; }
  bool empty() const { return value_.empty(); }
  std::size_t size() const { return value_.size(); }

 private:
  std::string value_;
};

}  // namespace assay::base

// What the target can be asked for: which grants and endpoints the server claims, which clients and settings we have.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/bound_target.hpp"
#include "engine/oracle.hpp"

namespace assay::engine {

struct Capability {
  enum class State : std::uint8_t { present, not_claimed, not_configured, left_out };
  State state = State::present;
  std::string reason;  // why not, and what to add
};

class Capabilities {
 public:
  // `free_time`: waiting costs nothing or was allowed.
  Capabilities(const BoundTarget& target, const Oracle& oracle, bool free_time);

  void observe(const std::string& name, bool seen);  // "observed.refresh-rotation"
  bool knows(std::string_view name) const { return known_.contains(name); }
  Capability find(std::string_view name) const;
  // The first of `names` that is missing, or present.
  Capability missing(const std::vector<std::string>& names) const;
  std::map<std::string, bool> all() const;

 private:
  std::map<std::string, Capability, std::less<>> known_;
  std::map<std::string, std::vector<std::string>> advertised_;  // what the metadata say
};

}  // namespace assay::engine

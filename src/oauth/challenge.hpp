// The challenges of a WWW-Authenticate field (RFC 9110 section 11.6.1), read out of whatever a server wrote there. Knows nothing
// of what a challenge should say.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay::oauth {

struct Challenge {
  std::string scheme;
  std::vector<std::pair<std::string, std::string>> parameters;  // values without their quotes

  // Whether this is a challenge of the scheme of `wanted` and has at least its parameters. Names in any case.
  bool covers(const Challenge& wanted) const;
};

// One field may hold several challenges, and commas also separate the parameters of one.
std::vector<Challenge> read_challenges(std::string_view field);

}  // namespace assay::oauth

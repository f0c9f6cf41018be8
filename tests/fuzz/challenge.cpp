// WWW-Authenticate fields.
#include "oauth/challenge.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace assay::fuzz {
namespace {

void challenge(std::string_view input) {
  for (const auto& challenge : oauth::read_challenges(input)) {
    require(challenge.covers(challenge), "a challenge covers itself");
    for (const auto& [name, value] : challenge.parameters) require(!name.empty(), "a parameter has a name");
  }
}

const Target challenge_target("challenge", challenge);

}  // namespace
}  // namespace assay::fuzz

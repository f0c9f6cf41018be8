// Which rules a check would run and why the others would not, as far as that can be said before anything is sent.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rules/library.hpp"
#include "rules/target.hpp"

namespace assay::engine {

enum class Fate : std::uint8_t {
  runs,
  depends,        // on what discovery or another rule will find
  waits,          // takes real time, which was not allowed
  lacks,          // the target file lacks something, or says that the server does
  load_only,      // judged by load runs
  not_in_preset,  // the profile has it, the preset does not
  not_in_profile
};

// Why a check leaves out rules with an invariant.
inline constexpr std::string_view kNeedsLoad = "needs a load run: assay load";

struct Prospect {
  const rules::Rule* rule;  // one case
  Fate fate = Fate::runs;
  std::string reason;  // depends: the capabilities in question; lacks: what to add, or what the file says
};

// Every rule that `only` (empty: all) lets through, in the order of the library. `target` nullptr: the bundled mock, which
// has everything and waits for nothing.
std::vector<Prospect> forecast(const rules::Library& library, const rules::Profile& profile,
                               const rules::Preset* preset, const std::vector<std::string>& only,
                               const rules::Target* target, bool slow);

}  // namespace assay::engine

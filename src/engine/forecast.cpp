#include "engine/forecast.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "engine/capabilities.hpp"

namespace assay::engine {
namespace {

// What the target file alone says. Without it nothing is missing.
class Outlook {
 public:
  Outlook(const rules::Target& target, bool slow)
      : discovery_(!target.discovery || !target.discovery->empty()), grants_named_(!target.grants.empty()),
        bound_(target, std::nullopt, ""), oracle_(bound_), capabilities_(bound_, oracle_, slow) {}

  void judge(Prospect& out) const {
    std::string open;
    for (const auto& need : out.rule->needs) {
      const auto found = capabilities_.find(need);
      if (found.state == Capability::State::present) continue;
      if (remains_open(need)) {
        if (!open.contains(need)) open += (open.empty() ? "" : ", ") + need;
        continue;
      }
      out.fate = found.state == Capability::State::left_out ? Fate::waits : Fate::lacks;
      out.reason = found.reason;
      return;
    }
    if (open.empty()) return;
    out.fate = Fate::depends;
    out.reason = open;
  }

 private:
  // Not said by the target file, but perhaps by the metadata, or by what other rules see.
  bool remains_open(std::string_view need) const {
    if (need.starts_with("observed.")) return true;
    if (!discovery_) return false;
    if (need.starts_with("grant.")) return !grants_named_;
    return need.starts_with("endpoint.") || need.starts_with("advertised.") || need == "metadata" || need == "pkce" ||
           need == "dpop" || need == "oracle.access-token";
  }

  bool discovery_, grants_named_;
  BoundTarget bound_;
  Oracle oracle_;
  Capabilities capabilities_;
};

bool any(const std::vector<std::string>& only, auto matches) { return std::ranges::any_of(only, matches); }

}  // namespace

std::vector<Prospect> forecast(const rules::Library& library, const rules::Profile& profile,
                               const rules::Preset* preset, const std::vector<std::string>& only,
                               const rules::Target* target, bool slow) {
  std::optional<Outlook> outlook;
  if (target) outlook.emplace(*target, slow);
  std::vector<Prospect> out;
  for (const auto& rule : library.rules) {
    const auto full = rule.full_id();
    const bool wanted = only.empty() || any(only, [&](const std::string& glob) {
                          return base::matches_glob(glob, rule.id) || base::matches_glob(glob, full);
                        });
    if (!wanted) continue;
    // As in select_rules: asked for by its exact name, a rule runs whatever the profile.
    const bool named = any(only, [&](const std::string& name) { return name == rule.id || name == full; });
    Prospect prospect{&rule, Fate::runs, ""};
    if (!named && !profile.includes(rule.id)) prospect.fate = Fate::not_in_profile;
    else if (!named && preset && !preset->includes(rule.id)) prospect.fate = Fate::not_in_preset;
    else if (!rule.invariant.empty()) prospect = {&rule, Fate::load_only, std::string(kNeedsLoad)};
    else if (outlook) outlook->judge(prospect);
    out.push_back(std::move(prospect));
  }
  return out;
}

}  // namespace assay::engine

// Is everything ready? Finds the metadata and tries what every rule relies on: clients authenticate, login works, an oracle
// works. What is not ready is named before any rule runs, with what to change: most errors are configuration errors.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/bound_target.hpp"
#include "engine/recorder.hpp"
#include "oauth/metadata.hpp"
#include "rules/rule.hpp"

namespace assay::engine {

struct PreflightResult {
  std::vector<record::PreflightCheck> checks;
  std::optional<oauth::Metadata> metadata;
  std::string metadata_url;
  bool reachable = true;                           // false: nothing else makes sense
  std::map<std::string, std::string> bad_clients;  // role -> why
  std::vector<std::string> registered;             // roles of clients that were registered for this run
  std::chrono::nanoseconds clock_ahead{};          // the server's clock minus ours; 0 when it does not tell
  bool misunderstood_odd = false;                  // the server does not decode the credentials of the client "odd"
  std::string bad_second_login;                    // the same for the second user
  std::string one_at_a_time;                       // why rules must not run side by side; empty: they may
  std::string bad_login;                           // why; empty: login works or was not tried
  bool login_refused = false;                      // of that: the server did not like the user or the password
  bool consent_prompt_helps = false;               // refresh tokens come with prompt=consent only
  std::map<std::string, rules::ClientAuth> other_auth;  // role -> how the client can authenticate instead

  std::string no_races;  // why rules that send many requests at once must not run; empty: they may

  // Why `rule` cannot run, or "".
  std::string blocks(const rules::Rule& rule) const;
  bool blocked() const;  // some check is blocked
};

// First part: can the server be reached, and what does it say about itself?
net::awaitable<void> discover(const rules::Target& target, net::Transport& transport, Recorder& recorder,
                              PreflightResult& out);

// Then: endpoints that the metadata put on hosts that the target file does not name. They are not used, and without some of them
// nothing else makes sense.
void hold_to_named_hosts(const rules::Target& target, PreflightResult& out);
// What to add to the target file.
std::string hosts_hint(const std::vector<std::string>& hosts);

// Second part: keys, clients, login, oracle.
net::awaitable<void> try_target(const BoundTarget& target, net::Transport& transport, net::Timekeeper& time,
                                Recorder& recorder, PreflightResult& out);

}  // namespace assay::engine

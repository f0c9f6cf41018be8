// assay init --remove FILE: takes back what assay init registered.
#include <cstdio>

#include "base/text.hpp"
#include "cli/init_session.hpp"

namespace assay::cli {

int init_remove(const Options& options) {
  if (!options.init.issuer.empty())
    return report_stop({kUsage, "assay init: --remove FILE goes without an issuer: FILE says where the clients are"});
  Options reading = options;
  reading.target = options.init.remove;
  const auto target = read_target(reading);
  if (!target) return report_stop(target.error());
  std::vector<std::pair<std::string, rules::TargetClient>> clients;
  for (const auto& client : target->clients)
    if (!client.second.registration_uri.empty()) clients.push_back(client);
  if (clients.empty())
    return report_stop(
        {kUsage, "assay init: " + options.init.remove + " holds no client with a \"management\"; nothing was sent"});
  bool all = true;
  Checked session;
  std::string said;
  const auto done =
      in_network(*target, session, [&](net::Transport& transport, engine::Recorder& recorder) -> net::awaitable<void> {
        for (const auto& [role, client] : clients) {
          const auto why = co_await engine::remove_client(transport, recorder, client);
          said += why.empty() ? "removed      " + role + "\n" : "not removed  " + role + ": " + why + "\n";
          all = all && why.empty();
        }
      });
  if (!done) return report_stop(done.error());
  std::fputs(said.c_str(), stdout);
  if (session.interrupted) return kInterrupted;
  if (all) std::printf("%s is of no more use, nor are its secrets.\n", options.init.remove.c_str());
  return all ? kPassed : kBlocked;
}

}  // namespace assay::cli

// assay init: from an issuer's URL to a target file that `assay check` runs. Finds out what can be found out, registers clients
// where that is open, asks for the rest, tries it, and writes it down.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/init_session.hpp"

namespace assay::cli {
namespace {

constexpr int kMostRounds = 6;  // of trying and mending

// What the preflight found and can be mended without asking. True: it is worth another try.
bool mend(InitSession& session, const engine::PreflightResult& found) {
  bool changed = false;
  auto& target = session.draft.target;
  for (const auto& [role, auth] : found.other_auth) {
    target.clients.at(role).auth = auth;
    changed = true;
  }
  if (found.consent_prompt_helps) {
    target.authorize_params.emplace_back("prompt", "consent");
    changed = true;
  }
  // A client that registered itself and does not work is of no use; without "web" there is no use in the others.
  for (const auto& [role, why] : found.bad_clients)
    if (role != "web" && target.clients.size() > 1 && !found.other_auth.contains(role) &&
        session.registered.contains(role)) {
      session.draft.remarks.push_back("No \"" + role + "\": it registered, but " + base::printable(why, 300));
      session.leave_out(role);
      changed = true;
    }
  return changed;
}

bool is_ready(const Checked& tried, const InitSession& session) {
  for (const auto& check : tried.run.preflight) {
    const bool login = check.name == "login" || check.name == "redirect URI";
    if (check.verdict == record::Verdict::blocked && !(login && session.options.init.no_login)) return false;
  }
  return tried.preflight.reachable;
}

std::expected<std::unique_ptr<Checked>, Stop> try_it(InitSession& session) {
  for (int round = 0;; ++round) {
    session.say(round == 0 ? "Trying it." : "Trying it again.");
    auto tried = std::make_unique<Checked>();
    auto ran = session.preflight(*tried);
    if (!ran) return std::unexpected(ran.error());
    if (tried->interrupted) return std::unexpected(Stop{kInterrupted, "interrupted"});
    bool again = mend(session, tried->preflight);
    if (tried->preflight.login_refused && session.dialogue.possible()) {
      session.dialogue.tell("The server did not let the user in: wrong name or password?");
      again = session.ask_user(0) || again;
      if (session.dialogue.interrupted()) return std::unexpected(Stop{kInterrupted, "interrupted"});
    }
    if (!again || round + 1 == kMostRounds) return tried;
  }
}

std::optional<Stop> write_files(const InitSession& session) {
  const auto& wishes = session.wishes;
  if (session.draft.has_secrets())
    if (const auto written = engine::write_secrets(session.draft, wishes.env_file); !written)
      return Stop{kUsage, "assay init: cannot " + written.error().doing};
  if (const auto written = base::write_file(wishes.output, engine::target_text(session.draft)); !written)
    return Stop{kUsage, "assay init: cannot " + written.error().doing};
  return std::nullopt;
}

void say_what_is_next(const InitSession& session, bool ready) {
  const auto& wishes = session.wishes;
  std::string text = "\nWritten  " + wishes.output;
  if (session.draft.has_secrets()) text += "; its secrets are in " + wishes.env_file + ", which only you can read";
  text += "\nNext     assay " + std::string(ready ? "check " : "doctor ") + wishes.output + "\n";
  const bool removable = std::ranges::any_of(
      session.registered, [](const auto& client) { return !client.second.registration_token.empty(); });
  if (removable) text += "Later    assay init --remove " + wishes.output + "   removes the registered clients again\n";
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

std::expected<int, Stop> run(InitSession& session) {
  if (auto stop = session.find_server()) return std::unexpected(*stop);
  if (auto stop = session.find_clients()) return std::unexpected(*stop);
  if (auto stop = session.ask_rest()) return std::unexpected(*stop);
  auto tried = try_it(session);
  if (!tried) return std::unexpected(tried.error());
  const auto& style = terminal_style(session.options, STDOUT_FILENO);
  std::fputs(report::terminal_doctor((*tried)->run, (*tried)->redactor, style).c_str(), stdout);
  const bool ready = is_ready(**tried, session);
  if (!ready && session.dialogue.possible() &&
      !session.dialogue.yes("It is not ready. Write the file all the same?", true))
    return std::unexpected(Stop{session.dialogue.interrupted() ? kInterrupted : kBlocked, "nothing was written"});
  if (const auto stop = write_files(session)) return std::unexpected(*stop);
  session.remove_left_out();
  session.remove_replaced();
  say_what_is_next(session, ready);
  return ready ? kPassed : kBlocked;
}

}  // namespace

int init(const Options& options) {
  if (!options.init.remove.empty()) return init_remove(options);
  auto wishes = read_wishes(options.init);
  if (!wishes) return report_stop(wishes.error());
  auto library = load_rules(options);
  if (!library) return report_stop(library.error());
  InitSession session(options, *library, std::move(*wishes));
  auto exit = run(session);
  if (exit) return *exit;
  session.remove_all();
  return report_stop(exit.error());
}

}  // namespace assay::cli

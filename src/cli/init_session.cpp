#include "cli/init_session.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>

#include "base/text.hpp"
#include "net/client.hpp"

namespace assay::cli {
namespace {

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm date{};
  gmtime_r(&now, &date);
  char text[11];
  std::strftime(text, sizeof text, "%Y-%m-%d", &date);
  return text;
}

// "login.example-8443.jsonc" -> "LOGIN_EXAMPLE_8443_": two targets must not share a variable.
std::string prefix_of(const std::string& path) {
  std::string out;
  for (const char c : std::filesystem::path(path).stem().string()) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    out += letter ? static_cast<char>(c & ~0x20) : c >= '0' && c <= '9' ? c : '_';
  }
  if (out.empty() || (out[0] >= '0' && out[0] <= '9')) out = "ASSAY_" + out;
  return out + "_";
}

constexpr const char* kUserNames[] = {"ONE", "TWO", "THREE", "FOUR"};

}  // namespace

InitSession::InitSession(const Options& given, const rules::Library& library, InitWishes wished)
    : options(given), wishes(std::move(wished)), dialogue(!given.init.no_input), library_(library) {
  draft.made = today();
}

void InitSession::say(const std::string& text) const {
  if (!options.quiet) dialogue.tell(text);
}

std::optional<Stop> InitSession::stopped() const {
  if (dialogue.interrupted() || asked_.interrupted) return Stop{kInterrupted, "interrupted; nothing was written"};
  if (dialogue.ended()) return Stop{kUsage, "assay init: the input ended before all was said; nothing was written"};
  return std::nullopt;
}

std::optional<Stop> InitSession::what_is_missing(const std::vector<std::string>& missing) const {
  if (missing.empty()) return std::nullopt;
  std::string text = "assay init: there is no terminal to ask at, and this is missing:\n";
  for (const auto& one : missing) text += "  " + one + "\n";
  return Stop{kUsage, text + "nothing was registered or written"};
}

void InitSession::remember(const std::string& of, const std::string& suffix, const WishedSecret& secret) {
  const bool stored = secret.variable.empty();
  const auto name = stored ? prefix_of(wishes.output) + suffix : secret.variable;
  draft.variable[of] = name;
  if (stored) draft.stored.insert(name);
}

void InitSession::put_user(std::size_t index, const std::string& name, const WishedSecret& password) {
  auto& users = draft.target.users;
  if (users.size() <= index) users.resize(index + 1);
  users[index] = {name, password.value};
  remember("user." + std::to_string(index),
           (index < std::size(kUserNames) ? std::string(kUserNames[index]) : std::to_string(index + 1)) + "_PASSWORD",
           password);
}

bool InitSession::ask_user(std::size_t index) {
  const auto name = dialogue.ask(index == 0 ? "User to log in with, a test user" : "A second test user (empty: none)");
  if (name.empty()) return false;
  const auto password = dialogue.ask_secret("Password of " + base::printable(name, 60));
  if (dialogue.ended()) return false;
  put_user(index, name, {"", base::Secret(password), true});
  return true;
}

std::optional<Stop> InitSession::ask_rest() {
  auto& target = draft.target;
  const auto& init = options.init;
  const bool front = target.clients.size() > (target.clients.contains("service") ? 1u : 0u);
  const bool dialogues = dialogue.possible();
  target.scope = !init.scope.empty() ? init.scope : front ? scopes_.scope : "";
  if (front && init.scope.empty() && dialogues) target.scope = dialogue.ask("Scope to ask for", target.scope);
  target.scope_narrow = narrow_scope(target.scope);
  if (target.clients.contains("service")) {
    target.service_scope = !init.service_scope.empty() ? init.service_scope : scopes_.service;
    if (init.service_scope.empty() && dialogues && !target.service_scope.empty())
      target.service_scope = dialogue.ask("Scope of the service client", target.service_scope);
  }
  target.authorize_params = wishes.authorize_params;
  for (std::size_t i = 0; i < wishes.users.size(); ++i) put_user(i, wishes.users[i].name, wishes.users[i].password);
  if (front && wishes.users.empty() && !init.no_login && dialogues) {
    if (ask_user(0)) ask_user(1);
    else if (!dialogue.ended()) draft.remarks.push_back("No users: rules that need a login do not run.");
  }
  return stopped();
}

std::expected<void, Stop> InitSession::preflight(Checked& tried) {
  Options how = options;
  how.target = wishes.output;
  const auto scope = find_scope(library_, how);
  if (!scope) return std::unexpected(scope.error());
  Subject subject;
  subject.target = draft.target;
  subject.time = std::make_unique<net::RealTime>();
  tried.run = new_run(how, library_, *scope->profile, subject, "init");
  return run_preflight(how, library_, *scope->profile, subject, tried);
}

void InitSession::leave_out(const std::string& role) {
  const auto found = registered.find(role);
  if (found != registered.end()) {
    left_out_.emplace_back(role, found->second);
    registered.erase(found);
  }
  draft.target.clients.erase(role);
  if (role == "service") draft.target.scope_foreign.clear();
  for (const char* of : {".secret", ".registration"})
    if (const auto name = draft.variable.find(role + of); name != draft.variable.end()) {
      draft.stored.erase(name->second);
      draft.variable.erase(name);
    }
}

void InitSession::remove(std::vector<std::pair<std::string, rules::TargetClient>> clients) {
  if (clients.empty()) return;
  std::vector<std::string> said;
  Checked session;
  const auto done = in_network(
      draft.target, session, [&](net::Transport& transport, engine::Recorder& recorder) -> net::awaitable<void> {
        for (const auto& [role, client] : clients) {
          const auto why = co_await engine::remove_client(transport, recorder, client);
          said.push_back(why.empty() ? "Removed the client \"" + role + "\" again."
                                     : "The client \"" + role + "\" (" + base::printable(client.id, 80) +
                                           ") is still registered: " + why + ".");
        }
      });
  for (const auto& line : said) say(line);
}

void InitSession::remove_left_out() { remove(std::exchange(left_out_, {})); }

// Who overwrites a file has no other way to find its clients again.
void InitSession::remember_replaced() {
  Options reading = options;
  reading.target = wishes.output;
  if (const auto old = read_target(reading))
    for (const auto& client : old->clients)
      if (!client.second.registration_token.empty()) replaced_.push_back(client);
}

void InitSession::remove_replaced() {
  if (!replaced_.empty()) say("The clients that " + wishes.output + " held before are not needed any more.");
  remove(std::exchange(replaced_, {}));
}

void InitSession::remove_all() {
  for (const auto& client : registered) left_out_.push_back(client);
  registered.clear();
  remove_left_out();
}

}  // namespace assay::cli

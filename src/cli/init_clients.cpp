// `assay init`: which clients to use. They register themselves where that is open; otherwise somebody has to name them.
#include <algorithm>

#include "base/text.hpp"
#include "cli/init_session.hpp"

namespace assay::cli {
namespace {

const std::vector<std::string> kRedirectUris = {"http://127.0.0.1:4999/cb", "http://127.0.0.1:4999/other"};

std::string in_capitals(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c & ~0x20);
  return text;
}

}  // namespace

bool InitSession::can_register() const {
  const bool offered =
      (metadata_ && !metadata_->registration_endpoint.empty()) || !wishes.endpoints.registration.empty();
  return offered && wishes.clients.empty() && !options.init.no_register;
}

std::optional<Stop> InitSession::find_clients() {
  bool registers = can_register();
  if (registers && dialogue.possible())
    registers = dialogue.yes("Clients can register themselves here. Register test clients", true);
  if (auto stop = stopped()) return stop;
  if (!dialogue.possible()) {
    std::vector<std::string> missing;
    for (const auto& place : doubtful_)
      missing.push_back("--trust " + (place.without_tls ? place.origin : place.host) + ": the metadata name " +
                        base::printable(place.origin, 120) + " for " + place.names + "; is that right?");
    const auto& e = wishes.endpoints;
    const bool token = !e.token.empty() || (metadata_ && !metadata_->token_endpoint.empty());
    if (!token) missing.push_back("--endpoint token=URL: the metadata name none");
    if (!registers && wishes.clients.empty())
      missing.push_back(
          "--client-id ID, with --client-secret-env NAME or --client-secret-file FILE: clients cannot register "
          "themselves here"
          " (more of them: --client-id second=ID, spa=, service=)");
    const bool front = !e.authorization.empty() || (metadata_ && !metadata_->authorization_endpoint.empty());
    const bool only_service = wishes.clients.size() == 1 && wishes.clients.contains("service");
    if (front && !only_service && wishes.users.empty() && !options.init.no_login)
      missing.push_back("--user NAME, with --password-env NAME or --password-file FILE; or --no-login: nobody logs in");
    if (auto stop = what_is_missing(missing)) return stop;
  }
  if (registers) return register_clients();
  if (wishes.clients.empty()) return ask_clients();
  for (const auto& [role, client] : wishes.clients) add_client(role, client);
  return std::nullopt;
}

void InitSession::add_client(const std::string& role, const WishedClient& wished) {
  rules::TargetClient client;
  client.id = wished.id;
  client.secret = wished.secret.value;
  client.auth = wished.auth ? *wished.auth : wished.secret.given ? rules::ClientAuth::basic : rules::ClientAuth::none;
  client.redirect_uris = wished.redirect_uris;
  if (client.redirect_uris.empty() && role != "service")
    client.redirect_uris = wishes.redirect_uris.empty() ? kRedirectUris : wishes.redirect_uris;
  draft.target.clients[role] = client;
  if (wished.secret.given) remember(role + ".secret", in_capitals(role) + "_SECRET", wished.secret);
}

bool InitSession::ask_client(const std::string& role, const std::string& what, bool with_secret, bool needed) {
  WishedClient client;
  client.id = dialogue.ask("Id of " + what + (needed ? "" : " (empty: none)"));
  if (client.id.empty()) return false;
  if (with_secret) {
    const auto secret = dialogue.ask_secret("Its secret");
    if (!secret.empty()) client.secret = {"", base::Secret(secret), true};
  }
  if (role == "web") {
    std::string standard;
    for (const auto& uri : wishes.redirect_uris.empty() ? kRedirectUris : wishes.redirect_uris)
      standard += (standard.empty() ? "" : " ") + uri;
    dialogue.tell(
        "Redirect URIs exactly as registered for it, with blanks between them. Nothing needs to listen there.");
    wishes.redirect_uris.clear();
    for (const auto uri : base::split(dialogue.ask("Redirect URIs", standard), ' '))
      wishes.redirect_uris.emplace_back(uri);
  }
  if (!dialogue.ended()) add_client(role, client);
  return true;
}

std::optional<Stop> InitSession::ask_clients() {
  const bool front =
      !draft.target.endpoints.authorization.empty() || (metadata_ && !metadata_->authorization_endpoint.empty());
  if (front) {
    ask_client("web", "a confidential client", true, false);
    if (draft.target.clients.contains("web"))
      ask_client("second", "another one with the same redirect URIs", true, false);
    ask_client("spa", "a public client", false, false);
  }
  ask_client("service", "a client for client credentials", true, false);
  if (auto stop = stopped()) return stop;
  if (draft.target.clients.empty())
    return Stop{kUsage, "assay init: without a client there is nothing to check; nothing was written"};
  return std::nullopt;
}

std::optional<Stop> InitSession::register_clients() {
  oauth::Metadata metadata = metadata_ ? *metadata_ : oauth::Metadata();
  if (metadata.authorization_endpoint.empty()) metadata.authorization_endpoint = wishes.endpoints.authorization;
  if (!options.init.scope.empty()) scopes_.scope = options.init.scope;
  if (!options.init.service_scope.empty()) scopes_.service = options.init.service_scope;
  const auto wished = propose_clients(metadata, scopes_, wishes.redirect_uris);
  for (const auto& wish : wished)
    if (auto stop = register_one(wish)) return stop;
  if (registered.empty()) {
    if (!dialogue.possible())
      return Stop{
          kBlocked,
          "assay init: no client could register itself; name clients of yours with --client-id; nothing was written"};
    return ask_clients();
  }
  draft.remarks.push_back(
      "No \"odd\": ids and secrets that registration gives out have no characters that need encoding.");
  std::string names;
  for (const auto& [role, client] : registered) names += (names.empty() ? "" : ", ") + role;
  say("Registered clients: " + names + ".");
  const bool kept = std::ranges::any_of(registered, [](const auto& client) {
    return client.second.registration_uri.empty() || client.second.registration_token.empty();
  });
  if (kept) say("Mind: this server gives nothing to remove them with; they stay until somebody removes them there.");
  return std::nullopt;
}

std::optional<Stop> InitSession::register_one(const engine::ClientWish& wish, bool asked_for_token) {
  const auto text =
      wishes.endpoints.registration.empty() ? metadata_->registration_endpoint : wishes.endpoints.registration;
  const auto url = base::parse_url(text);
  if (!url)
    return Stop{kBlocked, "assay init: the registration endpoint \"" + base::printable(text, 120) + "\" is not a URL"};
  std::optional<std::expected<engine::Registered, engine::RegistrationRefusal>> result;
  const auto done = in_network(draft.target, asked_,
                               [&](net::Transport& transport, engine::Recorder& recorder) -> net::awaitable<void> {
                                 engine::Registrar registrar(transport, recorder, {text, *url, engine::origin_of(*url)},
                                                             wishes.registration_token.value);
                                 result = co_await registrar.add(wish);
                               });
  if (!done) return done.error();
  if (result && *result) {
    const auto& client = (*result)->client;
    WishedSecret kept{"", {}, true};
    if (!client.secret.empty()) remember(wish.role + ".secret", in_capitals(wish.role) + "_SECRET", kept);
    if (!client.registration_token.empty())
      remember(wish.role + ".registration", in_capitals(wish.role) + "_REGISTRATION_TOKEN", kept);
    registered[wish.role] = draft.target.clients[wish.role] = client;
    // A scope that is there and not for this client; otherwise rules make one up.
    if (wish.role == "service" && (*result)->held_to_scope) draft.target.scope_foreign = scopes_.foreign;
  }
  if (auto stop = stopped()) return stop;
  if (*result) return std::nullopt;
  const auto& refusal = result->error();
  if (wish.role != "web" && !(registered.empty() && wish.role == "service")) {
    draft.remarks.push_back("No \"" + wish.role + "\": the server refused to register it: " + refusal.words);
    say("The client \"" + wish.role + "\" could not register: " + refusal.words + ".");
    return std::nullopt;
  }
  const bool had_token = wishes.registration_token.given;
  if (refusal.wants_token() && dialogue.possible() && !asked_for_token) {
    dialogue.tell("Registration is not open here: " + refusal.words + ".");
    const auto token = dialogue.ask_secret("Initial access token (empty: name clients instead)");
    if (auto stop = stopped()) return stop;
    if (!token.empty()) {
      wishes.registration_token = {"", base::Secret(token), true};
      return register_one(wish, true);
    }
  }
  if (dialogue.possible()) {
    dialogue.tell("The server registers no client: " + refusal.words + ". Name clients of yours.");
    return ask_clients();
  }
  std::string hint = "name clients of yours with --client-id";
  if (product_.product)
    if (const auto advice = product_.product->advice.find("registration"); advice != product_.product->advice.end())
      hint += "; in " + product_.product->name + ": " + advice->second;
  if (refusal.wants_token())
    hint =
        had_token
            ? "is the initial access token still good? or " + hint
            : "give an initial access token with --registration-token-env NAME or --registration-token-file FILE, or " +
                  hint;
  return Stop{kBlocked, "assay init: the server refuses to register clients: " + refusal.words + "; " + hint +
                            "; nothing was written"};
}

}  // namespace assay::cli

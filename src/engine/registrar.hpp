// Registers clients at the server's registration endpoint (RFC 7591) and removes them again (RFC 7592). Asks for less when the
// server does not want to give as much; never sends a token to another host than the one that gave it.
#pragma once
#include <expected>
#include <string>
#include <vector>

#include "engine/bound_target.hpp"
#include "engine/recorder.hpp"

namespace assay::engine {

// What is asked for. Servers refuse more than they need to: the lists are in the order in which they may be cut short.
struct ClientWish {
  std::string role;
  rules::ClientAuth auth = rules::ClientAuth::basic;
  std::vector<std::string> redirect_uris;
  std::size_t least_uris = 0;       // so many of them are needed
  std::vector<std::string> grants;  // refresh_token may be refused
  std::string scope;
};

struct RegistrationRefusal {
  int status = 0;     // 0: no answer
  std::string words;  // what the server said, fit for a terminal

  bool wants_token() const { return status == 401 || status == 403; }
  bool final() const { return status != 400; }  // asking for less would not help
};

struct Registered {
  rules::TargetClient client;
  bool held_to_scope = false;  // the server says that this client may ask for the wished scope, and no other
};

class Registrar {
 public:
  Registrar(net::Transport& transport, Recorder& recorder, Endpoint endpoint, base::Secret initial_token)
      : transport_(transport), recorder_(recorder), endpoint_(std::move(endpoint)), token_(std::move(initial_token)) {}

  net::awaitable<std::expected<Registered, RegistrationRefusal>> add(ClientWish wish);

 private:
  net::awaitable<std::expected<Registered, RegistrationRefusal>> ask(const ClientWish& wish, bool native);

  net::Transport& transport_;
  Recorder& recorder_;
  Endpoint endpoint_;
  base::Secret token_;
};

// Removes a client that can be managed. Says why it could not be, or nothing.
net::awaitable<std::string> remove_client(net::Transport& transport, Recorder& recorder, rules::TargetClient client);

}  // namespace assay::engine

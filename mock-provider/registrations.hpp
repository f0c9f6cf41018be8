// Clients that registered themselves (RFC 7591), in memory. They stay as long as the provider runs, because grants point at them;
// so that memory stays bounded there is room for a fixed number only.
#pragma once
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mock-provider/clients.hpp"

namespace assay::mock {

// What was registered. Views and spans of `client` point into the other members.
struct Registration {
  std::string id, secret;  // no secret: a public client
  std::vector<std::string> redirect_uris;
  std::vector<GrantType> grants;
  std::vector<std::string_view> redirect_uri_views;
  Client client;

  Registration(std::string new_id, std::string new_secret, std::vector<std::string> uris,
               std::vector<GrantType> grant_types, Scopes allowed, bool rs256_id_tokens = true);
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;
};

class Registrations {
 public:
  static constexpr std::size_t capacity = 1000;

  // False: there is no room for one more.
  bool add(std::unique_ptr<Registration> registration);
  const Client* find(std::string_view id) const;  // nullptr: not registered

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string_view, std::unique_ptr<Registration>> by_id_;  // keys view the entries
};

}  // namespace assay::mock

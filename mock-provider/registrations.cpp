#include "mock-provider/registrations.hpp"

#include <mutex>

namespace assay::mock {

Registration::Registration(std::string new_id, std::string new_secret, std::vector<std::string> uris,
                           std::vector<GrantType> grant_types, Scopes allowed, bool rs256_id_tokens)
    : id(std::move(new_id)), secret(std::move(new_secret)), redirect_uris(std::move(uris)),
      grants(std::move(grant_types)), redirect_uri_views(redirect_uris.begin(), redirect_uris.end()),
      client{id,
             secret,
             grants,
             redirect_uri_views,
             allowed,
             Scopes::of("read"),
             /*resource_server=*/false,
             rs256_id_tokens} {}

bool Registrations::add(std::unique_ptr<Registration> registration) {
  const std::unique_lock lock(mutex_);
  if (by_id_.size() >= capacity) return false;
  const std::string_view id = registration->id;
  return by_id_.emplace(id, std::move(registration)).second;
}

const Client* Registrations::find(std::string_view id) const {
  const std::shared_lock lock(mutex_);
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second->client;
}

}  // namespace assay::mock

// The registered clients and users.
#include "mock-provider/clients.hpp"

#include <algorithm>

#include "crypto/digest.hpp"

namespace assay::mock {
namespace {

constexpr std::array code_and_refresh{GrantType::authorization_code, GrantType::refresh_token};
constexpr std::array credentials_only{GrantType::client_credentials};
constexpr std::array<std::string_view, 2> callbacks{"http://127.0.0.1:4999/cb", "http://127.0.0.1:4999/other"};
constexpr std::array<std::string_view, 4> web_callbacks{callbacks[0], callbacks[1], "http://127.0.0.1:4999/q?x=1",
                                                        "https://app.example/remote"};
constexpr std::array<std::string_view, 3> second_callbacks{callbacks[0], callbacks[1],
                                                           "http://127.0.0.1:4999/second-only"};
// RFC 8252 section 7.3: the port is chosen when the application starts.
constexpr std::array<std::string_view, 2> native_callbacks{"http://127.0.0.1/native/cb",
                                                           "http://localhost/native/local"};
constexpr std::array<std::string_view, 1> odd_callback{"http://127.0.0.1:4999/odd"};

constexpr Scopes everything = Scopes::of("openid profile read write offline_access");
constexpr Scopes read_only = Scopes::of("read");

constexpr std::array<Client, 7> registered_clients{{
    {"web", "web-secret", code_and_refresh, web_callbacks, everything, read_only, true},
    {"second", "second-secret", code_and_refresh, second_callbacks, everything, read_only},
    {"spa", "", code_and_refresh, callbacks, everything, read_only},
    {"spa2", "", code_and_refresh, callbacks, everything, read_only},
    {"native", "", code_and_refresh, native_callbacks, everything, read_only},
    // Characters that form-encoding changes (RFC 6749 section 2.3.1 and appendix B).
    {"odd:client+id", "odd %&+/:secret\u00fc", code_and_refresh, odd_callback, everything, read_only},
    {"service", "service-secret", credentials_only, {}, read_only, read_only},
}};

constexpr std::array<User, 2> registered_users{{
    {"alice", "alice-password", "u-1001", "Alice Adams", "alice@example.org"},
    {"bob", "bob-password", "u-1002", "Bob Brown", "bob@example.org"},
}};

}  // namespace

std::optional<GrantType> find_grant_type(std::string_view name) {
  if (name == "authorization_code") return GrantType::authorization_code;
  if (name == "refresh_token") return GrantType::refresh_token;
  if (name == "client_credentials") return GrantType::client_credentials;
  return std::nullopt;
}

Resources Resources::find(std::string_view name, std::string_view issuer) {
  if (name.starts_with(issuer) && name.substr(issuer.size()) == own_path) return own();
  for (std::size_t index = 0; index < elsewhere.size(); ++index)
    if (elsewhere[index] == name) return Resources(2u << index);
  return {};
}

std::vector<std::string> Resources::names(std::string_view issuer) const {
  std::vector<std::string> out;
  if (has(own())) out.push_back(std::string(issuer) + std::string(own_path));
  for (std::size_t index = 0; index < elsewhere.size(); ++index)
    if (has(Resources(2u << index))) out.emplace_back(elsewhere[index]);
  return out;
}

bool Client::may(GrantType grant) const { return std::ranges::find(grants, grant) != grants.end(); }

std::span<const Client> clients() { return registered_clients; }

const Client* find_client(std::string_view id) {
  const auto found = std::ranges::find(registered_clients, id, &Client::id);
  return found == registered_clients.end() ? nullptr : &*found;
}

std::span<const User> users() { return registered_users; }

const User* find_user(std::string_view name, std::string_view password) {
  const auto found = std::ranges::find(registered_users, name, &User::name);
  return found != registered_users.end() && crypto::constant_time_equal(found->password, password) ? &*found : nullptr;
}

}  // namespace assay::mock

// Who is registered: clients, users and scopes. Fixed tables; README.md shows them to people.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay::mock {

// A set of the scopes that exist here. Order and repetition in a request mean nothing (RFC 6749 section 3.3).
class Scopes {
 public:
  static constexpr std::array<std::string_view, 5> names{"openid", "profile", "read", "write", "offline_access"};

  constexpr Scopes() = default;
  // Words separated by blanks; nullopt if one of them does not exist.
  static constexpr std::optional<Scopes> parse(std::string_view words) {
    Scopes scopes;
    while (!words.empty()) {
      const auto end = words.find(' ');
      const auto word = words.substr(0, end);
      words.remove_prefix(end == std::string_view::npos ? words.size() : end + 1);
      if (word.empty()) continue;
      std::size_t index = 0;
      while (index < names.size() && names[index] != word) ++index;
      if (index == names.size()) return std::nullopt;
      scopes.bits_ = static_cast<std::uint8_t>(scopes.bits_ | 1u << index);
    }
    return scopes;
  }
  static constexpr Scopes of(std::string_view words) { return parse(words).value(); }
  static constexpr Scopes all() {
    Scopes scopes;
    scopes.bits_ = static_cast<std::uint8_t>((1u << names.size()) - 1);
    return scopes;
  }
  // The words that are scopes, without those that are not.
  static constexpr Scopes known_among(std::string_view words) {
    Scopes scopes;
    while (!words.empty()) {
      const auto end = words.find(' ');
      scopes = scopes.with(parse(words.substr(0, end)).value_or(Scopes()));
      words.remove_prefix(end == std::string_view::npos ? words.size() : end + 1);
    }
    return scopes;
  }

  constexpr bool within(Scopes other) const { return (bits_ & ~other.bits_) == 0; }
  constexpr bool has(std::string_view name) const { return of(name).within(*this); }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr Scopes with(Scopes other) const {
    Scopes both = *this;
    both.bits_ = static_cast<std::uint8_t>(both.bits_ | other.bits_);
    return both;
  }
  constexpr Scopes without(Scopes other) const {
    Scopes rest = *this;
    rest.bits_ = static_cast<std::uint8_t>(rest.bits_ & ~other.bits_);
    return rest;
  }
  // Those that are in both.
  constexpr Scopes among(Scopes other) const {
    Scopes both = *this;
    both.bits_ = static_cast<std::uint8_t>(both.bits_ & other.bits_);
    return both;
  }
  constexpr bool operator==(const Scopes&) const = default;

  void append_to(std::string& out, char separator = ' ') const {
    bool first = true;
    for (std::size_t index = 0; index < names.size(); ++index) {
      if (!(bits_ >> index & 1u)) continue;
      if (!first) out += separator;
      out += names[index];
      first = false;
    }
  }

 private:
  std::uint8_t bits_ = 0;
};

// A set of the protected resources that a token can be for (RFC 8707). Ours is called as it is reached, at the issuer; the others
// are servers elsewhere.
class Resources {
 public:
  static constexpr std::string_view own_path = "/resource";
  static constexpr std::array<std::string_view, 2> elsewhere{"https://api.mock.example/orders",
                                                             "https://api.mock.example/stock"};

  static constexpr Resources own() { return Resources(1); }
  static constexpr Resources all() { return Resources((2u << elsewhere.size()) - 1); }
  // The resource of that name; none at all if there is no such resource.
  static Resources find(std::string_view name, std::string_view issuer);

  constexpr bool within(Resources other) const { return (bits_ & ~other.bits_) == 0; }
  constexpr bool has(Resources other) const { return other.within(*this); }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr Resources with(Resources other) const { return Resources(bits_ | other.bits_); }
  constexpr bool operator==(const Resources&) const = default;
  constexpr Resources() = default;

  std::vector<std::string> names(std::string_view issuer) const;

 private:
  explicit constexpr Resources(unsigned bits) : bits_(static_cast<std::uint8_t>(bits)) {}
  std::uint8_t bits_ = 0;
};

enum class GrantType : std::uint8_t { authorization_code, refresh_token, client_credentials };
std::optional<GrantType> find_grant_type(std::string_view name);

struct Client {
  std::string_view id;
  std::string_view secret;  // empty: a public client (RFC 6749 section 2.1)
  std::span<const GrantType> grants;
  std::span<const std::string_view> redirect_uris;
  Scopes allowed;
  Scopes by_default;             // when a request names no scope
  bool resource_server = false;  // may introspect the access tokens of all (RFC 7662 section 4)
  bool rs256_id_tokens = false;  // else ES256

  bool is_public() const { return secret.empty(); }
  bool may(GrantType grant) const;
};

std::span<const Client> clients();
const Client* find_client(std::string_view id);  // nullptr: not registered

struct User {
  std::string_view name, password, subject, full_name, email;
};

std::span<const User> users();
// nullptr: no such user, or another password.
const User* find_user(std::string_view name, std::string_view password);

}  // namespace assay::mock

// The bundled authorization server: strict, fast, and able to break any one rule on purpose. What a program that embeds it
// (assay mock, assay check without a target, the tests) needs to know.
#pragma once
#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"

namespace assay::mock {

enum class LoginMode : std::uint8_t {
  form,  // login and consent pages
  auto_  // answers at once as the first user: for load tests
};

enum class AccessTokenFormat : std::uint8_t { opaque, es256, rs256 };

struct ProviderOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;            // 0: any free one
  unsigned threads = 0;              // 0: one per core
  std::string issuer;                // empty: http://address:port
  std::vector<std::string> defects;  // names out of defects()
  LoginMode login = LoginMode::form;
  std::string persona = "strict";                    // a name out of personas(), or a file that ends in .jsonc
  std::optional<AccessTokenFormat> access_tokens{};  // not set: as the persona has it
  bool rs256_id_tokens = false;  // of the clients that did not register themselves; else ES256, which is cheaper
  bool all_keys = false;         // before it serves, also those that take long: no answer of a load run waits for one
  bool control = false;          // the control API below /_assay/; on loopback addresses only
  unsigned user_pool = 0;        // numbered users besides the named ones: see user_pool.hpp
  // What the persona says of lifetimes comes before these.
  std::chrono::seconds code_lifetime{60};
  std::chrono::seconds access_token_lifetime{3600};
  std::chrono::seconds refresh_token_lifetime{14 * 24 * 3600};
  // Defects of concurrency: between reading a code or token and marking it as used. Not set: at random, up to 2 ms.
  std::optional<std::chrono::microseconds> race_gap{};
  // Defects that only load shows: after so many requests without a pause of a second. More than a whole check sends.
  std::uint64_t load_onset = 20'000;
  std::string certificate_file, private_key_file;  // PEM; both empty: plain HTTP
};

struct DefectInfo {
  std::string_view name;    // "code-reusable"
  std::string_view breaks;  // one sentence: what it does wrong
  std::string_view clause;  // the clause it breaks, such as "rfc6749/4.1.2/reuse-denied"
};

struct PersonaInfo {
  std::string name, summary;
};
// Every persona that comes with the provider, "strict" first.
std::vector<PersonaInfo> personas();

// Every deliberate defect, in the order of the table in mock-provider/defects/.
std::span<const DefectInfo> defects();

class Provider {
 public:
  // Starts serving. Unknown defect names are refused with a suggestion.
  static std::expected<std::unique_ptr<Provider>, base::Failure> start(const ProviderOptions& options);
  virtual ~Provider() = default;  // stops
  virtual std::string issuer() const = 0;
  virtual std::uint16_t port() const = 0;
  // What the control API wants as a bearer token; empty: it is off.
  virtual std::string control_token() const = 0;
  // Moves the provider's clock forward: everything it issued ages by that much.
  virtual void advance_clock(std::chrono::nanoseconds by) = 0;
  // What the provider's clock shows.
  virtual std::chrono::system_clock::time_point now() const = 0;
  // Replaces the set of defects that are switched on, in a running provider.
  virtual std::expected<void, base::Failure> set_defects(std::span<const std::string> names) = 0;
  // Lets requests under way finish, then stops. Idempotent.
  virtual void stop() = 0;
};

}  // namespace assay::mock

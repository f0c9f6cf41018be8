// The provider without a socket: requests in, answers out. Safe on all threads at once. Tests use it directly.
#pragma once
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/key.hpp"
#include "mock-provider/clock.hpp"
#include "mock-provider/defects/defects.hpp"
#include "mock-provider/personas.hpp"
#include "mock-provider/provider.hpp"
#include "mock-provider/registrations.hpp"
#include "mock-provider/request_log.hpp"
#include "mock-provider/store/store.hpp"
#include "mock-provider/under_load.hpp"
#include "mock-provider/user_pool.hpp"
#include "net/server.hpp"

namespace assay::mock {

struct Call;

class Application {
 public:
  // `options.issuer` must be set. Throws if there is no such persona: Provider::start asks before.
  explicit Application(ProviderOptions options);

  void handle(const net::ServerRequest& request, net::ServerResponse& response);

  const ProviderOptions& options() const { return options_; }
  const Persona& persona() const { return persona_; }
  const std::string& issuer() const { return options_.issuer; }
  std::string_view secret() const { return secret_; }  // for CSRF tokens; new at every start
  const crypto::Key& es256_key() const { return *es256_key_.load(std::memory_order_acquire); }
  std::vector<crypto::Key> es256_keys() const;  // those that clients may still meet, the one in use first
  const crypto::Key& rs256_key() const;         // made when first asked for: it may cost half a second

  const Client* find_client(std::string_view id) const;  // nullptr: not registered
  // nullptr: no such user, or another password.
  const User* find_user(std::string_view name, std::string_view password) const;

  // Replaces the defects that are on; those of the persona stay.
  std::expected<void, base::Failure> set_defects(std::span<const std::string> names);

  // The control API.
  std::string_view control_token() const { return control_token_; }  // empty: it is off
  const crypto::Key& rotate_key(bool keep_old);
  void reset();  // as it was at the start, except for clients that registered themselves and for the keys

  Clock clock;
  RequestLog request_log;
  Store store;
  Registrations registrations;
  LiveDefects defects;
  UnderLoad under_load;                         // of defects that only load shows
  std::atomic<bool> counts_load{false};         // one of them is on
  std::atomic<const User*> last_user{nullptr};  // of one of them
  // Of one defect only: client credentials requests, until when each is under way.
  std::mutex under_way_mutex;
  std::vector<std::pair<const Client*, std::chrono::steady_clock::time_point>> under_way;

 private:
  struct Route {
    std::string path;
    Endpoint endpoint;
    void (*get)(Call&);   // null: 405
    void (*post)(Call&);  // null: 405
  };
  static std::vector<Route> routes_of(const Persona& persona);

  const Persona persona_;
  const ProviderOptions options_;  // with what the persona has to say of them
  const std::vector<Route> routes_;
  const UserPool user_pool_;
  const std::string secret_;
  const std::string control_token_;
  mutable std::mutex keys_mutex_;
  std::deque<crypto::Key> es256_keys_;  // in the order they were made; stays, because calls under way use them
  std::size_t first_shown_key_ = 0;
  std::atomic<const crypto::Key*> es256_key_;
};

}  // namespace assay::mock

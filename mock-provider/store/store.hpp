// What the provider remembers: requests under way, sessions, grants, codes and tokens. Whoever redeems a code or a refresh token
// claims it first, in one step, and only then mints; of two that come at once, one loses.
#pragma once
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mock-provider/clients.hpp"
#include "mock-provider/store/table.hpp"

namespace assay::mock {

// What a request's scope parameter said, compared with what is granted.
enum class ScopeAsked : std::uint8_t { as_granted, more, nothing };

// A valid authorization request (RFC 6749 section 4.1.1).
struct AuthorizationRequest {
  const Client* client = nullptr;
  std::string redirect_uri{};
  bool redirect_uri_sent = false;
  std::string state{}, nonce{};  // empty: not sent
  std::string code_challenge{};
  std::string dpop_jkt{};        // the key that will redeem the code (RFC 9449 section 10)
  bool state_empty = false;      // sent, with nothing behind it
  bool plain_challenge = false;  // by a defect only
  Scopes scopes;
  ScopeAsked scope_asked = ScopeAsked::as_granted;
  std::string unknown_scopes{};  // granted by a defect only
  Resources resources = Resources::own();
  bool force_login = false, force_consent = false;
  bool implicit = false;   // allowed by a defect only
  bool form_post = false;  // the browser posts the response to the client

  std::size_t weight() const {
    return redirect_uri.size() + state.size() + nonce.size() + code_challenge.size() + dpop_jkt.size() +
           unknown_scopes.size();
  }
};

// One consent of one user to one client. All that was issued from it falls with it: revoking is one store to `revoked`.
struct Grant {
  const Client* client = nullptr;
  const User* user = nullptr;
  Scopes scopes;
  ScopeAsked scope_asked = ScopeAsked::as_granted;
  std::string unknown_scopes{};            // granted by a defect only
  Resources resources = Resources::own();  // what tokens may be for, at most (RFC 8707 section 2.2)
  std::string nonce{};
  Time authenticated;
  std::string session{};          // of the browser; remembered for one defect only
  std::atomic<int> refreshes{0};  // so far; counted for defects only
  std::atomic<bool> revoked{false};
  std::atomic<bool> access_revoked{false};    // one of its access tokens was, alone; a defect trips over that
  std::atomic<bool> refresh_survives{false};  // a defect revokes only half
  std::atomic<bool> refresh_ended{false};     // the same

  std::size_t weight() const { return nonce.size() + unknown_scopes.size(); }
};

struct Code {
  std::shared_ptr<Grant> grant;
  std::string redirect_uri{};
  bool redirect_uri_sent = false;
  std::string code_challenge{};
  std::string dpop_jkt{};
  bool state_empty = false;      // sent, with nothing behind it
  std::string language{};        // remembered for one defect only
  bool plain_challenge = false;  // by a defect only
  Time expires;
  bool claimed = false;
  std::chrono::steady_clock::time_point settles{};  // defects only: when its first use is marked; see contention.hpp
  std::string answer{};                             // of one defect only: what its first use was answered
  Time kept_until{};  // longer than it can be redeemed: a second redemption must still find out what the first bought

  std::size_t weight() const {
    return redirect_uri.size() + code_challenge.size() + dpop_jkt.size() + (grant ? grant->weight() : 0);
  }
};

struct RefreshToken {
  std::shared_ptr<Grant> grant;
  std::string dpop_jkt{};  // of public clients: the key it works with (RFC 9449 section 5)
  Scopes scopes;           // the grant's, unless a defect forgets some
  bool is_first = true;    // came with the code, not out of a refresh
  Time expires;
  std::chrono::steady_clock::time_point settles{};  // defects only: as of a code
  bool claimed = false;  // rotated; kept, because its reuse gives a theft away (RFC 9700 section 4.14.2)
  Time kept_until{};

  std::size_t weight() const { return grant ? grant->weight() : 0; }
};

struct AccessToken {
  std::shared_ptr<Grant> grant;  // null: client credentials
  const Client* client = nullptr;
  const User* user = nullptr;  // null: client credentials
  Scopes scopes;
  std::string dpop_jkt{};  // the key it is bound to (RFC 9449 section 6); empty: whoever bears it may use it
  Resources resources = Resources::own();
  Time issued, expires;
  bool revoked = false;
  Time kept_until{};

  std::size_t weight() const { return grant ? grant->weight() : 0; }
};

// An authorization request that a client has pushed (RFC 9126): its parameters, to be read again.
struct PushedRequest {
  const Client* client = nullptr;
  std::string parameters{};
  Time expires;
  bool used = false;
  Time kept_until{};

  std::size_t weight() const { return parameters.size(); }
};

// A challenge that was sent by a client; remembered for one defect only.
struct SeenChallenge {
  Time kept_until{};
};

// The access token that a client got last for itself; remembered for one defect only.
struct LastToken {
  std::string token{};
  Time kept_until{};
};

// A DPoP proof that was used, so that it is not used again.
struct SeenProof {
  Time kept_until{};
};

// What a user has agreed to before.
struct Consent {
  const Client* client = nullptr;
  Scopes scopes;
  Resources resources;
};

// A browser that has logged in.
struct Session {
  const User* user = nullptr;
  Time authenticated;
  std::vector<Consent> consents{};
  std::string last_code{};  // this and the number of codes: remembered for one defect only
  int codes = 0;
  Time kept_until{};
};

// An authorization request between /authorize and the decision.
struct Interaction {
  AuthorizationRequest request;
  crypto::Digest browser{};    // of the cookie: nobody else may continue it
  const User* user = nullptr;  // set once this browser has logged in
  Time authenticated;
  bool decided = false;
  Time kept_until{};

  std::size_t weight() const { return request.weight(); }
};

class Store {
 public:
  Table<Interaction> interactions{50'000};
  Table<Session> sessions{200'000};
  Table<Code> codes{300'000};
  Table<PushedRequest> pushed_requests{50'000};
  Table<SeenChallenge> seen_challenges{10'000};
  Table<LastToken> last_tokens{1'000};
  std::atomic<std::uint64_t> counter{0};  // of the codes of one defect
  Table<SeenProof> seen_proofs{100'000};
  Table<RefreshToken> refresh_tokens{1'000'000};
  Table<AccessToken> access_tokens{1'000'000};

  // nullopt: unknown (or forgotten).
  std::optional<Code> find_code(std::string_view code);
  std::optional<RefreshToken> find_refresh_token(std::string_view token);
  std::optional<AccessToken> find_access_token(std::string_view token);

  // Forgets everything that was issued and everybody who had signed in.
  void clear();

  // True for exactly one caller, ever.
  bool claim_code(std::string_view code);
  bool claim_refresh_token(std::string_view token);
};

}  // namespace assay::mock

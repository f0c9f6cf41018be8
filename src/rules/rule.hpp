// A rule, compiled: steps with resolved slots, request parameters as templates, expectations as conditions. It does not
// depend on any target. `check` runs it once with full evidence, `load` runs the same program many times.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/request_format.hpp"

namespace assay::rules {

// What a step leaves behind for later steps and checks. The names are those of the RFCs, and of ${step.field}.
enum class Field : std::uint8_t {
  code,
  state,
  error,
  error_description,
  iss,
  code_verifier,
  code_challenge,
  redirect_uri,
  sent_state,
  location,
  access_token,
  refresh_token,
  token_type,
  expires_in,
  scope,
  id_token,
  active,
  client_id,
  sub,
  username,
  exp,
  iat,
  nonce,          // sent
  request_uri,    // of a pushed authorization request (RFC 9126)
  client_secret,  // of a registered client (RFC 7591)
  dpop_jkt,       // thumbprint of the key that a DPoP proof was made with (RFC 9449 section 6.1)
  status,
  count_
};
inline constexpr std::size_t kFieldCount = static_cast<std::size_t>(Field::count_);
std::string_view to_string(Field field);

enum class Verb : std::uint8_t {
  authorize,
  token,
  introspect,
  revoke,
  userinfo,
  resource,
  discover,
  jwks,
  registration,
  wait,
  new_browser,
  http
};
std::string_view to_string(Verb verb);
// The fields that a step of this verb fills.
std::vector<Field> fields_of(Verb verb);

// Changes the value of a field: ${grant.code|tampered}.
enum class Filter : std::uint8_t {
  none,
  tampered,      // one character in the middle is another of the same kind
  swapped_case,  // upper case for lower case and the other way round
  upper,
  s256,   // base64url(SHA-256(value)) (RFC 7636 section 4.2)
  claim,  // a claim of a JWT (RFC 7519 section 4); empty when the value is none
};

// A string with holes. Filling it appends to a buffer; nothing is looked up by name at run time.
struct Piece {
  enum class Kind : std::uint8_t { literal, field, target, fresh_random, fresh_word, fresh_chars };
  Kind kind = Kind::literal;
  std::string text;  // literal: the text; target: the setting's name
  int slot = -1;     // field: whose; fresh_chars: how many
  Field field{};
  Filter filter = Filter::none;  // field: what becomes of its value
  std::string claim{};           // Filter::claim: its name
};
using Template = std::vector<Piece>;
// A string without holes.
Template literal(std::string text);

struct Parameter {
  std::string name;
  Template value;
};

enum class Auth : std::uint8_t {
  configured,
  none,
  wrong_secret,
  basic,
  post,
  basic_raw,      // id and secret are not form-encoded, against RFC 6749 section 2.3.1
  basic_and_post  // against section 2.3
};
enum class Pkce : std::uint8_t { s256, plain, none };

enum class Operation : std::uint8_t {
  present,
  absent,
  equals,
  differs_from,
  one_of,
  type,
  equals_ignoring_case,
  min_length,
  min,
  max,
  has_word,
  lacks_word,
  words_within,
  contains_token,
  lacks_token,
  starts_with,
  challenge,
  jwt,
  once,
  max_length,
  charset,
  near,
  near_now,
  after_now,
  has_element,
  lacks_element,
  only_members,
  hides
};

enum class Landed : std::uint8_t { redirect_uri, elsewhere, page, stuck };  // as engine::Landing

struct Condition {
  enum class Kind : std::uint8_t {
    status,
    denied,
    oauth_error,
    header,
    media_type,
    json,
    landed,
    params,
    in,
    keeps_query,
    credentials_answered,
    claims,           // of the id_token
    id_token_header,  // its JOSE header
    signed_by,
    any_of
  };
  Kind kind{};
  bool negated = false;         // status, landed: { "not": ... }
  bool flag = false;            // denied, jwt
  std::vector<int> statuses;    // 200, or -4 for "4xx"
  std::string name;             // header name, JSON pointer, parameter name
  std::optional<Field> member;  // json: the pointer is a top-level member that the step extracts anyway
  Operation operation = Operation::present;
  std::vector<Template> operands;  // equals, one_of, ...; oauth_error: the accepted values
  std::string word;                // type, media type, "query", "fragment" or "form"
  double number = 0;               // min_length, min, max; near: tolerance; near_now: seconds
  int keys = -1;                   // signed_by: slot of the jwks step
  std::vector<Landed> landings;
  std::vector<std::vector<Condition>> alternatives;  // any_of
};
using Expectation = std::vector<Condition>;

// Copies of one request, let go together.
struct Race {
  std::vector<int> copies;  // how many; trial after trial the next of these numbers
  bool last_byte = true;    // held back until all are ready but for one byte; else merely at the same time
};

struct Step {
  Verb verb{};
  std::string name;    // "second"; the verb when the author gave none
  int slot = 0;        // where its result goes
  std::string client;  // role; empty for steps without one
  Auth auth = Auth::configured;
  std::vector<Parameter> parameters;  // in the order they are sent; authorize: without the target's own additions
  std::vector<std::string> dropped;   // parameters that must not be added by client authentication or the target either
  std::vector<Parameter> headers;
  Pkce pkce = Pkce::s256;                      // authorize
  Template scope, redirect_uri, state;         // authorize: what its fields of that name hold before anything is sent
  Template code_verifier, nonce;               // authorize: the same; empty: a new one, none
  std::optional<std::vector<Parameter>> push;  // authorize: pushed first (RFC 9126); what the browser sends besides
  int user = 0;                                // authorize: index into the target's users
  bool kept_session = false;                   // authorize
  int repeat = 1;                              // how often it is done, one after the other; the last result counts
  bool chained = false;                 // refresh, repeated: each with the refresh token that the one before brought
  bool login_each_time = false;         // authorize, repeated: else the first repetition's session is kept
  std::vector<Field> sampled;           // repeated: fields of which some check wants every value
  Template bearer;                      // userinfo, resource
  Template duration;                    // wait
  std::string method;                   // http
  Template url, body;                   // http; body also: replaces the form of a request, or is a registration
  Template append;                      // bytes after the form of a request
  std::vector<std::string> in_query;    // parameters that go into the query instead of the body
  bool get = false;                     // the request is a GET: all parameters go into the query
  std::optional<RequestFormat> format;  // of its parameters; nullopt: as the target says
  bool by_browser = false;              // authorize: whatever the target says
  bool dpop = false;                    // a DPoP proof is sent along
  bool optional = false;                // arrange and control: the rule goes on if it fails
  std::optional<Race> race;             // act: the step is sent in copies, its result is a wave
  std::optional<Expectation> expect;    // none: it must simply succeed (in arrange and control)
  std::string pointer;                  // where the step stands in its file
};

// What a check counts over the answers of a wave.
enum class Counting : std::uint8_t {
  answers,      // those that meet an expectation
  live,         // different access tokens that are (not) accepted
  refreshable,  // different refresh tokens that (do not) work; each is used up by asking
  distinct      // different values of a field
};
enum class Bound : std::uint8_t { is, at_most, at_least };

struct That {
  enum class Kind : std::uint8_t { expectations, live, refreshable, distinct, same, sample, count, every };
  enum class Sample : std::uint8_t { unique, unguessable, unordered };
  Kind kind{};
  Sample about{};           // sample: what is asked about all values of values[0], one field of a repeated step
  double entropy_bits = 0;  // unguessable
  std::vector<std::pair<int, Expectation>> expectations;  // slot, what must hold
  std::vector<Template> values;                           // live, refreshable, sample: one; distinct, same: several
  bool is = true;
  bool any = false;      // expectations: one of them is enough
  bool expired = false;  // live: dead because its time is over, which those see too who check tokens offline
  std::string client;    // refreshable: role
  int slot = -1;         // count, every: the race
  Counting counting = Counting::answers;
  Field field{};            // Counting::distinct
  Expectation where, each;  // count, every: which answers; every: what must hold for them
  Bound bound = Bound::is;
  int number = 0;
};

struct Check {
  std::string name;
  std::string clause;    // empty: an observation
  std::string question;  // of an observation
  std::string gives;     // capability that an observation grants when it holds
  int after = -1;        // index of the check it depends on
  std::vector<std::string> needs;
  That that;
  std::vector<std::string> gathers;  // of the invariant "beside": "code/single-use#second-use-denied"
  std::chrono::nanoseconds settle{};
  std::string advice;
};

// What an attacker gains where a server does not keep the rule; the worst first.
inline constexpr std::string_view kGains[] = {"account-takeover", "client-takeover", "more-rights",    "disclosure",
                                              "lasting-access",   "confusion",       "weaker-defence", "outage"};

struct Threat {
  std::string gain;                 // one of kGains
  std::string how;                  // a sentence
  std::vector<std::string> checks;  // which of the rule's checks it is about: others are about manners
};

struct Proof {
  std::string defect;
  std::vector<std::string> fails;  // names of checks
};

struct Rule {
  std::string id;         // "code/single-use"
  std::string case_name;  // "" when the rule has no cases
  std::string path;       // its file
  std::string title, story;
  std::vector<std::string> needs, tags;
  std::vector<Step> arrange, act, control;
  std::vector<Check> checks;
  std::vector<Proof> proven_by;
  std::optional<Threat> threat;  // none: nobody gains anything, but clients or people lose
  int slots = 0;                 // results to keep while it runs
  int trials = 0;  // how often a rule with a race is run, to the first violation; 0: it says nothing of trials
  // Judged by `load` over all answers of a run, and has no steps: a word of rules/invariant.hpp. Empty: an ordinary rule.
  std::string invariant;

  std::string full_id() const { return case_name.empty() ? id : id + "#" + case_name; }
  std::string topic() const { return id.substr(0, id.find('/')); }
  bool has_tag(std::string_view tag) const;
  // The step whose result goes to `slot`; nullptr if there is none.
  const Step* step_at(int slot) const;
};

// In words, for reports and `explain`: "status 4xx, no access_token".
std::string describe(const Expectation& expectation);
std::string describe(const Template& value);
std::string describe(const Rule& rule, const That& that);
// One step as a sentence: "web redeems ${grant.code} at the token endpoint, without code_verifier".
std::string describe(const Step& step);

}  // namespace assay::rules

// Invariants on answers made by hand: each check holds for what a good server sends, and breaks for what it is about.
#include "load/invariants.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "base/encoding.hpp"
#include "rules/library.hpp"

namespace assay::load {
namespace {

using rules::Field;
using rules::Verb;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kRule = R"({
  "id": "t", "title": "T", "story": "S",
  "arrange": [
    { "authorize": { "client": "web", "nonce": "${fresh.random}" }, "as": "grant" },
    { "token": { "grant": "authorization_code", "code": "${grant.code}" }, "as": "t" }
  ],
  "act": [
    { "token": { "grant": "authorization_code", "code": "${grant.code}" }, "as": "replay" },
    { "refresh": { "token": "${t.refresh_token}" }, "as": "r" },
    { "userinfo": { "token": "${t.access_token}" }, "as": "info" },
    { "introspect": { "token": "${t.access_token}" }, "as": "seen" },
    { "token": { "grant": "client_credentials", "client": "service" }, "as": "own" },
    { "revoke": { "token": "${t.access_token}" }, "as": "gone" }
  ],
  "assert": [{ "check": "c", "observe": "?", "that": { "r": { "denied": false } } }]
})";

const rules::Rule& rule() {
  static const auto compiled = [] {
    base::Diagnostics problems;
    auto out = rules::compile_rule({"rules/t.jsonc", std::string(kRule)}, problems);
    if (out.size() != 1) throw std::runtime_error(problems.empty() ? "no rule" : base::to_string(problems.front()));
    return std::move(out.front());
  }();
  return compiled;
}

std::string jwt(const std::string& claims) { return "eyJhbGciOiJub25lIn0." + base::base64url(claims) + ".c2ln"; }

constexpr std::string_view kProtected = "Cache-Control: no-store\r\nPragma: no-cache\r\n";

// One user with one flow at a time.
class Flow {
 public:
  explicit Flow(Invariants& invariants, std::uint64_t user = 0)
      : invariants_(invariants), results_(static_cast<std::size_t>(rule().slots)) {
    invariants_.begin(state, 0, results_, user);
  }

  engine::StepResult& authorize(const std::string& code, const std::string& state_back = "s1") {
    auto& result = begin("grant");
    result.arrival.landed = engine::Landing::redirect_uri;
    result.arrival.credentials_status = 303;
    result.keep(Field::code, code);
    result.keep(Field::sent_state, "s1");
    result.keep(Field::nonce, "n1");
    if (!state_back.empty()) result.keep(Field::state, state_back);
    return result;
  }
  void finish(const std::string& name) { invariants_.on_step(state, step(name), at(name)); }
  void authorized(const std::string& code, const std::string& state_back = "s1") {
    authorize(code, state_back);
    finish("grant");
  }
  engine::StepResult& begin(const std::string& name) {
    auto& result = at(name);
    result.clear();
    result.state = engine::StepState::ran;
    result.began = std::chrono::steady_clock::now();
    result.ended = result.began + std::chrono::milliseconds(1);
    return result;
  }
  void answered(const std::string& name, int status, const std::string& body, std::string_view fields = kProtected) {
    auto& result = begin(name);
    result.answer.assign("HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: application/json\r\n" +
                         std::string(fields) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    result.read_body(step(name).verb);
    invariants_.on_exchange(state, &step(name), result.answer);
    finish(name);
  }
  void tokens(const std::string& name, const std::string& access, const std::string& more = "",
              std::string_view fields = kProtected) {
    answered(name, 200, R"({"access_token":")" + access + "\"" + more + "}", fields);
  }

  FlowState state;

 private:
  static const rules::Step& step(const std::string& name) {
    for (const auto* block : {&rule().arrange, &rule().act})
      for (const auto& one : *block)
        if (one.name == name) return one;
    throw std::runtime_error(name);
  }
  engine::StepResult& at(const std::string& name) { return results_[static_cast<std::size_t>(step(name).slot)]; }

  Invariants& invariants_;
  std::vector<engine::StepResult> results_;
};

const rules::Rule* const kRules[] = {&rule()};

struct Fresh : Invariants {
  Fresh() : Invariants(kRules, "https://as.example", 7) {}
};

std::uint64_t broken(const Invariants& invariants) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < kWatchedCount; ++i) out += invariants.watch(static_cast<Watched>(i)).broken;
  return out;
}

TEST(Seen, TellsWhatCameBefore) {
  Seen seen;
  for (std::uint64_t i = 0; i < 100'000; ++i) ASSERT_EQ(seen.add(hash64(std::to_string(i), 1), 3), Seen::Result::fresh);
  EXPECT_EQ(seen.size(), 100'000u);
  for (std::uint64_t i = 0; i < 100'000; ++i) ASSERT_EQ(seen.add(hash64(std::to_string(i), 1), 3), Seen::Result::again);
  EXPECT_EQ(seen.add(hash64("77", 1), 4), Seen::Result::of_another);
  EXPECT_EQ(seen.add(hash64("77", 2), 4), Seen::Result::fresh) << "another seed is another value";
}

TEST(Seen, TextsOfEveryLengthHaveHashesOfTheirOwn) {
  std::set<std::uint64_t> hashes;
  std::size_t texts = 0;
  const auto add = [&](std::string_view text) {
    hashes.insert(hash64(text, 1));
    ++texts;
  };
  std::string text;
  for (int length = 0; length <= 40; ++length, text += 'a') add(text);
  for (std::size_t length = 1; length <= 40; ++length)  // one byte of them is another one
    for (std::size_t at = 0; at < length; ++at) {
      std::string other(length, 'a');
      other[at] = 'b';
      add(other);
    }
  for (char a = 'c'; a <= 'z'; ++a)
    for (char b = 'c'; b <= 'z'; ++b)
      for (char c = 'c'; c <= 'z'; ++c) add(std::string{a, b, c});
  EXPECT_EQ(hashes.size(), texts);
}

TEST(Seen, IsBounded) {
  Seen seen(3);
  for (const char* text : {"a", "b", "c"}) EXPECT_EQ(seen.add(hash64(text, 1), 0), Seen::Result::fresh);
  EXPECT_EQ(seen.add(hash64("d", 1), 0), Seen::Result::not_compared);
  EXPECT_EQ(seen.add(hash64("a", 1), 0), Seen::Result::again);
  EXPECT_TRUE(seen.full());
}

TEST(Seen, MergingFindsWhatBothHave) {
  Seen one, two;
  for (int i = 0; i < 1000; ++i) one.add(hash64(std::to_string(i), 1), 0);
  for (int i = 990; i < 2000; ++i) two.add(hash64(std::to_string(i), 1), i == 995 ? 1 : 0);
  int again = 0, of_another = 0;
  one.merge(two, [&](Seen::Result result, std::uint16_t) { ++(result == Seen::Result::again ? again : of_another); });
  EXPECT_EQ(again, 9);
  EXPECT_EQ(of_another, 1);
  EXPECT_EQ(one.size(), 2000u);
}

TEST(Hash, EveryByteCounts) {
  for (std::size_t size : {1u, 7u, 8u, 9u, 15u, 16u, 17u, 32u, 33u, 43u, 100u}) {
    const std::string text(size, 'a');
    for (std::size_t at = 0; at < size; ++at) {
      auto other = text;
      other[at] = 'b';
      EXPECT_NE(hash64(text, 1), hash64(other, 1)) << size << " " << at;
    }
    EXPECT_NE(hash64(text, 1), hash64(text + '\0', 1));
  }
}

TEST(Claims, ReadsOnlyWhatIsAJwt) {
  Claims claims;
  ASSERT_TRUE(claims.read(jwt(R"({"sub":"a\u0062","jti":"j","nonce":"n","iat":5})")));
  EXPECT_EQ(claims.sub(), "ab");
  EXPECT_EQ(claims.jti(), "j");
  EXPECT_EQ(claims.nonce(), "n");
  EXPECT_EQ(claims.iat(), 5);
  for (const char* text : {"", "opaque", "eyJ.a", "eyJ.a.b.c", "eyJ.!!.c", "eyJhbGciOiJub25lIn0.YWJj.x", "a.b.c.d.e"})
    EXPECT_FALSE(claims.read(text)) << text;
  ASSERT_TRUE(claims.read(jwt("{}")));
  EXPECT_EQ(claims.sub(), "");
  EXPECT_FALSE(claims.nonce());
  EXPECT_FALSE(claims.iat());
}

TEST(Invariants, NamesAreThoseOfTheRules) {
  for (std::size_t i = 0; i < kWatchedCount; ++i)
    EXPECT_EQ(find_watched(name_of(static_cast<Watched>(i))), static_cast<Watched>(i));
  EXPECT_FALSE(find_watched("replays-refused"));
}

TEST(Invariants, AGoodServerBreaksNothing) {
  Fresh invariants;
  for (int i = 0; i < 100; ++i) {
    const auto n = std::to_string(i);
    const auto user = static_cast<std::uint64_t>(i % 5);
    const auto sub = "user" + std::to_string(user);
    const auto iat = std::to_string(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()));
    Flow flow(invariants, user);
    flow.authorize("code" + n).keep(Field::iss, "https://as.example");
    flow.finish("grant");
    flow.tokens("t", "a" + n,
                R"(,"refresh_token":"r)" + n + R"(","id_token":")" +
                    jwt(R"({"sub":")" + sub + R"(","nonce":"n1","jti":"j)" + n + R"(","iat":)" + iat + "}") + "\"");
    flow.answered("replay", 400, R"({"error":"invalid_grant"})");
    flow.tokens("r", "b" + n, R"(,"refresh_token":"r)" + n + "\"");  // not rotated
    flow.answered("info", 200, R"({"sub":")" + sub + "\"}");
    flow.answered("seen", 200, R"({"active":true,"sub":"id-)" + sub + "\"}");
    flow.tokens("own", "the same for this client, every time");
    EXPECT_THAT(flow.state.broken, IsEmpty());
  }
  EXPECT_EQ(broken(invariants), 0u);
  for (const auto watched :
       {Watched::codes_differ, Watched::users_tokens_differ, Watched::access_tokens_differ,
        Watched::refresh_tokens_differ, Watched::jti_differs, Watched::one_token_set_per_code,
        Watched::fresh_codes_accepted, Watched::own_subject, Watched::subjects_differ, Watched::own_state,
        Watched::own_iss, Watched::own_nonce, Watched::tokens_no_store, Watched::tokens_pragma,
        Watched::errors_no_store, Watched::errors_are_json, Watched::one_clock, Watched::no_server_error}) {
    EXPECT_GT(invariants.watch(watched).held, 0u) << name_of(watched);
    EXPECT_EQ(invariants.why_not_judged(watched), "") << name_of(watched);
  }
  EXPECT_NE(invariants.why_not_judged(Watched::says_busy), "");
  EXPECT_NE(invariants.why_not_judged(Watched::metadata_same), "");
}

TEST(Invariants, WhatCameTwiceIsFound) {
  Fresh invariants;
  Flow one(invariants, 0), two(invariants, 1), three(invariants, 0);
  for (auto* flow : {&one, &two, &three}) flow->authorized("same");
  EXPECT_EQ(invariants.watch(Watched::codes_differ).broken, 2u);
  two.state.broken.clear();
  three.state.broken.clear();
  one.tokens("t", "a", R"(,"refresh_token":"r")");
  two.tokens("t", "a", R"(,"refresh_token":"r")");
  EXPECT_THAT(two.state.broken, ElementsAre(Watched::one_token_set_per_code, Watched::users_tokens_differ,
                                            Watched::refresh_tokens_differ));
  three.authorized("other");
  three.tokens("t", "a");
  EXPECT_THAT(three.state.broken, ElementsAre(Watched::access_tokens_differ)) << "it is that of the first";
  Flow four(invariants, 0);
  four.authorized("fourth");
  four.tokens("t", "b");
  Flow five(invariants, 0);
  five.authorized("fifth");
  five.tokens("t", "b");
  EXPECT_THAT(five.state.broken, ElementsAre(Watched::access_tokens_differ));
}

TEST(Invariants, JtiTwice) {
  Fresh invariants;
  Flow flow(invariants);
  flow.tokens("own", jwt(R"({"jti":"x","n":1})"));
  flow.tokens("own", jwt(R"({"jti":"x","n":1})"));  // the same token once more
  EXPECT_THAT(flow.state.broken, IsEmpty());
  flow.tokens("own", jwt(R"({"jti":"x","n":2})"));
  EXPECT_THAT(flow.state.broken, ElementsAre(Watched::jti_differs));
}

TEST(Invariants, RefreshTokens) {
  Fresh invariants;
  Flow one(invariants), two(invariants);
  one.authorized("c1");
  one.tokens("t", "a1", R"(,"refresh_token":"r1")");
  one.tokens("r", "a2", R"(,"refresh_token":"r2")");
  EXPECT_THAT(one.state.broken, IsEmpty());
  two.authorized("c2");
  two.tokens("t", "a3", R"(,"refresh_token":"r3")");
  two.tokens("r", "a4", R"(,"refresh_token":"r2")");
  EXPECT_THAT(two.state.broken, ElementsAre(Watched::refresh_tokens_differ));
}

TEST(Invariants, FreshCodesAreAccepted) {
  Fresh invariants;
  Flow flow(invariants);
  flow.authorized("c1");
  flow.answered("t", 400, R"({"error":"invalid_client"})");
  EXPECT_THAT(flow.state.broken, IsEmpty());
  flow.answered("t", 400, R"({"error":"invalid_grant"})");
  EXPECT_THAT(flow.state.broken, ElementsAre(Watched::fresh_codes_accepted));
}

TEST(Invariants, UsersAreKeptApart) {
  Fresh invariants;
  Flow alice(invariants, 0), bob(invariants, 1), carol(invariants, 2);
  for (auto* flow : {&alice, &bob, &carol}) flow->authorized("code" + std::to_string(flow->state.user));
  alice.answered("info", 200, R"({"sub":"A"})");
  EXPECT_THAT(invariants.why_not_judged(Watched::own_subject), IsEmpty());
  bob.answered("info", 200, R"({"sub":"B"})");
  bob.answered("info", 200, R"({"sub":"A"})");
  EXPECT_THAT(bob.state.broken, ElementsAre(Watched::own_subject));
  carol.answered("info", 200, R"({"sub":"A"})");
  EXPECT_THAT(carol.state.broken, ElementsAre(Watched::subjects_differ));
  // Inactive tokens have no subject; introspection may know users by other names.
  alice.answered("seen", 200, R"({"active":false,"sub":"B"})");
  alice.answered("seen", 200, R"({"active":true,"sub":"alice"})");
  EXPECT_THAT(alice.state.broken, IsEmpty());
  alice.answered("seen", 200, R"({"active":true,"sub":"bob"})");
  EXPECT_THAT(alice.state.broken, ElementsAre(Watched::own_subject));
}

TEST(Invariants, WhoDidNotSignInMayBeAnybody) {
  Fresh invariants;
  Flow one(invariants, 0), two(invariants, 1);
  for (auto* flow : {&one, &two}) {
    flow->authorize("code" + std::to_string(flow->state.user)).arrival.credentials_status = 0;
    flow->finish("grant");
    flow->answered("info", 200, R"({"sub":"the only one"})");
    EXPECT_THAT(flow->state.broken, IsEmpty());
  }
  EXPECT_THAT(invariants.why_not_judged(Watched::own_subject), HasSubstr("sign in"));
}

TEST(Invariants, OneUserProvesNothing) {
  Fresh invariants;
  Flow one(invariants, 0);
  one.authorized("c");
  one.answered("info", 200, R"({"sub":"A"})");
  EXPECT_THAT(invariants.why_not_judged(Watched::own_subject), HasSubstr("user_pool"));
}

TEST(Invariants, StateNonceAndIss) {
  Fresh invariants;
  Flow flow(invariants);
  flow.authorized("c1", "s2");
  EXPECT_THAT(flow.state.broken, ElementsAre(Watched::own_state));
  flow.state.broken.clear();
  flow.authorize("c2").keep(Field::iss, "https://as.example/");
  flow.finish("grant");
  EXPECT_THAT(flow.state.broken, ElementsAre(Watched::own_iss));
  EXPECT_THAT(invariants.finding(Watched::own_iss), HasSubstr("https://as.example/"));
  flow.state.broken.clear();
  flow.tokens("t", "a", R"(,"id_token":")" + jwt(R"({"nonce":"n2"})") + "\"");
  EXPECT_THAT(flow.state.broken, ElementsAre(Watched::own_nonce));
  Flow other(invariants);
  other.authorize("c3").arrival.landed = engine::Landing::stuck;
  other.finish("grant");
  EXPECT_THAT(other.state.broken, IsEmpty());
}

TEST(Invariants, Headers) {
  Fresh invariants;
  Flow flow(invariants);
  flow.tokens("own", "a", "", "cache-control: private, No-Store\r\n");
  EXPECT_THAT(flow.state.broken, ElementsAre(Watched::tokens_pragma));
  flow.tokens("own", "b", "", "Pragma: no-cache\r\nCache-Control: no-cache\r\n");
  EXPECT_THAT(flow.state.broken, ElementsAre(Watched::tokens_pragma, Watched::tokens_no_store));
  flow.state.broken.clear();
  // Never with errors: nobody asks for it. Now and then: two paths.
  flow.answered("own", 400, R"({"error":"invalid_scope"})", "");
  EXPECT_THAT(flow.state.broken, IsEmpty());
  EXPECT_THAT(invariants.why_not_judged(Watched::errors_no_store), HasSubstr("no document"));
  flow.answered("own", 400, R"({"error":"invalid_scope"})");
  flow.answered("own", 400, R"({"error":"invalid_scope"})", "");
  EXPECT_THAT(flow.state.broken, ElementsAre(Watched::errors_no_store));
}

TEST(Invariants, ShapeOfErrors) {
  Fresh invariants;
  Flow flow(invariants);
  for (const int status : {408, 413, 429, 500, 502, 503}) flow.answered("own", status, "<h1>no</h1>");
  EXPECT_THAT(flow.state.broken, ElementsAre(Watched::no_server_error));
  flow.state.broken.clear();
  flow.answered("own", 400, "<h1>no</h1>");
  flow.answered("own", 400, R"({"error":{"code":"x"}})");
  flow.answered("own", 400, R"({"message":"x"})");
  EXPECT_THAT(flow.state.broken,
              ElementsAre(Watched::errors_are_json, Watched::errors_are_json, Watched::errors_are_json));
}

TEST(Invariants, Backpressure) {
  Fresh invariants;
  Flow flow(invariants);
  flow.answered("own", 429, "{}", "Retry-After: 1\r\n");
  flow.answered("own", 503, "{}");
  EXPECT_EQ(invariants.watch(Watched::says_busy).held, 2u);
  EXPECT_THAT(invariants.finding(Watched::says_busy), HasSubstr("2 answers 429 or 503, 1 with Retry-After"));
  net::Answer answer;
  answer.outcome = net::Outcome::closed;
  answer.reused_connection = true;
  answer.started = flow.state.last_answer + std::chrono::seconds(10);  // idle for long: anybody may close it
  invariants.on_exchange(flow.state, nullptr, answer);
  answer.outcome = net::Outcome::connect_failed;
  answer.detail = "cannot assign requested address";
  invariants.on_exchange(flow.state, nullptr, answer);
  answer.outcome = net::Outcome::timed_out;
  invariants.on_exchange(flow.state, nullptr, answer);
  EXPECT_THAT(flow.state.broken, IsEmpty());
  answer.outcome = net::Outcome::truncated;
  invariants.on_exchange(flow.state, nullptr, answer);
  EXPECT_THAT(flow.state.broken, ElementsAre(Watched::says_busy));
}

TEST(Invariants, Documents) {
  Fresh invariants;
  std::vector<Watched> broken;
  for (const char* body : {"{1}", "{1}", "{2}", "{2}"}) invariants.on_document(false, body, broken);
  EXPECT_THAT(broken, IsEmpty());
  EXPECT_THAT(invariants.finding(Watched::metadata_same), HasSubstr("replaced 1 time"));
  invariants.on_document(false, "{1}", broken);
  EXPECT_THAT(broken, ElementsAre(Watched::metadata_same));
  EXPECT_THAT(invariants.finding(Watched::metadata_same), HasSubstr("byte 1"));
  invariants.on_document(true, "{1}", broken);
  EXPECT_EQ(broken.size(), 1u);
}

std::string dated(std::int64_t ahead) {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return R"(,"id_token":")" + jwt(R"({"nonce":"n1","iat":)" + std::to_string(now + ahead) + "}") + "\"";
}

TEST(Invariants, Clocks) {
  Fresh invariants;
  int n = 0;
  const auto mint = [&](std::int64_t ahead) {
    Flow flow(invariants);
    flow.authorized("c" + std::to_string(n));
    flow.tokens("t", "a" + std::to_string(n++), dated(ahead));
    return flow.state.broken;
  };
  for (int i = 0; i < 5; ++i) EXPECT_THAT(mint(3600), IsEmpty()) << "a clock of its own, but one";
  EXPECT_THAT(mint(3602), IsEmpty());
  EXPECT_THAT(mint(3640), ElementsAre(Watched::one_clock));
  EXPECT_THAT(mint(3600), IsEmpty()) << "one that is wrong does not make the others wrong";
  EXPECT_THAT(mint(std::int64_t{1} << 50), IsEmpty()) << "milliseconds, or nonsense";
}

TEST(Invariants, TwoWorkersAreHeldAgainstEachOther) {
  Fresh one, two;
  Flow alice(one, 0), bob(two, 1), alice_too(two, 0);
  alice.authorized("same");
  bob.authorized("same");
  alice_too.authorized("another");
  alice.tokens("t", "a", R"(,"refresh_token":"r")");
  bob.tokens("t", "a", R"(,"refresh_token":"r")");
  alice.answered("info", 200, R"({"sub":"A"})");
  bob.answered("info", 200, R"({"sub":"A"})");
  alice_too.answered("info", 200, R"({"sub":"C"})");
  EXPECT_EQ(broken(one) + broken(two), 0u);
  one.merge(two);
  for (const auto watched : {Watched::codes_differ, Watched::users_tokens_differ, Watched::refresh_tokens_differ,
                             Watched::one_token_set_per_code, Watched::own_subject, Watched::subjects_differ}) {
    EXPECT_EQ(one.watch(watched).broken, 1u) << name_of(watched);
    EXPECT_NE(one.finding(watched), "") << name_of(watched);
  }
  EXPECT_EQ(broken(one), 6u);
}

TEST(Invariants, TwoWorkersWithOneToken) {
  Fresh one, two;
  Flow grant(one, 0), other_grant(two, 0);
  grant.authorized("c1");
  other_grant.authorized("c2");
  grant.tokens("t", "a");
  other_grant.tokens("t", "a");
  one.merge(two);
  EXPECT_EQ(one.watch(Watched::access_tokens_differ).broken, 1u);
  EXPECT_EQ(one.watch(Watched::users_tokens_differ).broken, 0u);
}

TEST(Invariants, TimeToDead) {
  Fresh invariants;
  Flow flow(invariants);
  flow.authorized("c");
  flow.answered("gone", 200, "{}");
  net::Answer answer;
  answer.outcome = net::Outcome::ok;
  answer.status = 401;
  answer.done = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  invariants.on_exchange(flow.state, nullptr, answer);
  invariants.end(flow.state, true);
  EXPECT_EQ(invariants.time_to_dead().count(), 1u);
}

}  // namespace
}  // namespace assay::load

// Each defect does what its line in the table says. That nothing else breaks with it is proved by tests/defects, rule by rule.
#include "crypto/digest.hpp"
#include "tests/unit/mock/visitor.hpp"

namespace assay::mock {
namespace {

using testing::HasSubstr;

class DefectTest : public ProviderTest {
 protected:
  static Pairs with_uri(std::string_view uri) { return with(authorization(), "redirect_uri", uri); }
  bool lands_on(std::string_view uri) { return authorize(with_uri(uri)).field("Location").starts_with(uri); }
  std::string error_of(const Reply& reply) { return reply.json("error"); }
  std::string used_code() {
    auto text = code();
    redeem(text);
    return text;
  }
  Reply without_grant_type() { return token(as("web", {{"code", "x"}})); }
  Reply with_wrong_secret(std::string_view secret = "wrong") {
    return token(
        {{"grant_type", "client_credentials"}, {"client_id", "service"}, {"client_secret", std::string(secret)}});
  }
  const std::string unknown = std::string(43, 'u');
};

TEST_F(DefectTest, ReuseOfCodes) {
  break_({"code-reusable"});
  auto text = code();
  const auto first = redeem(text);
  EXPECT_EQ(redeem(text).status, 200);
  EXPECT_TRUE(lives(first.json("access_token")));
  break_({"code-reuse-says-unauthorized-client"});
  EXPECT_EQ(error_of(redeem(used_code())), "unauthorized_client");
  break_({"code-reuse-says-invalid-request"});
  EXPECT_EQ(error_of(redeem(used_code())), "invalid_request");
  break_({"code-reuse-keeps-tokens"});
  text = code();
  const auto kept = redeem(text);
  EXPECT_EQ(error_of(redeem(text)), "invalid_grant");
  EXPECT_TRUE(lives(kept.json("access_token")));
  EXPECT_EQ(refresh(kept.json("refresh_token")).status, 200);
}

TEST_F(DefectTest, BindingOfCodes) {
  break_({"code-never-expires"});
  auto text = code();
  application.clock.advance(std::chrono::minutes(5));
  EXPECT_EQ(redeem(text).status, 200);
  break_({"code-expired-says-expired-token"});
  text = code();
  application.clock.advance(std::chrono::minutes(5));
  EXPECT_EQ(error_of(redeem(text)), "expired_token");

  break_({"code-any-client"});
  EXPECT_EQ(redeem(code(), "second").status, 200);
  break_({"code-other-client-says-invalid-request"});
  EXPECT_EQ(error_of(redeem(code(), "second")), "invalid_request");

  break_({"code-redirect-unchecked"});
  EXPECT_EQ(token(with(redemption(code()), "redirect_uri", "https://evil.example/cb")).status, 200);
  break_({"code-redirect-any-registered"});
  EXPECT_EQ(token(with(redemption(code()), "redirect_uri", other_callback)).status, 200);
  EXPECT_EQ(token(with(redemption(code()), "redirect_uri", "https://evil.example/cb")).status, 400);
  break_({"code-redirect-says-invalid-request"});
  EXPECT_EQ(error_of(token(with(redemption(code()), "redirect_uri", other_callback))), "invalid_request");

  break_({"code-unknown-accepted"});
  const auto invented = redeem(unknown);
  EXPECT_EQ(invented.status, 200);
  EXPECT_TRUE(lives(invented.json("access_token")));
  EXPECT_EQ(redeem("short").status, 400);
  text = used_code();
  EXPECT_EQ(redeem(text).status, 400);
  text = code();
  application.clock.advance(std::chrono::minutes(5));
  EXPECT_EQ(redeem(text).status, 400);
  break_({"code-unknown-says-access-denied"});
  EXPECT_EQ(error_of(redeem(unknown)), "access_denied");
  break_({"code-unknown-says-invalid-request"});
  EXPECT_EQ(error_of(redeem(unknown)), "invalid_request");
}

TEST_F(DefectTest, AuthorizationResponses) {
  const auto refused = with(authorization(), "response_type", "nonsense");
  break_({"authz-code-in-fragment"});
  EXPECT_TRUE(authorize().field("Location").starts_with(std::string(callback) + "#code="));
  EXPECT_NE(authorize(refused).sent("error"), "");
  break_({"authz-code-twice"});
  const auto location = authorize().field("Location");
  const auto first = location.find("code="), second = location.find("code=", first + 1);
  ASSERT_NE(second, std::string::npos);
  EXPECT_EQ(location.substr(first, 48), location.substr(second, 48));
  break_({"authz-state-dropped"});
  EXPECT_EQ(authorize().sent("state"), "");
  EXPECT_NE(authorize().sent("code"), "");
  EXPECT_NE(authorize(refused).sent("state"), "");
  break_({"authz-error-state-dropped"});
  EXPECT_NE(authorize().sent("state"), "");
  EXPECT_EQ(authorize(refused).sent("state"), "");
  EXPECT_NE(authorize(refused).sent("error"), "");
  break_({"authz-state-decoded-twice"});
  EXPECT_EQ(authorize(with(authorization(), "state", "%41+b%")).sent("state"), "A b%");
  break_({"authz-state-long-refused"});
  EXPECT_EQ(authorize(with(authorization(), "state", std::string(1025, 'x'))).status, 400);
  EXPECT_NE(code(), "");
  break_({"authz-errors-on-page"});
  EXPECT_EQ(authorize(refused).status, 400);
  EXPECT_EQ(authorize(refused).field("Location"), "");
  break_({"authz-error-without-code"});
  EXPECT_EQ(authorize(refused).sent("error"), "");
  EXPECT_NE(authorize(refused).sent("error_description"), "");
  EXPECT_NE(authorize(refused).sent("state"), "");
}

TEST_F(DefectTest, AuthorizationRequests) {
  break_({"authz-unknown-param-refused"});
  EXPECT_EQ(authorize(plus(authorization(), "assay_unknown", "x")).sent("error"), "invalid_request");
  EXPECT_NE(code(plus(authorization(), "nonce", "x")), "");
  break_({"authz-duplicates-keep-first"});
  EXPECT_NE(code(plus(authorization(), "client_id", "second")), "");
  EXPECT_NE(code(plus(authorization(), "redirect_uri", other_callback)), "");
  EXPECT_NE(code(plus(authorization(), "response_type", "code")), "");
  EXPECT_EQ(code(plus(authorization(), "state", "x")), "");
  break_({"authz-duplicate-scope-state-keep-first"});
  EXPECT_NE(code(plus(authorization(), "state", "x")), "");
  EXPECT_NE(code(plus(authorization(), "scope", "read")), "");
  EXPECT_EQ(code(plus(authorization(), "response_type", "code")), "");
  break_({"authz-response-type-any-word"});
  EXPECT_NE(code(with(authorization(), "response_type", "code assay_unknown")), "");
  EXPECT_EQ(code(with(authorization(), "response_type", "assay_unknown")), "");
  break_({"authz-response-type-says-access-denied"});
  EXPECT_EQ(authorize(with(authorization(), "response_type", "code assay_unknown")).sent("error"), "access_denied");
  break_({"authz-unknown-client-redirected"});
  const auto sent_on = authorize(with(authorization(), "client_id", "nobody"));
  EXPECT_TRUE(sent_on.redirects_to(callback));
  EXPECT_EQ(sent_on.sent("error"), "unauthorized_client");
  EXPECT_EQ(sent_on.sent("state"), "a b&c");
  break_({"authz-unknown-scope-granted"});
  EXPECT_EQ(redeem(code(authorization("web", "read nonsense more"))).json("scope"), "read nonsense more");
  EXPECT_EQ(redeem(code(authorization("web", "nonsense"))).json("scope"), "nonsense");
  break_({"authz-unknown-scope-says-invalid-request"});
  EXPECT_EQ(authorize(authorization("web", "nonsense")).sent("error"), "invalid_request");
}

TEST_F(DefectTest, RedirectUris) {
  const std::string longer = std::string(callback) + "/evil", query = std::string(callback) + "?x=1",
                    host = "http://evil.example/cb", user = "http://127.0.0.1:4999@evil.example/cb",
                    hidden = "http://evil.example\\@127.0.0.1:4999/cb",
                    fragment = "http://evil.example#@127.0.0.1:4999/cb";
  for (const auto& uri : {longer, query, host, user, hidden, fragment}) EXPECT_FALSE(lands_on(uri)) << uri;
  const auto only = [&](const std::string& defect, std::initializer_list<std::string> accepted) {
    break_({defect});
    EXPECT_TRUE(lands_on(callback));
    for (const auto& uri : {longer, query, host, user, hidden, fragment})
      EXPECT_EQ(lands_on(uri), std::ranges::find(accepted, uri) != accepted.end()) << defect << ' ' << uri;
  };
  only("redirect-path-prefix", {longer});
  only("redirect-query-ignored", {query});
  only("redirect-any-host", {host});
  only("redirect-userinfo-trusted", {user, hidden, fragment});
  break_({"redirect-query-ignored"});
  EXPECT_THAT(authorize(with_uri(query)).field("Location"), HasSubstr("?x=1&code="));
}

TEST_F(DefectTest, Pkce) {
  const auto wrong = [&](std::string_view verifier) {
    return token(with(redemption(code()), "code_verifier", verifier));
  };
  const std::string other_verifier(43, 'x');
  break_({"pkce-s256-refused"});
  EXPECT_EQ(error_of(redeem(code())), "invalid_grant");
  break_({"pkce-verifier-unchecked"});
  EXPECT_EQ(wrong("x").status, 200);
  EXPECT_EQ(wrong("").status, 400);
  break_({"pkce-mismatch-says-access-denied"});
  EXPECT_EQ(error_of(wrong(other_verifier)), "access_denied");
  break_({"pkce-mismatch-says-invalid-request"});
  EXPECT_EQ(error_of(wrong(other_verifier)), "invalid_request");
  break_({"pkce-verifier-optional"});
  EXPECT_EQ(wrong("").status, 200);
  EXPECT_EQ(wrong(other_verifier).status, 400);
  break_({"pkce-plain-fallback"});
  EXPECT_EQ(wrong(test_challenge).status, 200);
  EXPECT_EQ(wrong(other_verifier).status, 400);
  const auto bare = [](std::string_view client) {
    return with(without(without(authorization(client), "code_challenge"), "code_challenge_method"), "nonce", "n");
  };
  break_({"pkce-unexpected-verifier-accepted"});
  EXPECT_EQ(redeem(code(bare("web"))).status, 200);
  break_({"pkce-not-required"});
  EXPECT_NE(code(bare("spa")), "");
  break_({"pkce-verifier-of-any-flow"});
  const auto victim = code();
  EXPECT_EQ(wrong(other_verifier).status, 400);
  code(with(authorization(), "code_challenge", crypto::sha256_base64url(other_verifier)));
  EXPECT_EQ(token(with(redemption(victim), "code_verifier", other_verifier)).status, 200);
  EXPECT_EQ(redeem(code()).status, 200);
}

TEST_F(DefectTest, RefreshAndScope) {
  break_({"refresh-refused"});
  const auto unspent = tokens();
  EXPECT_EQ(error_of(refresh(unspent.refresh)), "invalid_grant");
  break_({});
  EXPECT_EQ(refresh(unspent.refresh).status, 200);

  const auto narrow_token = [&] { return tokens("web", "openid read").refresh; };
  break_({"refresh-narrow-refused"});
  EXPECT_EQ(error_of(refresh(narrow_token(), "web", "read")), "invalid_scope");
  EXPECT_EQ(refresh(narrow_token(), "web", "read openid").status, 200);
  break_({"refresh-narrow-ignored"});
  EXPECT_EQ(refresh(narrow_token(), "web", "read").json("scope"), "openid read");
  break_({"refresh-widened"});
  EXPECT_EQ(refresh(narrow_token(), "web", "read write").json("scope"), "read write");
  break_({"refresh-widen-trimmed"});
  EXPECT_EQ(refresh(narrow_token(), "web", "read write").json("scope"), "openid read");
  break_({"refresh-widen-says-invalid-grant"});
  EXPECT_EQ(error_of(refresh(narrow_token(), "web", "read write")), "invalid_grant");
}

TEST_F(DefectTest, RefreshTokens) {
  break_({"refresh-any-client"});
  EXPECT_EQ(refresh(tokens().refresh, "second").status, 200);
  break_({"refresh-other-client-says-invalid-request"});
  EXPECT_EQ(error_of(refresh(tokens().refresh, "second")), "invalid_request");
  break_({"refresh-thief-revokes"});
  const auto stolen = tokens();
  EXPECT_EQ(error_of(refresh(stolen.refresh, "second")), "invalid_grant");
  EXPECT_EQ(refresh(stolen.refresh).status, 400);

  break_({"refresh-unknown-accepted"});
  EXPECT_TRUE(lives(refresh(unknown).json("access_token")));
  const auto rotated = tokens("spa");
  refresh(rotated.refresh, "spa");
  EXPECT_EQ(refresh(rotated.refresh, "spa").status, 400);
  break_({"refresh-unknown-says-invalid-request"});
  EXPECT_EQ(error_of(refresh(unknown)), "invalid_request");

  break_({"refresh-not-rotated"});
  const auto kept = tokens("spa");
  EXPECT_EQ(refresh(kept.refresh, "spa").json("refresh_token"), kept.refresh);
  EXPECT_EQ(refresh(kept.refresh, "spa").json("refresh_token"), kept.refresh);
  break_({"refresh-confidential-rotated"});
  const auto web = tokens();
  EXPECT_NE(refresh(web.refresh).json("refresh_token"), web.refresh);
  EXPECT_EQ(error_of(refresh(web.refresh)), "invalid_grant");

  const auto reused = [&](std::string_view defect) {
    break_({std::string(defect)});
    const auto first = tokens("spa");
    const auto second = refresh(first.refresh, "spa");
    const auto again = refresh(first.refresh, "spa");
    return std::pair(again, refresh(second.json("refresh_token"), "spa").status);
  };
  const auto [old, old_family] = reused("refresh-old-stays-valid");
  EXPECT_EQ(old.status, 200);
  EXPECT_EQ(old_family, 200);
  const auto [named, named_family] = reused("refresh-old-says-invalid-request");
  EXPECT_EQ(named.json("error"), "invalid_request");
  EXPECT_EQ(named_family, 400);
  const auto [ignored, ignored_family] = reused("refresh-reuse-ignored");
  EXPECT_EQ(ignored.json("error"), "invalid_grant");
  EXPECT_EQ(ignored_family, 200);
}

TEST_F(DefectTest, ClientCredentials) {
  break_({"cc-refused"});
  EXPECT_EQ(error_of(client_credentials()), "invalid_request");
  EXPECT_EQ(error_of(client_credentials("write")), "invalid_scope");
  break_({"cc-refresh-token"});
  EXPECT_TRUE(client_credentials().has_json("refresh_token"));
  break_({"cc-public-client"});
  EXPECT_EQ(client_credentials("read", "spa").status, 200);
  EXPECT_EQ(client_credentials("read", "web").status, 400);
  break_({"cc-foreign-scope-granted"});
  EXPECT_EQ(client_credentials("write").json("scope"), "write");
  EXPECT_EQ(client_credentials("nonsense").status, 400);
  break_({"cc-foreign-scope-says-invalid-request"});
  EXPECT_EQ(error_of(client_credentials("write")), "invalid_request");
}

TEST_F(DefectTest, TokenErrors) {
  break_({"token-error-status-200"});
  EXPECT_EQ(without_grant_type().status, 200);
  EXPECT_EQ(error_of(without_grant_type()), "invalid_request");
  break_({"token-error-html"});
  EXPECT_EQ(without_grant_type().status, 400);
  EXPECT_THAT(without_grant_type().field("Content-Type"), HasSubstr("text/html"));
  EXPECT_EQ(error_of(redeem(unknown)), "invalid_grant");
  break_({"token-error-object"});
  EXPECT_EQ(base::find_json(without_grant_type().body, "/error/code").text, "invalid_request");
  break_({"token-wrong-secret-status-403"});
  EXPECT_EQ(with_wrong_secret().status, 403);
  EXPECT_EQ(error_of(with_wrong_secret()), "invalid_client");
  break_({"client-wrong-secret-says-invalid-request"});
  EXPECT_EQ(with_wrong_secret().status, 400);
  EXPECT_EQ(error_of(with_wrong_secret()), "invalid_request");
  break_({"refuse-everything-at-token"});
  EXPECT_EQ(error_of(client_credentials()), "invalid_request");
  break_({"accept-everything-at-token"});
  EXPECT_EQ(with_wrong_secret().status, 200);
  EXPECT_EQ(redeem(unknown).status, 200);
}

TEST_F(DefectTest, ClientAuthentication) {
  break_({"client-secret-unchecked"});
  EXPECT_EQ(with_wrong_secret().status, 200);
  EXPECT_EQ(with_wrong_secret("").status, 401);
  break_({"client-basic-refused"});
  const auto by_basic = without(without(redemption(code()), "client_id"), "client_secret");
  EXPECT_EQ(token(by_basic, {{"Authorization", "Basic " + base::base64("web:web-secret")}}).status, 401);
  EXPECT_EQ(redeem(code()).status, 200);
  EXPECT_EQ(token({{"grant_type", "client_credentials"}},
                  {{"Authorization", "Basic " + base::base64("service:service-secret")}})
                .status,
            200);

  const auto bare = [&](Pairs form) { return token(without(form, "client_secret")).status; };
  const auto by_code = [&] { return bare(redemption(code())); };
  const auto by_refresh = [&] {
    return bare(as("web", {{"grant_type", "refresh_token"}, {"refresh_token", tokens().refresh}}));
  };
  const auto by_service = [&] { return bare(as("service", {{"grant_type", "client_credentials"}})); };
  const auto statuses = [&](std::string_view defect) {
    break_({std::string(defect)});
    return std::vector<int>{by_code(), by_refresh(), by_service()};
  };
  EXPECT_EQ(statuses("code-without-auth"), (std::vector{200, 401, 401}));
  EXPECT_EQ(statuses("refresh-without-auth"), (std::vector{401, 200, 401}));
  EXPECT_EQ(statuses("cc-without-auth"), (std::vector{401, 401, 200}));
}

TEST_F(DefectTest, TokenAnswers) {
  const auto answers = [&] {
    const auto first = redeem(code());
    return std::vector{first, refresh(first.json("refresh_token")), client_credentials()};
  };
  const auto each = [&](std::string_view defect, auto expect) {
    break_({std::string(defect)});
    for (const auto& answer : answers()) {
      EXPECT_EQ(answer.status, 200) << defect;
      EXPECT_EQ(base::find_json(answer.body, "").type, base::JsonType::object) << answer.body;
      expect(answer);
    }
  };
  each("token-success-media-type", [](const Reply& answer) {
    EXPECT_EQ(answer.field("Content-Type"), "text/plain");
    EXPECT_EQ(answer.field("Cache-Control"), "no-store");
  });
  each("token-no-store-missing", [](const Reply& answer) {
    EXPECT_EQ(answer.field("Cache-Control"), "");
    EXPECT_EQ(answer.field("Content-Type"), "application/json");
  });
  each("token-type-missing", [](const Reply& answer) { EXPECT_FALSE(answer.has_json("token_type")); });
  each("expires-in-missing", [](const Reply& answer) { EXPECT_FALSE(answer.has_json("expires_in")); });
  each("expires-in-string",
       [](const Reply& answer) { EXPECT_THAT(answer.body, HasSubstr("\"expires_in\":\"3600\"")); });
  each("expires-in-zero", [](const Reply& answer) { EXPECT_EQ(answer.json("expires_in"), "0"); });
  each("expires-in-huge", [](const Reply& answer) { EXPECT_EQ(answer.json("expires_in"), "99999999"); });
}

TEST_F(DefectTest, Expiry) {
  const auto accepted_after = [&](std::string_view defect, int seconds) {
    break_({std::string(defect)});
    const auto text = tokens().access;
    application.clock.advance(std::chrono::seconds(3600 + seconds));
    const bool alive = lives(text);
    EXPECT_EQ(introspect(text).json("active"), alive ? "true" : "false");
    EXPECT_EQ(bearer("/userinfo", text).status, alive ? 200 : 401);
    return alive;
  };
  EXPECT_TRUE(accepted_after("access-token-never-expires", 600));
  EXPECT_TRUE(accepted_after("access-token-expires-late", 149));
  EXPECT_FALSE(accepted_after("access-token-expires-late", 151));
}

TEST_F(DefectTest, ShapeOfTokenRequests) {
  const auto odd_grant = [&] {
    return token({{"grant_type", "urn:x:y"}, {"client_id", "service"}, {"client_secret", "service-secret"}});
  };
  const auto with_more = [&](std::string name, std::string value) {
    return token({{"grant_type", "client_credentials"},
                  {"client_id", "service"},
                  {"client_secret", "service-secret"},
                  {std::move(name), std::move(value)}});
  };
  EXPECT_EQ(with_more("odd", "x").status, 200);
  EXPECT_EQ(error_of(with_more("grant_type", "client_credentials")), "invalid_request");
  EXPECT_EQ(error_of(odd_grant()), "unsupported_grant_type");
  break_({"token-unknown-param-refused"});
  EXPECT_EQ(error_of(with_more("odd", "x")), "invalid_request");
  break_({"token-duplicate-grant-type-tolerated"});
  EXPECT_EQ(with_more("grant_type", "client_credentials").status, 200);
  break_({"token-unknown-grant-served"});
  EXPECT_EQ(odd_grant().status, 200);
  break_({"token-unknown-grant-says-access-denied"});
  EXPECT_EQ(error_of(odd_grant()), "access_denied");
  break_({"token-unknown-grant-says-invalid-request"});
  EXPECT_EQ(error_of(odd_grant()), "invalid_request");
}

TEST_F(DefectTest, Revocation) {
  const auto revoke = [&](std::string_view text, std::string_view client = "web", const std::string& hint = "") {
    Pairs form{{"token", std::string(text)}};
    if (!hint.empty()) form.emplace_back("token_type_hint", hint);
    return post("/revoke", as(client, std::move(form)));
  };
  const auto with_id_only = [&](const std::string& text) {
    return post("/revoke", {{"token", text}, {"client_id", "web"}});
  };
  // After the revocation of the refresh token: the answer, whether the access token lives, whether the refresh token works.
  using Outcome = std::tuple<int, bool, bool>;
  const auto refresh_token = [&](std::string_view defect, std::string_view by = "web", const std::string& hint = "") {
    break_({std::string(defect)});
    const auto got = tokens();
    const int status = revoke(got.refresh, by, hint).status;
    const bool alive = lives(got.access);
    break_({});
    return Outcome(status, alive, refresh(got.refresh).status == 200);
  };
  EXPECT_EQ(refresh_token("revoke-refresh-unsupported"), Outcome(400, true, true));
  EXPECT_EQ(refresh_token("revoke-refresh-unsupported", "web", "refresh_token"), Outcome(200, false, false));
  EXPECT_EQ(refresh_token("revoke-refresh-ignored"), Outcome(200, true, true));
  EXPECT_EQ(refresh_token("revoke-says-202"), Outcome(202, false, false));
  EXPECT_EQ(refresh_token("revoke-keeps-access-tokens"), Outcome(200, true, false));
  EXPECT_EQ(refresh_token("revoke-any-client", "second"), Outcome(200, false, false));
  EXPECT_EQ(refresh_token("revoke-any-client-access", "second"), Outcome(400, true, true));
  EXPECT_EQ(refresh_token("revoke-other-client-says-200", "second"), Outcome(200, true, true));
  EXPECT_EQ(refresh_token("revoke-hint-trusted", "web", "access_token"), Outcome(200, true, true));
  EXPECT_EQ(refresh_token("revoke-hint-trusted"), Outcome(200, false, false));
  EXPECT_EQ(refresh_token("revoke-unknown-hint-refused", "web", "odd"), Outcome(400, true, true));
  EXPECT_EQ(refresh_token("revoke-unknown-hint-finds-nothing", "web", "odd"), Outcome(200, true, true));

  const auto access_token = [&](std::string_view defect, std::string_view by = "web", const std::string& hint = "") {
    break_({std::string(defect)});
    const auto got = tokens();
    const int status = revoke(got.access, by, hint).status;
    return std::pair(status, lives(got.access));
  };
  EXPECT_EQ(access_token("revoke-access-says-invalid-request"), std::pair(400, true));
  EXPECT_EQ(access_token("revoke-access-ignored"), std::pair(200, true));
  EXPECT_EQ(access_token("revoke-any-client-access", "second"), std::pair(200, false));
  EXPECT_EQ(access_token("revoke-hint-trusted", "web", "refresh_token"), std::pair(200, true));
  break_({"revoke-access-late"});
  const auto late = tokens();
  EXPECT_EQ(revoke(late.access).status, 200);
  application.clock.advance(std::chrono::seconds(9));
  EXPECT_TRUE(lives(late.access));
  application.clock.advance(std::chrono::seconds(2));
  EXPECT_FALSE(lives(late.access));

  break_({"revoke-unknown-refused"});
  EXPECT_EQ(error_of(revoke(unknown)), "invalid_request");
  break_({"revoke-twice-refused"});
  const auto twice = tokens();
  EXPECT_EQ(revoke(twice.refresh).status, 200);
  EXPECT_EQ(error_of(revoke(twice.refresh)), "invalid_grant");
  EXPECT_EQ(error_of(refresh(twice.refresh)), "invalid_grant");
  break_({"refresh-revoked-says-invalid-request"});
  EXPECT_EQ(error_of(refresh(twice.refresh)), "invalid_request");

  break_({"revoke-without-auth"});
  const auto stolen = tokens();
  EXPECT_EQ(with_id_only(stolen.refresh).status, 200);
  EXPECT_FALSE(lives(stolen.access));
  break_({"revoke-unauthenticated-says-200"});
  const auto safe = tokens();
  EXPECT_EQ(with_id_only(safe.refresh).status, 200);
  EXPECT_TRUE(lives(safe.access));
  break_({"revoke-unauthenticated-says-access-denied"});
  EXPECT_EQ(error_of(with_id_only(safe.refresh)), "access_denied");
  break_({"revoke-token-missing-says-200"});
  EXPECT_EQ(post("/revoke", as("web", {})).status, 200);
  break_({"revoke-token-missing-says-access-denied"});
  EXPECT_EQ(error_of(post("/revoke", as("web", {}))), "access_denied");
  break_({"revoke-public-refused"});
  EXPECT_EQ(error_of(revoke(tokens("spa").refresh, "spa")), "invalid_client");
  break_({});
  EXPECT_EQ(get("/revoke?client_id=spa&token=x").status, 405);
  break_({"revoke-by-get"});
  const auto linked = tokens("spa");
  EXPECT_EQ(get("/revoke?client_id=spa&token=" + linked.refresh).status, 200);
  EXPECT_FALSE(lives(linked.access));
}

TEST_F(DefectTest, UseOfAccessTokens) {
  const auto without = [&](std::string_view defect) {
    break_({std::string(defect)});
    for (const auto* path : {"/userinfo", "/resource"}) EXPECT_EQ(get(path).status, get("/resource").status);
    return get("/resource");
  };
  EXPECT_EQ(without("bearer-none-served").status, 200);
  EXPECT_EQ(without("bearer-none-status-403").status, 403);
  EXPECT_EQ(without("bearer-none-unannounced").field("WWW-Authenticate"), "");
  const auto with = [&](std::string_view defect, std::string_view text) {
    break_({std::string(defect)});
    EXPECT_EQ(bearer("/userinfo", text).status, bearer("/resource", text).status);
    return bearer("/resource", text);
  };
  EXPECT_EQ(with("bearer-unknown-served", unknown).status, 200);
  EXPECT_EQ(with("bearer-unknown-served", "short").status, 401);
  EXPECT_EQ(with("bearer-unknown-status-500", unknown).status, 500);
  EXPECT_EQ(with("bearer-unknown-status-403", unknown).status, 403);
  EXPECT_EQ(with("bearer-unknown-unannounced", unknown).field("WWW-Authenticate"), "");
  EXPECT_EQ(with("bearer-unknown-unexplained", unknown).field("WWW-Authenticate"), "Bearer realm=\"assay\"");

  const auto got = tokens();
  EXPECT_EQ(with("bearer-header-refused", got.access).status, 400);
  EXPECT_EQ(post("/resource", {{"access_token", got.access}}).status, 200);
  EXPECT_EQ(post("/revoke", as("web", {{"token", got.access}})).status, 200);
  EXPECT_EQ(with("bearer-revoked-served", got.access).status, 200);
  EXPECT_EQ(introspect(got.access).json("active"), "false");
  EXPECT_EQ(with("bearer-revoked-status-403", got.access).status, 403);

  const auto old = tokens().access;
  application.clock.advance(std::chrono::seconds(3601));
  EXPECT_EQ(with("bearer-expired-status-403", old).status, 403);
  EXPECT_THAT(with("bearer-expired-says-invalid-request", old).field("WWW-Authenticate"),
              HasSubstr("error=\"invalid_request\""));
}

}  // namespace
}  // namespace assay::mock

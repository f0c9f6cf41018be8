#include "tests/unit/mock/visitor.hpp"

namespace assay::mock {
namespace {

using testing::HasSubstr;
using testing::Not;

class Resource : public ProviderTest {};

TEST_F(Resource, AnswersToLivingTokens) {
  const auto got = tokens();
  const auto reply = bearer("/resource", got.access);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.json("sub"), "u-1001");
  EXPECT_EQ(reply.json("client_id"), "web");
  EXPECT_EQ(get("/resource", {{"Authorization", "bEARER " + got.access}}).status, 200);
  EXPECT_EQ(post("/resource", {{"access_token", got.access}}).status, 200);
}

TEST_F(Resource, ChallengesEverybodyElse) {
  const auto bare = get("/resource");
  EXPECT_EQ(bare.status, 401);
  EXPECT_EQ(bare.field("WWW-Authenticate"), "Bearer realm=\"assay\"");  // no error code (RFC 6750 section 3.1)
  const auto got = tokens();
  for (const auto& text : {std::string("unknown"), got.refresh}) {
    const auto reply = bearer("/resource", text);
    EXPECT_EQ(reply.status, 401);
    EXPECT_THAT(reply.field("WWW-Authenticate"), HasSubstr("error=\"invalid_token\""));
  }
  for (const auto* field : {"Bearer", "Bearer ", "Bearer a b"}) {
    const auto reply = get("/resource", {{"Authorization", field}});
    EXPECT_EQ(reply.status, 400) << field;
    EXPECT_THAT(reply.field("WWW-Authenticate"), HasSubstr("error=\"invalid_request\""));
  }
  EXPECT_EQ(get("/resource?access_token=" + got.access).status, 401);  // never in the query
  EXPECT_EQ(post("/resource", {{"access_token", got.access}}, {{"Authorization", "Bearer " + got.access}}).status, 400);
  EXPECT_EQ(send("DELETE", "/resource").status, 405);
}

TEST_F(Resource, WantsTheScope) {
  const auto reader = client_credentials().json("access_token");
  EXPECT_EQ(bearer("/resource", reader).status, 200);
  const auto writing = post("/resource", {}, {{"Authorization", "Bearer " + reader}});
  EXPECT_EQ(writing.status, 403);
  EXPECT_THAT(writing.field("WWW-Authenticate"), HasSubstr("error=\"insufficient_scope\""));
  EXPECT_EQ(bearer("/userinfo", reader).status, 403);
}

TEST_F(Resource, TokensExpire) {
  const auto got = tokens();
  application.clock.advance(std::chrono::seconds(3599));
  EXPECT_TRUE(lives(got.access));
  EXPECT_EQ(introspect(got.access).json("active"), "true");
  application.clock.advance(std::chrono::seconds(2));
  EXPECT_FALSE(lives(got.access));
  EXPECT_EQ(introspect(got.access).body, R"({"active":false})");
}

TEST_F(Resource, UserinfoTellsWhatTheScopeAllows) {
  const auto plain = bearer("/userinfo", tokens("web", "openid").access);
  EXPECT_EQ(plain.status, 200);
  EXPECT_EQ(plain.body, R"({"sub":"u-1001"})");
  EXPECT_EQ(bearer("/userinfo", tokens("web", "openid profile").access).json("preferred_username"), "alice");
}

class Introspect : public ProviderTest {};

TEST_F(Introspect, TellsResourceServersAboutTokens) {
  const auto got = tokens();
  const auto reply = introspect(got.access);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.field("Cache-Control"), "no-store");
  EXPECT_EQ(reply.json("active"), "true");
  EXPECT_EQ(reply.json("client_id"), "web");
  EXPECT_EQ(reply.json("username"), "alice");
  EXPECT_EQ(reply.json("sub"), "u-1001");
  EXPECT_EQ(reply.json("scope"), "openid read write");
  EXPECT_EQ(std::stoll(reply.json("exp")) - std::stoll(reply.json("iat")), 3600);
  EXPECT_EQ(base::repeated_json_member(reply.body), "");
  EXPECT_EQ(introspect(client_credentials().json("access_token")).json("sub"), "service");
}

TEST_F(Introspect, TellsOtherClientsAboutTheirOwnTokensOnly) {
  EXPECT_EQ(introspect(tokens("web").access, "second").body, R"({"active":false})");
  EXPECT_EQ(introspect(tokens("second").access, "second").json("active"), "true");
  EXPECT_EQ(introspect(tokens("second").access).json("client_id"), "second");
}

TEST_F(Introspect, KeepsRefreshTokensBetweenServerAndClient) {
  const auto got = tokens();
  EXPECT_EQ(introspect(got.refresh).json("active"), "true");
  EXPECT_EQ(introspect(got.refresh, "second").body, R"({"active":false})");
  post("/revoke", as("web", {{"token", got.refresh}}));
  EXPECT_EQ(introspect(got.refresh).body, R"({"active":false})");
}

TEST_F(Introspect, RefusesStrangers) {
  expect_refused(introspect("x", "spa"), "invalid_client", 401);
  expect_refused(post("/introspect", {{"token", "x"}}), "invalid_client", 401);
  expect_refused(post("/introspect", as("web", {})), "invalid_request");
  EXPECT_EQ(introspect("unknown").body, R"({"active":false})");
  EXPECT_EQ(get("/introspect?token=x").status, 405);
}

class Revoke : public ProviderTest {
 protected:
  Reply revoke(std::string_view text, std::string_view client = "web") {
    return post("/revoke", as(client, {{"token", std::string(text)}, {"token_type_hint", "nonsense"}}));
  }
};

TEST_F(Revoke, EndsAnAccessTokenAlone) {
  const auto got = tokens();
  EXPECT_EQ(revoke(got.access).status, 200);
  EXPECT_FALSE(lives(got.access));
  EXPECT_EQ(introspect(got.access).body, R"({"active":false})");
  EXPECT_EQ(refresh(got.refresh).status, 200);
}

TEST_F(Revoke, EndsAGrantWithItsRefreshToken) {
  const auto got = tokens("spa");
  EXPECT_EQ(revoke(got.refresh, "spa").status, 200);
  EXPECT_FALSE(lives(got.access));
  expect_refused(refresh(got.refresh, "spa"), "invalid_grant");
}

TEST_F(Revoke, LeavesTheTokensOfOthersAlone) {
  const auto got = tokens();
  expect_refused(revoke(got.access, "second"), "invalid_grant");
  expect_refused(revoke(got.refresh, "spa"), "invalid_grant");
  EXPECT_TRUE(lives(got.access));
  EXPECT_EQ(refresh(got.refresh).status, 200);
}

TEST_F(Revoke, IsContentWithUnknownTokens) {
  EXPECT_EQ(revoke("unknown").status, 200);
  EXPECT_EQ(revoke("unknown").status, 200);
  expect_refused(post("/revoke", {{"token", "x"}}), "invalid_client", 401);
  expect_refused(post("/revoke", as("web", {})), "invalid_request");
}

TEST_F(Revoke, FollowsNoLinks) {
  const auto got = tokens("spa");
  EXPECT_EQ(get("/revoke?client_id=spa&token=" + got.refresh).status, 405);
  EXPECT_TRUE(lives(got.access));
}

class Metadata : public ProviderTest {};

TEST_F(Metadata, IsTheSameInBothPlaces) {
  const auto reply = get("/.well-known/openid-configuration");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.field("Content-Type"), "application/json");
  EXPECT_EQ(reply.json("issuer"), application.issuer());
  EXPECT_EQ(reply.json("token_endpoint"), application.issuer() + "/token");
  EXPECT_EQ(base::find_json(reply.body, "").type, base::JsonType::object);
  EXPECT_EQ(base::repeated_json_member(reply.body), "");
  EXPECT_EQ(get("/.well-known/oauth-authorization-server").body, reply.body);
  EXPECT_EQ(base::find_json(reply.body, "/code_challenge_methods_supported").text, R"(["S256"])");
}

TEST_F(Metadata, PublishesPublicKeysOnly) {
  const auto reply = get("/jwks");
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.body, Not(HasSubstr("\"d\":")));
  EXPECT_EQ(base::find_json(reply.body, "/keys/0/alg").text, "ES256");
  EXPECT_EQ(base::find_json(reply.body, "/keys/1/alg").text, "RS256");
}

TEST_F(Metadata, KnowsNoOtherPath) {
  EXPECT_EQ(get("/").status, 404);
  EXPECT_EQ(get("/token/").status, 404);
  EXPECT_EQ(get("/_assay/").status, 404);
}

}  // namespace
}  // namespace assay::mock

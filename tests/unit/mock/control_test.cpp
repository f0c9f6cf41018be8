// The control API: what it changes, who may use it, and that its log holds no secret.
#include "mock-provider/request_log.hpp"
#include "tests/unit/mock/visitor.hpp"

namespace assay::mock {
namespace {

using testing::HasSubstr;
using testing::Not;

class Control : public ProviderTest {
 protected:
  Control() : ProviderTest(controlled()) {}
  static ProviderOptions controlled() {
    auto made = options();
    made.control = true;
    made.defects = {"state-crossed"};
    return made;
  }
  Pairs bearer_field() const { return {{"Authorization", "Bearer " + std::string(application.control_token())}}; }
  Reply ask(const std::string& what) { return send("GET", "/_assay/" + what, bearer_field()); }
  Reply change(const std::string& what, std::string_view json = {}) {
    return send("POST", "/_assay/" + what, bearer_field(), json);
  }
};

TEST_F(Control, OnlyWithTheToken) {
  for (const Pairs& fields :
       {Pairs{}, Pairs{{"Authorization", "Bearer guessed"}}, Pairs{{"Authorization", "Bearer "}}}) {
    const auto reply = send("POST", "/_assay/clock", fields, R"({"advance":"10m"})");
    EXPECT_EQ(reply.status, 401);
    EXPECT_THAT(reply.field("WWW-Authenticate"), HasSubstr("Bearer"));
  }
  EXPECT_EQ(ask("defects").status, 200);
}

TEST_F(Control, ClockMovesForwardOnly) {
  const auto access = tokens().access;
  EXPECT_EQ(change("clock", R"({"advance":"59m"})").status, 200);
  EXPECT_TRUE(lives(access));
  EXPECT_EQ(change("clock", R"({"advance":"2m"})").status, 200);
  EXPECT_FALSE(lives(access));
  for (const char* wrong :
       {R"({"advance":"-2m"})", R"({"advance":60})", R"({})", R"({"advance":"99999999h"})", "[]", "{"})
    EXPECT_EQ(change("clock", wrong).status, 400) << wrong;
}

TEST_F(Control, DefectsAreReplaced) {
  EXPECT_EQ(ask("defects").json("defects/0"), "state-crossed");
  const auto changed = change("defects", R"({"defects":["authz-state-dropped"]})");
  EXPECT_EQ(changed.json("defects/0"), "authz-state-dropped");
  EXPECT_FALSE(changed.has_json("defects/1"));
  EXPECT_EQ(authorize().sent("state"), "");
  const auto unknown = change("defects", R"({"defects":["authz-state-droped"]})");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_THAT(unknown.json("hint"), HasSubstr("authz-state-dropped"));
  EXPECT_EQ(change("defects", R"({"defects":"all"})").status, 400);
}

TEST_F(Control, KeysAreRotated) {
  const auto first = get("/jwks").json("keys/0/kid");
  const auto second = change("keys").json("kid");
  EXPECT_NE(first, second);
  EXPECT_EQ(get("/jwks").json("keys/0/kid"), second);
  EXPECT_EQ(get("/jwks").json("keys/1/kid"), first) << "still shown for what it has signed";
  const auto third = change("keys", R"({"keep":false})").json("kid");
  EXPECT_EQ(get("/jwks").json("keys/0/kid"), third);
  EXPECT_NE(get("/jwks").json("keys/1/kid"), second);
  for (int i = 0; i < 30; ++i) change("keys");
  EXPECT_TRUE(get("/jwks").has_json("keys/10")) << "ten and the RSA key";
  EXPECT_FALSE(get("/jwks").has_json("keys/11"));
}

TEST_F(Control, LogTellsWhatWasAskedWithoutSecrets) {
  const auto code_text = code();
  const auto bought = redeem(code_text).json("access_token");
  redeem(code_text);
  lives(bought);
  authorize(with(authorization(), "scope", "unknown"));
  const auto log = ask("requests");
  EXPECT_EQ(log.json("requests/0/path"), "/authorize");
  EXPECT_EQ(log.json("requests/0/client_id"), "web");
  EXPECT_EQ(log.json("requests/1/grant_type"), "authorization_code");
  EXPECT_EQ(log.json("requests/1/status"), "200");
  EXPECT_EQ(log.json("requests/2/error"), "invalid_grant");
  EXPECT_EQ(log.json("requests/4/error"), "invalid_scope");
  EXPECT_EQ(log.json("requests/1/parameters/3"), "code_verifier");
  for (const auto& secret : {code_text, bought, std::string("web-secret"), std::string(test_verifier),
                             std::string(application.control_token())})
    EXPECT_THAT(log.body, Not(HasSubstr(secret)));
  const auto later = ask("requests?after=3");
  EXPECT_EQ(later.json("requests/0/number"), "4");
  EXPECT_EQ(ask("requests?after=x").status, 400);
}

TEST_F(Control, LogStaysBounded) {
  for (std::size_t i = 0; i < RequestLog::capacity + 50; ++i) get("/jwks");
  EXPECT_EQ(application.request_log.read(0).size(), RequestLog::capacity);
  EXPECT_EQ(application.request_log.read(0).front().number, 51u);
}

TEST_F(Control, ResetForgets) {
  const auto access = tokens().access;
  change("defects", R"({"defects":[]})");
  change("clock", R"({"advance":"10m"})");
  const auto later = application.clock.now();
  EXPECT_EQ(change("reset").json("defects/0"), "state-crossed");
  EXPECT_LT(application.clock.now(), later);
  EXPECT_FALSE(lives(access));
  EXPECT_EQ(ask("requests").json("requests/0/path"), "/resource");
  EXPECT_FALSE(ask("requests").has_json("requests/1"));
}

TEST_F(Control, SaysWhatThereIs) {
  EXPECT_EQ(ask("nothing").status, 404);
  EXPECT_THAT(change("clocks").json("hint"), HasSubstr("clock"));
  EXPECT_EQ(send("DELETE", "/_assay/requests", bearer_field()).status, 405);
}

TEST_F(ProviderTest, ControlIsOffUnlessAskedFor) {
  EXPECT_EQ(send("POST", "/_assay/reset", {{"Authorization", "Bearer "}}).status, 404);
}

TEST(ControlAddress, IsALoopbackOne) {
  ProviderOptions chosen;
  chosen.control = true;
  chosen.threads = 1;
  chosen.address = "0.0.0.0";
  const auto open = Provider::start(chosen);
  ASSERT_FALSE(open);
  EXPECT_THAT(open.error().doing, HasSubstr("0.0.0.0"));
  chosen.address = "127.0.0.1";
  const auto closed = Provider::start(chosen);
  ASSERT_TRUE(closed);
  EXPECT_EQ((*closed)->control_token().size(), 43u);
}

}  // namespace
}  // namespace assay::mock

// What a login program may answer.
#include "engine/login_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_time.hpp"
#include "tests/support/scripted_transport.hpp"

namespace assay::engine {
namespace {

using testing::HasSubstr;

class CommandAnswerTest : public testing::Test {
 protected:
  // True when the authorization is at its end.
  bool read(std::string_view said) {
    out = Arrival{};
    return read_command_answer(said, task, out);
  }

  support::ScriptedTransport transport;
  support::ScriptedWire wire{transport};
  support::FakeTime time;
  LoginState state;
  std::vector<std::string> registered{"http://127.0.0.1:4999/cb"};
  Credentials alice{"alice", base::Secret("a password")};
  LoginTask task{.wire = wire,
                 .time = time,
                 .state = state,
                 .authorize_url = "http://127.0.0.1:4101/authorize?state=1",
                 .registered = registered,
                 .sent_redirect_uri = "http://127.0.0.1:4999/cb",
                 .credentials = alice};
  Arrival out;
};

TEST_F(CommandAnswerTest, ARedirectIsWhereItEnded) {
  ASSERT_TRUE(read("{\"redirect\": \"http://127.0.0.1:4999/cb?code=c&state=1\"}\n"));
  EXPECT_EQ(out.landed, Landing::redirect_uri);
  EXPECT_EQ(out.status, 302);
  EXPECT_EQ(out.outcome, net::Outcome::ok);
  ASSERT_NE(base::find_parameter(out.parameters, "code"), nullptr);
  ASSERT_TRUE(read(R"({"redirect": "https://elsewhere.example/?code=c"})"));
  EXPECT_EQ(out.landed, Landing::elsewhere);
  EXPECT_THAT(out.note, HasSubstr("https://elsewhere.example/, which is no redirect URI"));
}

TEST_F(CommandAnswerTest, CookiesLogIn) {
  EXPECT_FALSE(read(R"({"cookies": ["sid=1; Path=/", "other=2"]})"));
  EXPECT_EQ(state.cookies.size(), 2u);
}

TEST_F(CommandAnswerTest, APageIsAnEnd) {
  ASSERT_TRUE(read(R"({"page": "this client may not do that", "status": 400})"));
  EXPECT_EQ(out.landed, Landing::page);
  EXPECT_EQ(out.status, 400);
}

TEST_F(CommandAnswerTest, SaysWhatIsWrongWithOthers) {
  for (const auto& [said, words] : {std::pair{"", "is empty"},
                                    {"\n \n", "is empty"},
                                    {"no", "is not a JSON object: \"no\""},
                                    {"[]", "is not a JSON object"},
                                    {"{}", "has none of these members"},
                                    {R"({"redirect": 7})", "no URL"},
                                    {R"({"cookies": "a=b"})", "no list"},
                                    {R"({"cookies": [7]})", "no list"},
                                    {R"({"cookies": []})", "no list"},
                                    {R"({"error": "broken"})", "says: broken"}}) {
    ASSERT_TRUE(read(said)) << said;
    EXPECT_EQ(out.landed, Landing::stuck) << said;
    EXPECT_EQ(out.obstacle, Obstacle::driver_failed) << said;
    EXPECT_THAT(out.note, HasSubstr(words)) << said;
  }
}

}  // namespace
}  // namespace assay::engine

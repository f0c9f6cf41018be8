// Logging in every time, and once for a whole check.
#include "tests/support/engine_test.hpp"

namespace assay::engine {
namespace {

TEST(LoginOnce, OneLoginOfAUserServesTheWholeCheck) {
  const auto rule = [](const std::string& id, const std::string& user) {
    return rule_file(
        R"("act":[{"authorize":{"user":)" + user +
            R"(},"as":"a"}],"assert":[{"check":"c","clause":"x/1/must","that":{"a":{"landed":"redirect_uri"}}}])",
        id);
  };
  for (const bool once : {false, true}) {
    FakeWorld world;
    world.target.users.resize(2);
    world.target.users[0] = {"alice", base::Secret("p1")};
    world.target.users[1] = {"bob", base::Secret("p2")};
    world.target.login.once = once;
    int logins = 0;
    world.transport.on("GET /authorize", [](const ScriptedRequest& got) {
      if (got.header("cookie").empty())
        return page("<form method=post><input name=user><input type=password name=p><button>Log in</button></form>");
      return redirect(*base::find_parameter(got.query, "redirect_uri") +
                      "?code=1&state=" + *base::find_parameter(got.query, "state"));
    });
    world.transport.on("POST /authorize", [&](const ScriptedRequest& got) {
      ++logins;
      return redirect(got.target, "Set-Cookie: s=" + *base::find_parameter(got.form, "user") + "; Path=/\r\n");
    });
    world.check({rule("t/a", "1"), rule("t/b", "1"), rule("t/c", "2"), rule("t/d", "2")});
    for (const char* id : {"t/a", "t/b", "t/c", "t/d"}) EXPECT_EQ(rule_of(world.run, id).verdict, Verdict::pass) << id;
    EXPECT_EQ(logins, once ? 2 : 4);
  }
}

}  // namespace
}  // namespace assay::engine

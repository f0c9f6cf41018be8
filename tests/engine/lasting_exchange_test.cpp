// What an observer is told will last does last: a load run keeps no copy of it until a flow has broken something.
#include "engine/session.hpp"
#include "rules/library.hpp"
#include "tests/support/engine_test.hpp"

namespace assay::engine {
namespace {

class Watcher final : public Observer {
 public:
  struct Told {
    std::string_view request;
    const net::Answer* answer;
    std::string request_then, answer_then;
  };
  int on_exchange(const rules::Step*, std::string_view, std::string_view, const net::Answer&) override {
    ++others;
    return 0;
  }
  int on_lasting_exchange(const rules::Step*, std::string_view, std::string_view request,
                          const net::Answer& answer) override {
    told.push_back({request, &answer, std::string(request), text_of(answer)});
    return 0;
  }
  static std::string text_of(const net::Answer& answer) {
    return std::string(answer.head()) + std::string(answer.body());
  }

  std::vector<Told> told;
  int others = 0;
};

class LastingExchange : public testing::Test {
 protected:
  // Two flows, one after the other, as a user of a load run has them.
  void run(const std::string& members, std::size_t lasting, int others) {
    base::Diagnostics problems;
    const auto rules = rules::compile_rule({"rules/t/r.jsonc", rule_file(members)}, problems);
    ASSERT_EQ(rules.size(), 1u) << (problems.empty() ? "" : base::to_string(problems.front()));
    const BoundTarget target(world.target, std::nullopt, "");
    const Program program(rules.front(), target);
    const Oracle oracle(target);
    Watcher watcher;
    Session session(program, oracle, world.transport, world.time, watcher, {.control = false});
    for (int flow = 0; flow < 2; ++flow) {
      watcher.told.clear();
      watcher.others = 0;
      support::run(session.run());
      EXPECT_FALSE(session.blocked_at());
      EXPECT_TRUE(session.all_held());
      EXPECT_EQ(watcher.told.size(), lasting);
      EXPECT_EQ(watcher.others, others);
      for (const auto& told : watcher.told) {
        EXPECT_EQ(told.request, told.request_then);
        EXPECT_EQ(Watcher::text_of(*told.answer), told.answer_then);
      }
    }
  }

  FakeWorld world;
};

TEST_F(LastingExchange, OfEveryStepThatIsOneRequest) {
  run(R"("arrange":[{"authorize":{},"as":"g"},{"token":{"grant":"authorization_code","code":"${g.code}"},"as":"t"}],
    "act":[{"refresh":{"token":"${t.refresh_token}"},"as":"one"},{"refresh":{"token":"${one.refresh_token}"},"as":"two"},
           {"introspect":{"token":"${two.access_token}"},"as":"seen"}],
    "assert":[{"check":"c","clause":"x/1/must","that":{"two":{"denied":false},"seen":{"status":200}}}])",
      4, 1);
}

TEST_F(LastingExchange, OfRequestsThatAreAlwaysTheSame) {
  run(R"("arrange":[],"act":[{"token":{"grant":"client_credentials","client":"service"},"as":"a"},
           {"token":{"grant":"client_credentials","client":"service"},"as":"b"}],
    "assert":[{"check":"c","clause":"x/1/must","that":{"a":{"denied":false},"b":{"denied":false}}}])",
      2, 0);
}

// Each repetition takes the place of the one before it.
TEST_F(LastingExchange, NotOfRepeatedSteps) {
  run(R"("arrange":[],"act":[{"token":{"grant":"client_credentials","client":"service","repeat":3},"as":"a"},
           {"token":{"grant":"client_credentials","client":"service"},"as":"b"}],
    "assert":[{"check":"c","clause":"x/1/must","that":{"a":{"denied":false},"b":{"denied":false}}}])",
      1, 3);
}

}  // namespace
}  // namespace assay::engine

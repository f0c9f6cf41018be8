// Whose clock is ahead, by the dates of answers.
#include "engine/server_clock.hpp"

#include <gtest/gtest.h>

#include "tests/support/fake_world.hpp"

namespace assay::engine {
namespace {

using namespace std::chrono_literals;
using Wall = ServerClock::Wall;

const std::chrono::sys_seconds base_time{std::chrono::seconds(1'700'000'000)};

TEST(ServerClock, SaysNothingWithoutDates) {
  const ServerClock clock;
  EXPECT_FALSE(clock.known());
  EXPECT_EQ(clock.ahead(), 0ns);
}

TEST(ServerClock, IsInStepWhileNothingSpeaksAgainstIt) {
  ServerClock clock;
  clock.observe(base_time + 400ms, base_time + 500ms, base_time);  // dates are cut to the second
  EXPECT_TRUE(clock.known());
  EXPECT_EQ(clock.ahead(), 0ns);
  EXPECT_EQ(clock.describe(), "in step with ours");
}

TEST(ServerClock, SeveralAnswersBoundIt) {
  ServerClock clock;
  for (const auto at : {0ms, 250ms, 500ms, 750ms}) {
    const Wall sent = base_time + at;
    const Wall theirs = sent + 3100ms;
    clock.observe(sent, sent + 2ms, std::chrono::floor<std::chrono::seconds>(theirs));
  }
  EXPECT_GT(clock.ahead(), 2900ms);
  EXPECT_LT(clock.ahead(), 3300ms);
  EXPECT_EQ(clock.describe(), "3 s ahead of ours");
}

TEST(ServerClock, BehindAndFar) {
  ServerClock clock;
  clock.observe(base_time, base_time + 10ms, base_time - 7200s);
  EXPECT_EQ(clock.describe(), "120 min behind ours");
}

TEST(ServerClock, ALaterAnswerThatContradictsWins) {
  ServerClock clock;
  clock.observe(base_time, base_time, base_time - 3600s);  // what a cache kept
  clock.observe(base_time + 1s, base_time + 1s, base_time + 1s);
  EXPECT_EQ(clock.ahead(), 0ns);
}

TEST(ServerClock, SurvivesADateThatIsFarAway) {
  ServerClock clock;
  clock.observe(base_time, base_time, *base::parse_http_date("Fri, 31 Dec 9999 23:59:59 GMT"));
  EXPECT_GT(clock.ahead(), 24h * 365 * 170);
}

std::string dated(std::chrono::seconds ahead, int status, std::string_view body) {
  const auto when = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() + ahead);
  tm parts{};
  gmtime_r(&when, &parts);
  char text[64];
  std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
  return support::response(status, "application/json", body, text);
}

TEST(Preflight, TellsTheServersClock) {
  support::FakeWorld world;
  world.transport.on("GET /.well-known/oauth-authorization-server", world.metadata_text());
  world.transport.on("POST /token",
                     [](const support::ScriptedRequest&) { return dated(90s, 400, R"({"error":"invalid_grant"})"); });
  const auto found = world.preflight();
  EXPECT_GT(found.clock_ahead, 85s);
  EXPECT_LT(found.clock_ahead, 95s);
  ASSERT_FALSE(found.checks.empty());
  EXPECT_EQ(found.checks.back().name, "clock");
  EXPECT_EQ(found.checks.back().verdict, record::Verdict::warn);
  EXPECT_NE(found.checks.back().seen.find("s ahead of ours"), std::string::npos);
}

}  // namespace
}  // namespace assay::engine

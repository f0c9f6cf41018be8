// The defects of concurrency: requests that meet in the gap between reading and marking. Here the gap is an hour long, so
// that they meet for certain, or 1 µs, so that they do not.
#include <thread>

#include "tests/unit/mock/visitor.hpp"

namespace assay::mock {
namespace {

ProviderOptions with_gap(std::chrono::microseconds gap) {
  ProviderOptions options;
  options.issuer = "http://127.0.0.1:4100";
  options.login = LoginMode::auto_;
  options.race_gap = gap;
  return options;
}

class Meeting : public ProviderTest {
 protected:
  Meeting() : ProviderTest(with_gap(std::chrono::hours(1))) {}
};

class Apart : public ProviderTest {
 protected:
  Apart() : ProviderTest(with_gap(std::chrono::microseconds(1))) {}
  static void wait() { std::this_thread::sleep_for(std::chrono::milliseconds(1)); }
};

TEST_F(Meeting, CodesAreMarkedLate) {
  break_({"code-check-then-mark"});
  const auto text = code();
  const auto first = redeem(text), second = redeem(text);
  EXPECT_EQ(second.status, 200);
  EXPECT_NE(first.json("access_token"), second.json("access_token"));
  EXPECT_TRUE(lives(first.json("access_token")));
}

TEST_F(Apart, ACodeThatWasMarkedIsUsed) {
  break_({"code-check-then-mark"});
  const auto text = code();
  const auto first = redeem(text);
  EXPECT_EQ(first.status, 200);
  wait();
  expect_refused(redeem(text), "invalid_grant");
  EXPECT_FALSE(lives(first.json("access_token")));
}

TEST_F(Meeting, CodesMeetOddAnswers) {
  break_({"code-race-500"});
  auto text = code();
  EXPECT_EQ(redeem(text).status, 200);
  EXPECT_EQ(redeem(text).status, 500);
  break_({"code-race-409"});
  text = code();
  EXPECT_EQ(redeem(text).status, 200);
  EXPECT_EQ(redeem(text).status, 409);
  break_({"code-race-answers-again"});
  text = code();
  const auto first = redeem(text), second = redeem(text);
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(second.body, first.body);
  EXPECT_EQ(second.field("Cache-Control"), "no-store");
}

TEST_F(Meeting, RefreshTokensAreMarkedLate) {
  break_({"refresh-check-then-rotate"});
  const auto had = tokens("spa");
  const auto first = refresh(had.refresh, "spa"), second = refresh(had.refresh, "spa");
  EXPECT_EQ(second.status, 200);
  EXPECT_NE(first.json("refresh_token"), second.json("refresh_token"));
}

TEST_F(Apart, ARefreshTokenThatWasMarkedEndsItsFamily) {
  break_({"refresh-check-then-rotate"});
  const auto had = tokens("spa");
  const auto next = refresh(had.refresh, "spa");
  wait();
  expect_refused(refresh(had.refresh, "spa"), "invalid_grant");
  expect_refused(refresh(next.json("refresh_token"), "spa"), "invalid_grant");
}

TEST_F(Meeting, RefreshesMeetOddAnswers) {
  break_({"refresh-race-500"});
  auto had = tokens();
  EXPECT_EQ(refresh(had.refresh).status, 200);
  EXPECT_EQ(refresh(had.refresh).status, 500);
  break_({"refresh-race-409"});
  had = tokens();
  EXPECT_EQ(refresh(had.refresh).status, 200);
  EXPECT_EQ(refresh(had.refresh).status, 409);
}

TEST_F(Meeting, AClientThatKeepsItsRefreshTokenUsesItAgainAndAgain) {
  const auto had = tokens("second");
  for (int i = 0; i < 3; ++i) {
    const auto reply = refresh(had.refresh, "second");
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.json("refresh_token"), had.refresh);
  }
  break_({"refresh-parallel-refused"});
  EXPECT_EQ(refresh(had.refresh, "second").status, 200);
  expect_refused(refresh(had.refresh, "second"), "invalid_grant");
  const auto web = tokens();
  EXPECT_EQ(refresh(web.refresh).status, 200) << "only those whose token is kept";
}

TEST_F(Meeting, ACrowdGetsErrors) {
  break_({"cc-parallel-fails"});
  int failed = 0;
  for (int i = 0; i < 100; ++i) failed += client_credentials().status == 500 ? 1 : 0;
  EXPECT_GT(failed, 0);
  break_({});
  EXPECT_EQ(client_credentials().status, 200);
}

}  // namespace
}  // namespace assay::mock

// What a flow leaves as evidence: cut, in order, and the same whether it was copied at once or when somebody asked.
#include "load/evidence.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::load {
namespace {

net::Answer answer_with(std::string_view body) {
  net::Answer answer;
  answer.assign("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
  answer.reused_connection = true;
  answer.done = answer.started + std::chrono::milliseconds(3);
  return answer;
}

rules::Step named(std::string name) {
  rules::Step step;
  step.name = std::move(name);
  return step;
}

TEST(Capture, CopiesOnlyWhatDoesNotLast) {
  const auto step = named("tokens");
  std::string request = "POST /token HTTP/1.1\r\n\r\n";
  auto answer = answer_with("first");
  Capture capture;
  capture.begin();
  capture.add(&step, "token request", request, answer, true);
  capture.add(&step, "token request", request, answer, false);
  answer = answer_with("second");
  const auto taken = capture.taken();
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_THAT(taken[0].response, ::testing::EndsWith("\r\n\r\nsecond"));
  EXPECT_THAT(taken[1].response, ::testing::EndsWith("\r\n\r\nfirst"));
}

TEST(Capture, TakesTheSameEitherWay) {
  const auto step = named("tokens");
  const std::string request(5000, 'q');
  const auto answer = answer_with(std::string(5000, 'a'));
  for (const auto* const of : {&step, static_cast<const rules::Step*>(nullptr)}) {
    Capture capture;
    capture.begin();
    capture.add(of, "token request", request, answer, true);
    capture.add(of, "token request", request, answer, false);
    const auto taken = capture.taken();
    ASSERT_EQ(taken.size(), 2U);
    for (const auto& one : taken) {
      EXPECT_EQ(one.step, of ? "tokens" : "probe");
      EXPECT_EQ(one.purpose, "token request");
      EXPECT_EQ(one.request, std::string(2048, 'q'));
      EXPECT_EQ(one.response.size(), 1024U);
      EXPECT_EQ(one.response_size, answer.head().size() + 5000);
      EXPECT_EQ(one.status, 200);
      EXPECT_EQ(one.outcome, net::Outcome::ok);
      EXPECT_TRUE(one.reused_connection);
      EXPECT_EQ(one.took, std::chrono::milliseconds(3));
    }
  }
}

// Its places are used again: what was copied there before is not told.
TEST(Capture, BeginsAnew) {
  const auto step = named("tokens");
  const auto answer = answer_with("here");
  Capture capture;
  for (const bool lasting : {false, true, false}) {
    capture.begin();
    EXPECT_TRUE(capture.taken().empty());
    for (int i = 0; i < 40; ++i) capture.add(&step, "token request", std::to_string(i), answer, false);
    EXPECT_EQ(capture.taken().size(), 32U);
    EXPECT_EQ(capture.taken()[31].request, "31");
    capture.begin();
    capture.add(&step, "token request", "POST", answer, lasting);
    ASSERT_EQ(capture.taken().size(), 1U);
    EXPECT_EQ(capture.taken()[0].request, "POST");
  }
}

}  // namespace
}  // namespace assay::load

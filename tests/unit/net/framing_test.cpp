// The framing of responses: what is read, what is refused, and that Beast's parser agrees wherever both accept.
#include "net/framing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace assay::net {
namespace {

using ::testing::HasSubstr;
using namespace std::string_view_literals;

struct Options {
  bool head_request = false;
  FramingLimits limits{};
  bool beast = false;
  bool clean_close = true;
};

// Feeds the pieces, then the end of the connection if the response is not complete.
void frame(Answer& answer, const std::vector<std::string_view>& pieces, const Options& options = {}) {
  answer.clear();
  ResponseFramer framer(answer, options.head_request, options.limits);
  if (options.beast) framer.force_beast();
  for (std::string_view piece : pieces) {
    while (!piece.empty()) {
      const std::span<char> room = framer.room();
      ASSERT_GT(room.size(), 0U);
      const std::size_t size = piece.copy(room.data(), room.size());
      piece.remove_prefix(size);
      if (framer.received(size) == ResponseFramer::Step::done) return;
    }
  }
  framer.closed(options.clean_close);
}

Answer frame(std::string_view bytes, const Options& options = {}) {
  Answer answer;
  frame(answer, {bytes}, options);
  return answer;
}

struct Good {
  const char* name;
  std::string_view bytes;
  int status;
  std::string_view body;
  bool keep_alive;
  std::string_view x = "";  // value of the field "X"
};

std::ostream& operator<<(std::ostream& out, const Good& good) { return out << good.name; }

const std::vector<Good> good_answers = {
    {"length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello", 200, "hello", true, "y"},
    {"a body that no head could be", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nX: y\r\n\r\na\0\rb\nc: d\r"sv, 200,
     "a\0\rb\nc: d\r"sv, true, "y"},
    {"no reason", "HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n", 404, "", true},
    {"no reason, no blank", "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", 404, "", true},
    {"no fields", "HTTP/1.1 200 OK\r\n\r\nall of it", 200, "all of it", false},
    {"blanks around a value", "HTTP/1.1 200 OK\r\nX: \t a b \t\r\nContent-Length:0\r\n\r\n", 200, "", true, "a b"},
    {"empty value", "HTTP/1.1 200 OK\r\nX:\r\nContent-Length: 0\r\n\r\n", 200, "", true},
    {"high bytes in a value", "HTTP/1.1 200 OK\r\nX: \xc3\xa4\r\nContent-Length: 0\r\n\r\n", 200, "", true, "\xc3\xa4"},
    {"same length twice", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab", 200, "ab", true},
    {"same length in a list", "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nab", 200, "ab", true},
    {"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nb\r\n0123456789X\r\n0\r\n\r\n", 200,
     "abc0123456789X", true},
    {"chunked, no chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n", 200, "", true},
    {"chunk extensions and trailers",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: 1\r\n\r\n3;a=b;c=\"d\"\r\nabc\r\n00;e\r\nTrailer: t\r\nY: "
     "z\r\n\r\n",
     200, "abc", true, "1"},
    {"chunked and a length",
     "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 200, "x", false},
    {"a coding that is not chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nzipped", 200, "zipped", false},
    {"chunked last of two", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 200, "x",
     true},
    {"until the end", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nsome body", 200, "some body", false},
    {"connection close", "HTTP/1.1 200 OK\r\nConnection: te, Close\r\nContent-Length: 1\r\n\r\nx", 200, "x", false},
    {"keep-alive among others", "HTTP/1.1 200 OK\r\nConnection: keep-alive, close\r\nContent-Length: 1\r\n\r\nx", 200,
     "x", false},
    {"names of many letters and other characters",
     "HTTP/1.1 200 OK\r\nStrict-Transport-Security-And-More: 1\r\nX_5-abcdefghijklmnopq!: 2\r\nX: y\r\nCONTENT-LENGTH: "
     "1\r\n\r\nx",
     200, "x", true, "y"},
    {"a length with zeros in front", "HTTP/1.1 200 OK\r\nContent-Length: 000000000001\r\n\r\nx", 200, "x", true},
    {"1.0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, "x", false},
    {"1.0 keep-alive", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx", 200, "x", true},
    {"204", "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n", 204, "", true, "y"},
    {"304 with a length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n", 304, "", true},
    {"interim",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nX: no\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: "
     "1\r\n\r\nx",
     200, "x", true},
    {"folded", "HTTP/1.1 200 OK\r\nX: a\r\n  b\r\nContent-Length: 2\r\n\r\nxy", 200, "xy", true, "a b"},
    {"folded, chunked",
     "HTTP/1.1 200 OK\r\nX: a\r\n\tb\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nxy\r\n1\r\nz\r\n0\r\n\r\n", 200, "xyz",
     true, "a b"},
    {"folded, no chunk", "HTTP/1.1 200 OK\r\nX: a\r\n\tb\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, "", true,
     "a b"},
    {"folded, until the end", "HTTP/1.1 200 OK\r\nX: a\r\n\tb\r\n\r\nxyz", 200, "xyz", false, "a b"},
    {"folded after an interim one",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nxy", 200, "xy", true,
     "a b"},
    {"folded interim one",
     "HTTP/1.1 103 Early Hints\r\nLink: a\r\n b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nxy", 200, "xy",
     true},
    {"stray bytes behind it", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxstray", 200, "x", false},
    {"a status of its own", "HTTP/1.1 799 What\r\nContent-Length: 1\r\n\r\nx", 799, "x", true},
};

class GoodAnswers : public ::testing::TestWithParam<Good> {};

void expect_good(const Answer& answer, const Good& good) {
  EXPECT_EQ(answer.outcome, Outcome::ok) << answer.detail;
  EXPECT_EQ(answer.status, good.status);
  EXPECT_EQ(answer.body(), good.body);
  EXPECT_EQ(answer.header("x").value_or(""), good.x);
  EXPECT_THAT(answer.head(), ::testing::StartsWith("HTTP/1."));
  EXPECT_THAT(answer.head(), ::testing::EndsWith("\r\n\r\n"));
}

TEST_P(GoodAnswers, AreReadWholeAndSplitAnywhere) {
  const Good& good = GetParam();
  expect_good(frame(good.bytes), good);
  EXPECT_EQ(frame(good.bytes).keep_alive, good.keep_alive);
  Answer reused;
  for (std::size_t at = 1; at < good.bytes.size(); ++at) {
    frame(reused, {good.bytes.substr(0, at), good.bytes.substr(at)});
    expect_good(reused, good);
  }
  std::vector<std::string_view> single_bytes;
  for (std::size_t at = 0; at < good.bytes.size(); ++at) single_bytes.push_back(good.bytes.substr(at, 1));
  frame(reused, single_bytes);
  expect_good(reused, good);
}

TEST_P(GoodAnswers, TruncatedAnywhereAreNeverTakenForComplete) {
  const Good& good = GetParam();
  for (std::size_t size = 0; size < good.bytes.size(); ++size) {
    const Answer answer = frame(good.bytes.substr(0, size), {.clean_close = false});
    if (answer.outcome == Outcome::ok) {
      EXPECT_EQ(answer.body(), good.body);
    } else {
      EXPECT_EQ(answer.outcome, size == 0 ? Outcome::closed : Outcome::truncated);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Corpus, GoodAnswers, ::testing::ValuesIn(good_answers));

struct Bad {
  std::string_view bytes;
  Outcome outcome;
  const char* detail;
};

const std::vector<Bad> bad_answers = {
    {"", Outcome::closed, "closed before a response"},
    {"SSH-2.0-OpenSSH", Outcome::malformed, "does not begin like"},
    {"H", Outcome::truncated, "in the head"},
    {"HTTP/2.0 200 OK\r\n\r\n", Outcome::malformed, "another HTTP version"},
    {"HTTP/1.1 200 OK\nContent-Length: 0\n\n", Outcome::malformed, "LF alone"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 0\nX: y\r\n\r\n", Outcome::malformed, "does not end with CRLF"},
    {"HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n", Outcome::malformed, "bare CR"},
    {"HTTP/1.1 200 OK\r\nX : a\r\n\r\n", Outcome::malformed, "a blank in or after a field name"},
    {"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", Outcome::malformed, "field name"},
    {"HTTP/1.1 200 OK\r\n: y\r\n\r\n", Outcome::malformed, "without a field name"},
    {"HTTP/1.1 20 OK\r\n\r\n", Outcome::malformed, ""},
    {"HTTP/1.1 2000 OK\r\n\r\n", Outcome::malformed, ""},
    {"HTTP/1.1  200 OK\r\n\r\n", Outcome::malformed, ""},
    {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", Outcome::malformed, "not one number"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nab", Outcome::malformed, "not one number"},
    {"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na", Outcome::malformed, "not one number"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\na", Outcome::malformed, "not one number"},
    {"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\na", Outcome::malformed, "not one number"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", Outcome::truncated, "closed after 3 of 9 bytes"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\nabc", Outcome::too_large,
     "a body of 2000 bytes, where at most 1000"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", Outcome::truncated,
     "after 3 bytes of a chunked body"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcdefg\r\n", Outcome::malformed, "chunked"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", Outcome::malformed, "chunked"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", Outcome::malformed, "chunked"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", Outcome::malformed, "chunked"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\nx\r\n", Outcome::malformed, "chunked"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1 x\r\na\r\n0\r\n\r\n", Outcome::malformed, "chunked"},
    {"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 9\r\n\r\nabc", Outcome::truncated, "in the middle"},
    {"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2000\r\n\r\nabc", Outcome::too_large, "more than 1000"},
    {"HTTP/1.1 100 Continue\r\n\r\n", Outcome::truncated, "in the head"},
};

TEST(Framing, RefusesBadAnswers) {
  for (const Bad& bad : bad_answers) {
    const Answer answer = frame(bad.bytes, {.limits = {.max_head = 500, .max_body = 1000}});
    EXPECT_EQ(to_string(answer.outcome), to_string(bad.outcome)) << bad.bytes;
    EXPECT_THAT(answer.detail, HasSubstr(bad.detail)) << bad.bytes;
    EXPECT_FALSE(answer.keep_alive);
  }
  const std::string_view nul = "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n"sv;
  EXPECT_THAT(frame(nul).detail, HasSubstr("NUL"));
}

// Lines are looked for in blocks of bytes: wherever one ends, it is seen.
TEST(Framing, LinesMayEndAnywhere) {
  for (std::size_t size = 0; size < 140; ++size) {
    const std::string head = "HTTP/1.1 200 OK\r\nX: " + std::string(size, 'x');
    const Answer answer = frame(head + "\r\nContent-Length: 2\r\n\r\nab");
    ASSERT_EQ(answer.outcome, Outcome::ok) << size;
    EXPECT_EQ(answer.header("x"), std::string(size, 'x'));
    EXPECT_EQ(answer.body(), "ab");
    const auto detail = [&](std::string_view rest) { return frame(head + std::string(rest)).detail; };
    EXPECT_THAT(detail("\rY: y\r\n\r\n"), HasSubstr("bare CR")) << size;
    EXPECT_THAT(detail("\r\r\n\r\n"), HasSubstr("bare CR")) << size;
    EXPECT_THAT(detail("\nY: y\r\n\r\n"), HasSubstr("does not end with CRLF")) << size;
    EXPECT_THAT(detail("\0\r\n\r\n"sv), HasSubstr("NUL")) << size;
    EXPECT_THAT(detail("\r\0\n\r\n"sv), HasSubstr("NUL")) << size;
    EXPECT_THAT(detail("\r\n\nY: y\r\n\r\n"), HasSubstr("does not end with CRLF")) << size;
    EXPECT_EQ(frame(head + "\t\r\nContent-Length: 0\r\n\r\n").outcome, Outcome::ok) << size;
  }
}

TEST(Framing, KeepsWithinItsLimits) {
  const Options options{.limits = {.max_head = 500, .max_body = 1000}};
  const std::string head = "HTTP/1.1 200 OK\r\n";
  EXPECT_EQ(frame(head + "X: " + std::string(600, 'x'), options).outcome, Outcome::too_large);
  EXPECT_EQ(frame(head + "X: " + std::string(600, 'x') + "\r\n\r\n", options).outcome, Outcome::too_large);
  std::string interim;
  for (int i = 0; i < 100; ++i) interim += "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_EQ(frame(interim, options).outcome, Outcome::too_large) << "interim responses count";
  const Answer until_close = frame(head + "\r\n" + std::string(5000, 'x'), options);
  EXPECT_EQ(until_close.outcome, Outcome::too_large);
  EXPECT_EQ(until_close.body().size(), 1000U);
  EXPECT_EQ(frame(head + "\r\n" + std::string(1000, 'x'), options).outcome, Outcome::ok);
  const Answer chunked = frame(head + "Transfer-Encoding: chunked\r\n\r\nfff\r\n" + std::string(0xfff, 'x'), options);
  EXPECT_EQ(chunked.outcome, Outcome::too_large);
  EXPECT_EQ(chunked.body().size(), 1000U);
  const std::string folded = head + "X: a\r\n b\r\n";
  EXPECT_EQ(frame(folded + "\r\n" + std::string(5000, 'x'), options).outcome, Outcome::too_large);
  EXPECT_EQ(frame(head + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(100'000, 'x')).outcome,
            Outcome::malformed);
}

TEST(Framing, HeadAnswersHaveNoBody) {
  for (const bool beast : {false, true}) {
    const Answer answer =
        frame("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", {.head_request = true, .beast = beast});
    EXPECT_EQ(answer.outcome, Outcome::ok);
    EXPECT_EQ(answer.body(), "");
    EXPECT_TRUE(answer.keep_alive);
  }
}

TEST(Framing, CopiesOwnTheirViews) {
  Answer copy;
  {
    Answer answer;
    answer.assign("HTTP/1.1 200 OK\r\nX: y\r\n\r\nbody");
    copy = answer;
    answer.buffer.assign(answer.buffer.size(), '#');
  }
  EXPECT_EQ(copy.header("X"), "y");
  EXPECT_EQ(copy.header("nothing"), std::nullopt);
  const Answer moved = std::move(copy);
  EXPECT_EQ(moved.header("x"), "y");
  EXPECT_EQ(moved.body(), "body");
  EXPECT_EQ(moved.header_count("X"), 1U);
}

TEST(Framing, AllocatesNothingOnceTheBufferHasGrown) {
  Answer answer;
  const std::string bytes = "HTTP/1.1 200 OK\r\nContent-Length: 10000\r\nX: y\r\n\r\n" + std::string(10000, 'x');
  frame(answer, {bytes});
  const char* const buffer = answer.buffer.data();
  const HeaderField* const fields = answer.fields().data();
  frame(answer, {bytes});
  EXPECT_EQ(answer.buffer.data(), buffer);
  EXPECT_EQ(answer.fields().data(), fields);
}

// The oracle: whatever both readers accept, they must read alike.
void expect_agreement(std::string_view bytes, std::string_view first, std::string_view second) {
  Answer own, oracle;
  frame(own, {first, second});
  frame(oracle, {first, second}, {.beast = true});
  if (own.outcome != Outcome::ok || oracle.outcome != Outcome::ok) return;
  EXPECT_EQ(own.status, oracle.status) << bytes;
  EXPECT_EQ(own.version, oracle.version) << bytes;
  EXPECT_EQ(own.body(), oracle.body()) << bytes;
  EXPECT_EQ(own.head(), oracle.head()) << bytes;
  ASSERT_EQ(own.fields().size(), oracle.fields().size()) << bytes;
  for (std::size_t i = 0; i < own.fields().size(); ++i) {
    EXPECT_EQ(own.header_count(own.fields()[i].name), oracle.header_count(own.fields()[i].name)) << bytes;
    EXPECT_EQ(own.header(own.fields()[i].name), oracle.header(own.fields()[i].name)) << bytes;
  }
}

TEST(Framing, AgreesWithBeastOnTheWholeCorpus) {
  std::vector<std::string> corpus;
  for (const Good& good : good_answers) corpus.emplace_back(good.bytes);
  for (const Bad& bad : bad_answers) corpus.emplace_back(bad.bytes);
  for (const std::string& bytes : corpus)
    for (std::size_t at = 0; at <= bytes.size(); ++at)
      expect_agreement(bytes, std::string_view(bytes).substr(0, at), std::string_view(bytes).substr(at));
}

TEST(Framing, AgreesWithBeastOnDamagedAnswers) {
  // Every byte of every answer replaced by each of a few that matter.
  for (const Good& good : good_answers)
    for (std::size_t at = 0; at < good.bytes.size(); ++at)
      for (const char c : {'\r', '\n', ' ', ':', ',', ';', '0', '1', 'f', 'x', '\0', '\x7f', '\xff'}) {
        std::string bytes(good.bytes);
        bytes[at] = c;
        expect_agreement(bytes, bytes, {});
      }
}

TEST(Framing, BeastReadsTheCommonOnesToo) {
  int accepted = 0;
  for (const Good& good : good_answers) accepted += frame(good.bytes, {.beast = true}).outcome == Outcome::ok ? 1 : 0;
  EXPECT_GE(accepted, static_cast<int>(good_answers.size()) - 4);
}

}  // namespace
}  // namespace assay::net

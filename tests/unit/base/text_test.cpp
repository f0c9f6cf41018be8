// Text that a hostile server chose must not reach a terminal as it is; globs, durations and suggestions.
#include "base/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace assay::base {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

TEST(Printable, MakesHostileTextVisible) {
  const std::pair<std::string_view, std::string_view> table[] = {
      {"plain text, 1 < 2", "plain text, 1 < 2"},
      {"a\tb\r\nc", "a b  c"},
      {"\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"},
      {std::string_view("a\0b\x7f", 4), "a\\x00b\\x7f"},
      {"grün €😀", "grün €😀"},
      {"\xc2\x9b"
       "31m",
       "\\u{9b}31m"},  // CSI as one character
      {"\xe2\x80\xae"
       "gpj.exe",
       "\\u{202e}gpj.exe"},                                  // right-to-left override
      {"\xe2\x81\xa6x\xe2\x81\xa9", "\\u{2066}x\\u{2069}"},  // isolates
      {"\xd8\x9cx", "\\u{61c}x"},                            // Arabic letter mark
      {"\xef\xbb\xbfx", "\\u{feff}x"},                       // byte order mark
      {"a\xe2\x80\x8b"
       "b",
       "a\\u{200b}b"},                // zero width space
      {"\xe2\x80\xa8", "\\u{2028}"},  // line separator
      {"\xff\xfe", "\\xff\\xfe"},
      {"\x80", "\\x80"},
      {"\xc0\xaf", "\\xc0\\xaf"},     // overlong
      {"\xe0\x80\xaf", "\\u{2f}"},    // overlong
      {"\xed\xa0\x80", "\\u{d800}"},  // surrogate
      {"\xf4\x90\x80\x80", "\\u{110000}"},
      {"\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80"},
      {"\xe2\x82", "\\xe2\\x82"},  // cut off
      {"\xc3(", "\\xc3("},
  };
  for (const auto& [text, shown] : table) EXPECT_EQ(printable(text), shown);
}

TEST(Printable, NeverLongerThanTheLimitAndNeverCutsACharacter) {
  EXPECT_EQ(printable("abcdef", 6), "abcdef");
  EXPECT_EQ(printable("abcdefg", 6), "abcdef…");
  EXPECT_EQ(printable("abcdü", 5), "abcd…");
  EXPECT_EQ(printable("abcd\x1b", 5), "abcd…");
  EXPECT_EQ(printable("", 0), "");
  EXPECT_EQ(printable(std::string(100000, 'x')).size(), 400 + std::string_view("…").size());
}

TEST(Printable, NoControlBytesWhateverComes) {
  std::mt19937 random(4711);
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (int i = 0; i < 24; ++i) text += static_cast<char>(random() % 4 ? random() % 256 : 0xe2);
    const auto shown = printable(text, 100);
    EXPECT_TRUE(std::ranges::none_of(shown, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }));
    EXPECT_LE(shown.size(), 103u);
    EXPECT_EQ(printable(shown, 1000), shown);  // what was made visible is well-formed and harmless
  }
}

TEST(Glob, Matches) {
  const std::tuple<std::string_view, std::string_view, bool> table[] = {
      {"code/*", "code/single-use", true},
      {"code/*", "code/", true},
      {"code/*", "code", false},
      {"*/single-use", "code/single-use", true},
      {"*", "", true},
      {"", "", true},
      {"", "a", false},
      {"?", "a", true},
      {"?", "", false},
      {"a?c", "abc", true},
      {"a*b*c", "aXbYc", true},
      {"a*b*c", "aXbY", false},
      {"*#a", "x#a", true},
      {"**", "abc", true},
      {"a**", "a", true},
      {"[a]", "a", false},
      {"*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},  // no exponential search
      {"Code/*", "code/x", false},
  };
  for (const auto& [pattern, text, expected] : table)
    EXPECT_EQ(matches_glob(pattern, text), expected) << pattern << " " << text;
}

TEST(Duration, Reads) {
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  EXPECT_EQ(parse_duration("5s"), 5s);
  EXPECT_EQ(parse_duration("0s"), 0s);
  EXPECT_EQ(parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(parse_duration("2m"), 2min);
  EXPECT_EQ(parse_duration("2min"), 2min);
  EXPECT_EQ(parse_duration("1h"), 1h);
  EXPECT_EQ(parse_duration("366h"), 366h);
  for (const std::string_view bad : {"", "5", "s", "5 s", " 5s", "5s ", "-1s", "5x", "5ss", "infs", "nans", "1e999s",
                                     "1e30s", "99999999h", "0x5s", "5,5s", "+5s"})
    EXPECT_EQ(parse_duration(bad), std::nullopt) << bad;
}

TEST(Duration, Shows) {
  EXPECT_EQ(format_duration(0ns), "0 us");
  EXPECT_EQ(format_duration(1500ns), "2 us");
  EXPECT_EQ(format_duration(1500us), "1.5 ms");
  EXPECT_EQ(format_duration(12ms), "12 ms");
  EXPECT_EQ(format_duration(1400ms), "1.4 s");
  EXPECT_EQ(format_duration(12s), "12 s");
  EXPECT_EQ(format_duration(2min), "2 min");
  for (auto duration : {1ms, 9ms, 10ms, 999ms, 1000ms, 59999ms, 3600000ms})
    EXPECT_FALSE(format_duration(duration).empty());
}

TEST(DidYouMean, SuggestsTheNearest) {
  const std::vector<std::string> known = {"client", "code", "scope", "redirect_uri", "id"};
  EXPECT_EQ(did_you_mean("clinet", known), "client");
  EXPECT_EQ(did_you_mean("Scope", known), "scope");
  EXPECT_EQ(did_you_mean("redirect_url", known), "redirect_uri");
  EXPECT_EQ(did_you_mean("redirectUri", known), "redirect_uri");
  EXPECT_EQ(did_you_mean("zzzzzzzz", known), "");
  EXPECT_EQ(did_you_mean("x", known), "");  // as far from "id" as from anything
  EXPECT_EQ(did_you_mean("", known), "");
  EXPECT_EQ(did_you_mean("code", {}), "");
}

TEST(Text, SmallThings) {
  EXPECT_TRUE(equals_ignoring_case("Content-Type", "content-TYPE"));
  EXPECT_FALSE(equals_ignoring_case("a", "ab"));
  EXPECT_FALSE(equals_ignoring_case("\xc4", "\xe4"));  // ASCII only
  // Every character against every other, in texts of several lengths, at their begin and at their end.
  const auto lower_one = [](int c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; };
  for (int x = 0; x < 256; ++x)
    for (int y = 0; y < 256; ++y)
      for (const std::string rest : {"", "-N", "-NA", "-NAME", "-Length", "-Long-Name"}) {
        const std::string a(1, static_cast<char>(x)), b(1, static_cast<char>(y));
        const bool same = lower_one(x) == lower_one(y);
        ASSERT_EQ(equals_ignoring_case(a + rest, b + rest), same) << x << " " << y;
        ASSERT_EQ(equals_ignoring_case(rest + a, rest + b), same) << x << " " << y;
      }
  EXPECT_EQ(lower("AbC\xc4"), "abc\xc4");
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_THAT(split(",a,,b,", ','), ElementsAre("a", "b"));
  EXPECT_TRUE(split("", ',').empty());
  EXPECT_TRUE(has_word("openid profile", "profile"));
  EXPECT_FALSE(has_word("openid profile", "pro"));
  EXPECT_FALSE(has_word("openid", ""));
  EXPECT_EQ(plural(1, "rule"), "1 rule");
  EXPECT_EQ(plural(0, "rule"), "0 rules");
}

}  // namespace
}  // namespace assay::base

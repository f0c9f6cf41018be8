// Encodings against the vectors of RFC 4648 section 10 and the forms of RFC 6749 appendix B.
#include "base/encoding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::base {
namespace {

using testing::ElementsAre;
using testing::Pair;

struct Vector {
  std::string_view bytes, padded, url;
};

class Base64Test : public testing::TestWithParam<Vector> {};

TEST_P(Base64Test, EncodesAndDecodes) {
  const auto& [bytes, padded, url] = GetParam();
  EXPECT_EQ(base64(bytes), padded);
  EXPECT_EQ(base64url(bytes), url);
  EXPECT_EQ(decode_base64(padded), bytes);
  EXPECT_EQ(decode_base64url(url), bytes);
}

INSTANTIATE_TEST_SUITE_P(Rfc4648, Base64Test,
                         testing::Values(Vector{"", "", ""}, Vector{"f", "Zg==", "Zg"}, Vector{"fo", "Zm8=", "Zm8"},
                                         Vector{"foo", "Zm9v", "Zm9v"}, Vector{"foob", "Zm9vYg==", "Zm9vYg"},
                                         Vector{"fooba", "Zm9vYmE=", "Zm9vYmE"},
                                         Vector{"foobar", "Zm9vYmFy", "Zm9vYmFy"},
                                         Vector{"\xfb\xff\xbf", "+/+/", "-_-_"},
                                         Vector{std::string_view("\0\0", 2), "AAA=", "AAA"}));

TEST(Base64, EveryByteComesBack) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  for (std::size_t size = 0; size <= all.size(); ++size) {
    const auto part = all.substr(all.size() - size);
    ASSERT_EQ(decode_base64(base64(part)), part);
    ASSERT_EQ(decode_base64url(base64url(part)), part);
  }
}

TEST(Base64, RefusesWhatIsNone) {
  for (const std::string_view bad : {"Z", "Zg", "Zg=", "Zg===", "=", "==", "====", "Zm9v=", "Z=9v", "Zm 9", "Zm9v\n",
                                     "Zm-_", "Zm9v====", "Zg==Zg=="})
    EXPECT_EQ(decode_base64(bad), std::nullopt) << bad;
  for (const std::string_view bad : {"Z", "Zg==", "Zm8=", "Zm+/", "Zm9vY", "Zm 9", "Zg\n"})
    EXPECT_EQ(decode_base64url(bad), std::nullopt) << bad;
}

TEST(Base64, AppendKeepsWhatIsThere) {
  std::string out = "Basic ";
  append_base64(out, "a:b");
  EXPECT_EQ(out, "Basic YTpi");
}

TEST(Hex, Lowercase) { EXPECT_EQ(hex(std::string_view("\0\x0f\xf0\xff", 4)), "000ff0ff"); }

TEST(FormEncoding, EscapesAllButTheFewSafeOnes) {
  EXPECT_EQ(form_encoded("a b"), "a+b");
  EXPECT_EQ(form_encoded("a+b"), "a%2Bb");
  EXPECT_EQ(form_encoded("*-._~"), "*-._%7E");
  EXPECT_EQ(form_encoded("a&b=c%"), "a%26b%3Dc%25");
  EXPECT_EQ(form_encoded("ü€"), "%C3%BC%E2%82%AC");
  EXPECT_EQ(form_encoded(std::string_view("\0\r\n", 3)), "%00%0D%0A");
  // RFC 6749 appendix B: U+0020 U+0025 U+0026 U+002B U+00A3 U+20AC.
  EXPECT_EQ(form_encoded(" %&+£€"), "+%25%26%2B%C2%A3%E2%82%AC");
}

TEST(PercentEncoding, KeepsUnreservedOnly) {
  std::string out;
  append_percent_encoded(out, "aZ0-._~ +/?*");
  EXPECT_EQ(out, "aZ0-._~%20%2B%2F%3F%2A");
}

TEST(PercentDecoding, KeepsBrokenEscapes) {
  EXPECT_EQ(percent_decoded("a%20b+c", true), "a b c");
  EXPECT_EQ(percent_decoded("a%20b+c", false), "a b+c");
  for (const std::string_view text : {"%", "%2", "%zz", "a%", "a%4", "%%", "%-1", "% 1", "%+1"})
    EXPECT_EQ(percent_decoded(text, false), text);
  EXPECT_EQ(percent_decoded("%%41", true), "%A");
  EXPECT_EQ(percent_decoded("%4a%4A", true), "JJ");
  EXPECT_EQ(percent_decoded("%00", true), std::string(1, '\0'));
}

TEST(FormEncoding, EveryByteComesBack) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(percent_decoded(form_encoded(all), true), all);
  std::string percent;
  append_percent_encoded(percent, all);
  EXPECT_EQ(percent_decoded(percent, false), all);
  const auto parsed = parse_form(form_encoded(all) + "=" + form_encoded(all));
  EXPECT_THAT(parsed, ElementsAre(Pair(all, all)));
}

TEST(ParseForm, KeepsOrderAndRepetitions) {
  EXPECT_THAT(parse_form("b=1&a=2&b=3"), ElementsAre(Pair("b", "1"), Pair("a", "2"), Pair("b", "3")));
  EXPECT_THAT(parse_form("&&a&b=&=c&d=e=f&"),
              ElementsAre(Pair("a", ""), Pair("b", ""), Pair("", "c"), Pair("d", "e=f")));
  EXPECT_THAT(parse_form("a+b=c%2Bd%zz"), ElementsAre(Pair("a b", "c+d%zz")));
  EXPECT_TRUE(parse_form("").empty());
  EXPECT_EQ(parse_form("a&a&a&a", 3).size(), 3u);
}

TEST(ParseForm, FindsTheFirst) {
  const auto parameters = parse_form("a=1&a=2");
  ASSERT_NE(find_parameter(parameters, "a"), nullptr);
  EXPECT_EQ(*find_parameter(parameters, "a"), "1");
  EXPECT_EQ(find_parameter(parameters, "A"), nullptr);
}

}  // namespace
}  // namespace assay::base

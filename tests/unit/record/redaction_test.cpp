// Redaction: known values in every coating, unknown ones by their names, and what must not be touched.
#include "record/redaction.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace assay::record {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kSecret = "p+ss/w=rd \"with\" <odd> & 'signs' 42";

std::string percent(std::string_view value) {
  std::string out;
  base::append_percent_encoded(out, value);
  return out;
}

TEST(Redactor, LabelsShowIdentityAndNotContent) {
  Redactor redactor;
  redactor.add("access", "first-token-value");
  redactor.add("access", "second-token-value");
  redactor.add("access", "first-token-value");
  redactor.add("code", "the-code-value");
  EXPECT_EQ(redactor.label("first-token-value"), "‹access#1 17 chars›");
  EXPECT_EQ(redactor.label("second-token-value"), "‹access#2 18 chars›");
  EXPECT_EQ(redactor.label("the-code-value"), "‹code#1 14 chars›");
  EXPECT_EQ(redactor.label("unknown"), "");
  EXPECT_EQ(redactor.redact("got second-token-value, then first-token-value."),
            "got ‹access#2 18 chars›, then ‹access#1 17 chars›.");
}

TEST(Redactor, FindsAValueInEveryCoating) {
  Redactor redactor;
  redactor.add("password", kSecret);
  auto lower = percent(kSecret);
  for (std::size_t i = 0; i + 2 < lower.size(); ++i)
    if (lower[i] == '%')
      for (const std::size_t k : {i + 1, i + 2}) lower[k] = static_cast<char>(std::tolower(lower[k]));
  for (const auto& form : {kSecret, percent(kSecret), lower, percent(percent(kSecret)), base::form_encoded(kSecret),
                           std::string("p+ss\\/w=rd \\\"with\\\" <odd> & 'signs' 42"),
                           std::string("p+ss/w=rd &quot;with&quot; &lt;odd&gt; &amp; &#39;signs&#39; 42")})
    EXPECT_EQ(redactor.redact("before " + form + " after"), "before ‹password#1 35 chars› after") << form;
}

TEST(Redactor, FindsAValueInsideBase64AtEveryAlignment) {
  Redactor redactor;
  redactor.add("client-secret", kSecret);
  for (const std::string before : {"", "a", "ab", "abc", "client:", "client-2:"})
    for (const std::string after : {"", ":", "::", "more"})
      for (const auto& clear : {before + kSecret + after, before + base::form_encoded(kSecret) + after}) {
        EXPECT_EQ(redactor.redact("x " + base::base64(clear) + " y"), "x ‹client-secret#1 35 chars› y");
        EXPECT_EQ(redactor.redact("x " + base::base64url(clear) + " y"), "x ‹client-secret#1 35 chars› y");
      }
}

TEST(Redactor, BasicKeepsItsScheme) {
  Redactor redactor;
  redactor.add("client-secret", "known-secret-1");
  EXPECT_EQ(redactor.redact("Authorization: Basic " + base::base64("web:known-secret-1") + "\r\nHost: a\r\n"),
            "Authorization: Basic ‹client-secret#1 14 chars›\r\nHost: a\r\n");
  EXPECT_EQ(redactor.redact("authorization: Basic dW5rbm93bjp1bmtub3du\r\n"),
            "authorization: Basic ‹credentials 20 chars›\r\n");
  EXPECT_EQ(redactor.redact("Authorization: Bearer abcdef"), "Authorization: Bearer ‹credentials 6 chars›");
}

TEST(Redactor, APlainWordIsReplacedOnlyWhereItStandsAlone) {
  Redactor redactor;
  redactor.add("password", "secret");
  EXPECT_EQ(redactor.redact("client_secret_basic and secrets"), "client_secret_basic and secrets");
  EXPECT_EQ(redactor.redact("the secret was"), "the ‹password#1 6 chars› was");
  EXPECT_EQ(redactor.redact("a%3Dsecret%26b"), "a%3D‹password#1 6 chars›%26b");
  EXPECT_EQ(redactor.redact("{\"x\":\"\\nsecret\"}"), "{\"x\":\"\\n‹password#1 6 chars›\"}");
}

TEST(Redactor, AShortValueIsReplacedOnlyAsAWholeValue) {
  Redactor redactor;
  redactor.add("password", "a b1");
  EXPECT_EQ(redactor.redact("x=a b1"), "x=a b1");
  EXPECT_EQ(redactor.redact("pass=a+b1&x=a+b12"), "pass=‹password#1 4 chars›&x=a+b12");
  EXPECT_EQ(redactor.redact("{\"p\": \"a b1\", \"q\": \"a b1 \"}"),
            "{\"p\": \"‹password#1 4 chars›\", \"q\": \"a b1 \"}");
}

TEST(Redactor, TheLongestOfTwoValuesWins) {
  Redactor redactor;
  redactor.add("code", "abcdefgh1");
  redactor.add("access", "abcdefgh1-and-more");
  EXPECT_EQ(redactor.redact("abcdefgh1-and-more abcdefgh1"), "‹access#1 18 chars› ‹code#1 9 chars›");
}

TEST(Redactor, AValueThatTheCutOffLeftIncompleteGoesToo) {
  Redactor redactor;
  redactor.add("access", "0123456789abcdefghijklmnopqrstuvwxyz");
  const std::string text(5000, '.');
  EXPECT_EQ(redactor.redact(text + "0123456789abcdef"), text + "‹access#1 36 chars›");
}

TEST(Names, QueriesFormsAndFragments) {
  const Redactor redactor;
  EXPECT_EQ(redactor.redact("GET /cb?code=abc&state=xyz HTTP/1.1"), "GET /cb?code=‹code 3 chars›&state=xyz HTTP/1.1");
  EXPECT_EQ(redactor.redact("Location: https://a/cb#access_token=abc&token_type=bearer"),
            "Location: https://a/cb#access_token=‹access_token 3 chars›&token_type=bearer");
  EXPECT_EQ(redactor.redact("grant_type=password&username=u&password=hunter2"),
            "grant_type=password&username=u&password=‹password 7 chars›");
  EXPECT_EQ(redactor.redact("u=https%3A%2F%2Fa%3Fcode%3Dabc%26state%3Dx"),
            "u=https%3A%2F%2Fa%3Fcode%3D‹code 3 chars›%26state%3Dx");
}

TEST(Names, JsonMembers) {
  const Redactor redactor;
  EXPECT_EQ(redactor.redact(R"({"access_token" : "ab\"c","token_type":"Bearer"})"),
            R"({"access_token" : "‹access_token 5 chars›","token_type":"Bearer"})");
  EXPECT_EQ(redactor.redact(R"({"body":"{\"refresh_token\":\"abc\"}"})"),
            R"({"body":"{\"refresh_token\":\"‹refresh_token 3 chars›\"}"})");
  EXPECT_EQ(redactor.redact(R"({"code":"E_SHORT","end_session_endpoint":"https://a","client_secret_expires_at":0})"),
            R"({"code":"E_SHORT","end_session_endpoint":"https://a","client_secret_expires_at":0})");
  EXPECT_EQ(redactor.redact(R"({"Cookie":"a=b"})"), R"({"Cookie":"‹cookie 3 chars›"})");
}

TEST(Names, Cookies) {
  const Redactor redactor;
  EXPECT_EQ(redactor.redact("Cookie: a=1234; b=\r\nHost: x"), "Cookie: a=‹cookie 4 chars›; b=\r\nHost: x");
  EXPECT_EQ(redactor.redact("Set-Cookie: s=12;Path=/; HttpOnly\r\n"),
            "Set-Cookie: s=‹cookie 2 chars›;Path=/; HttpOnly\r\n");
}

TEST(Names, HiddenInputs) {
  const Redactor redactor;
  EXPECT_EQ(redactor.redact("<input type='hidden' name='t' value='abc>d'><input name=user value=bob>"),
            "<input type='hidden' name='t' value='‹hidden 5 chars›'><input name=user value=bob>");
  EXPECT_EQ(redactor.redact("<INPUT\n value=\"abc\" TYPE=hidden>"), "<INPUT\n value=\"‹hidden 3 chars›\" TYPE=hidden>");
  EXPECT_EQ(redactor.redact("<input type=hidden name=client_id value=web>"),
            "<input type=hidden name=client_id value=web>");
  EXPECT_EQ(redactor.redact("<meta name=\"csrf-token\" content=\"abc\">"),
            "<meta name=\"csrf-token\" content=\"‹hidden 3 chars›\">");
  EXPECT_EQ(redactor.redact("<input type=hidden value="), "<input type=hidden value=");
}

TEST(Names, SignaturesOfJwtsNeverShow) {
  const Redactor redactor;
  EXPECT_EQ(redactor.redact("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl, ok"),
            "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.‹signature 12 chars›, ok");
  EXPECT_EQ(redactor.redact("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."), "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.");
}

TEST(Redactor, RedactingTwiceChangesNothing) {
  Redactor redactor;
  redactor.add("access", "known-access-token");
  const std::string text =
      "POST /t?token=known-access-token HTTP/1.1\r\nAuthorization: Basic YWJjOmRlZg==\r\nCookie: a=b; c=d\r\n\r\n"
      "code=unknown&access_token=known-access-token&x=<input type=hidden value=1>"
      "{\"id_token\":\"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln\"} eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln";
  const auto once = redactor.redact(text);
  EXPECT_EQ(redactor.redact(once), once);
  EXPECT_EQ(Redactor().redact(once), once);
  EXPECT_THAT(once, Not(HasSubstr("known-access-token")));
}

TEST(Redactor, ArbitraryBytesSurvive) {
  Redactor redactor;
  redactor.add("access", "known-access-token");
  std::string bytes;
  for (int i = 0; i < 4096; ++i) bytes += static_cast<char>(i * 31 % 256);
  redactor.redact(bytes);
  for (const std::string_view end :
       {"\"", "\\", "=", "<input", "<input value", "<input type=hidden value=\"", "%3D", "code=", "code%3D",
        "\"code\":\"\\", "eyJ", "eyJhbGciOiJub25lIn0.", "eyJhbGciOiJub25lIn0.‹", "‹", "cookie:"})
    EXPECT_EQ(redactor.redact(std::string(end)), end);
}

}  // namespace
}  // namespace assay::record

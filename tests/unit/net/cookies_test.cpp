#include "net/cookies.hpp"

#include <gtest/gtest.h>

namespace assay::net {
namespace {

using namespace std::chrono_literals;

class Cookies : public testing::Test {
 protected:
  void store(std::string_view url, std::string_view value) { jar.store(*base::parse_url(url), value, now); }
  std::string sent(std::string_view url) const {
    std::string out;
    jar.append_header(*base::parse_url(url), now, out);
    return out;
  }

  CookieJar jar;
  CookieJar::Time now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21) + 12h;
};

TEST_F(Cookies, GoBackToTheHostTheyCameFromOnly) {
  store("http://as.example/login", "a=1");
  EXPECT_EQ(sent("http://as.example/"), "a=1");
  EXPECT_EQ(sent("http://sub.as.example/"), "");
  EXPECT_EQ(sent("http://example/"), "");
}

TEST_F(Cookies, DefaultPathIsTheFolderOfTheRequest) {
  store("http://h.example/o/authorize/next", "a=1");
  EXPECT_EQ(sent("http://h.example/o/authorize"), "a=1");
  EXPECT_EQ(sent("http://h.example/o/authorize/x/y"), "a=1");
  EXPECT_EQ(sent("http://h.example/o/authorized"), "");
  EXPECT_EQ(sent("http://h.example/"), "");
}

TEST_F(Cookies, PathsScopeAndOrder) {
  store("http://h.example/", "root=1; Path=/");
  store("http://h.example/", "deep=2; path=/interaction/abc");
  store("http://h.example/", "other=3; path=/interaction/xyz");
  EXPECT_EQ(sent("http://h.example/interaction/abc"), "deep=2; root=1");
  EXPECT_EQ(sent("http://h.example/interaction/abcd"), "root=1");
  EXPECT_EQ(sent("http://h.example/auth?x=/interaction/abc"), "root=1");
}

TEST_F(Cookies, DomainReachesSubdomains) {
  store("http://login.h.example/", "a=1; Domain=.h.example; Path=/");
  store("http://login.h.example/", "b=2; domain=H.Example; Path=/");
  EXPECT_EQ(sent("http://h.example/"), "a=1; b=2");
  EXPECT_EQ(sent("http://other.h.example/"), "a=1; b=2");
  EXPECT_EQ(sent("http://badh.example/"), "");
}

TEST_F(Cookies, ForeignAndTopLevelDomainsAreRefused) {
  store("http://h.example/", "a=1; Domain=other.example");
  store("http://h.example/", "b=1; Domain=sub.h.example");
  store("http://h.example/", "c=1; Domain=example");
  store("http://127.0.0.1/", "d=1; Domain=0.0.1");
  EXPECT_EQ(jar.size(), 0u);
}

TEST_F(Cookies, DomainMayNameAnAddressOrLocalhostItself) {
  store("http://127.0.0.1:4101/", "a=1; Domain=127.0.0.1; Path=/");
  store("http://localhost/", "b=2; Domain=localhost; Path=/");
  EXPECT_EQ(sent("http://127.0.0.1:9/"), "a=1");
  EXPECT_EQ(sent("http://localhost/"), "b=2");
}

TEST_F(Cookies, SecureNeedsTlsExceptOnLoopback) {
  store("https://h.example/", "a=1; Secure");
  EXPECT_EQ(sent("https://h.example/"), "a=1");
  EXPECT_EQ(sent("http://h.example/"), "");
  store("http://h.example/", "b=1; secure");
  EXPECT_EQ(sent("https://h.example/"), "a=1");
  store("http://127.0.0.1/", "c=1; Secure; HttpOnly; SameSite=Strict");
  EXPECT_EQ(sent("http://127.0.0.1/"), "c=1");
}

TEST_F(Cookies, PrefixesKeepTheirPromise) {
  store("https://h.example/x", "__Host-a=1; Secure");
  store("https://h.example/x", "__Host-b=1; Secure; Path=/; Domain=h.example");
  store("https://h.example/x", "__Secure-c=1; Path=/");
  EXPECT_EQ(jar.size(), 0u);
  store("https://h.example/x", "__Host-a=1; Secure; Path=/");
  EXPECT_EQ(sent("https://h.example/"), "__Host-a=1");
}

TEST_F(Cookies, AreReplacedAndKeepTheirPlace) {
  store("http://h.example/", "session=old");
  store("http://h.example/", "csrf=x");
  store("http://h.example/", "session=new");
  EXPECT_EQ(sent("http://h.example/"), "session=new; csrf=x");
}

TEST_F(Cookies, AreDeletedByAgeOrDate) {
  store("http://h.example/", "a=1");
  store("http://h.example/", "b=1");
  store("http://h.example/", "c=1");
  store("http://h.example/", "a=; Max-Age=0");
  store("http://h.example/", "b=; expires=Thu, 01 Jan 1970 00:00:00 GMT");
  store("http://h.example/", "c=; Max-Age=-5");
  EXPECT_EQ(jar.size(), 0u);
}

TEST_F(Cookies, ExpireAndPreferMaxAge) {
  store("http://h.example/", "a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
  store("http://h.example/", "b=1; Expires=Sat, 21-Nov-26 12:01:00 GMT");
  store("http://h.example/", "c=1; Max-Age=99999999999999999999");
  store("http://h.example/", "d=1; Max-Age=nonsense");
  EXPECT_EQ(sent("http://h.example/"), "a=1; b=1; c=1; d=1");
  now += 61s;
  EXPECT_EQ(sent("http://h.example/"), "c=1; d=1");
}

TEST_F(Cookies, MalformedOnesAreDropped) {
  for (const auto text : {"", "novalue", "=x", ";a=1", "a=\x01", "a=1\r\nX: y"}) store("http://h.example/", text);
  store("http://h.example/", "big=" + std::string(5000, 'x'));
  EXPECT_EQ(jar.size(), 0u);
  store("http://h.example/", "a=b=c==; Path");
  EXPECT_EQ(sent("http://h.example/"), "a=b=c==");
}

TEST_F(Cookies, AreBoundedInNumber) {
  for (int i = 0; i < 1200; ++i) store("http://h.example/", "n" + std::to_string(i) + "=1");
  EXPECT_LE(jar.size(), 150u);
  EXPECT_NE(sent("http://h.example/").find("n1199=1"), std::string::npos);
  for (int i = 0; i < 1200; ++i) store("http://h" + std::to_string(i) + ".example/", "n=1");
  EXPECT_LE(jar.size(), 1000u);
}

TEST_F(Cookies, DatesInManyShapes) {
  const auto expected = std::chrono::sys_days(std::chrono::year(1994) / 11 / 6) + 8h + 49min + 37s;
  for (const auto text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"})
    EXPECT_EQ(parse_cookie_date(text), expected) << text;
  for (const auto text : {"", "0", "tomorrow", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT"})
    EXPECT_EQ(parse_cookie_date(text), CookieJar::Time::min()) << text;
  EXPECT_EQ(parse_cookie_date("Fri, 31 Dec 9999 23:59:59 GMT"), CookieJar::Time::max());
}

}  // namespace
}  // namespace assay::net

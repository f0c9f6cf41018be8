// URLs as browsers read them; references against the examples of RFC 3986 section 5.4.
#include "base/url.hpp"

#include <gtest/gtest.h>

namespace assay::base {
namespace {

std::string shown(const std::optional<Url>& url) { return url ? url->text() : "(none)"; }

TEST(ParseUrl, TakesApart) {
  const auto url = parse_url("HTTPS://user:pa:ss@Example.COM:8443/a/b?c=d?e#f#g");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_TRUE(url->tls());
  EXPECT_EQ(url->userinfo, "user:pa:ss");
  EXPECT_EQ(url->host, "example.com");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->path, "/a/b");
  EXPECT_EQ(url->query, "c=d?e");
  EXPECT_EQ(url->fragment, "f#g");
  EXPECT_EQ(url->authority(), "example.com:8443");
  EXPECT_EQ(url->origin(), "https://example.com:8443");
  EXPECT_EQ(url->target(), "/a/b?c=d?e");
  EXPECT_EQ(url->text(), "https://example.com:8443/a/b?c=d?e#f#g");
}

TEST(ParseUrl, Table) {
  const std::pair<std::string_view, std::string_view> table[] = {
      {"http://h", "http://h/"},
      {"http://h:80/", "http://h/"},
      {"https://h:443", "https://h/"},
      {"http://h:443", "http://h:443/"},
      {"http://h:", "http://h/"},
      {"http://h:065/", "http://h:65/"},
      {"http://h?q", "http://h/?q"},
      {"http://h?", "http://h/?"},
      {"http://h#f", "http://h/#f"},
      {"  http://h/x \n", "http://h/x"},
      {"http:\\\\h\\a\\b?c\\d", "http://h/a/b?c\\d"},
      {"http://h\\@evil.example/", "http://h/@evil.example/"},
      {"http://good.example@evil.example/", "http://evil.example/"},
      {"http://a@b@c/", "http://c/"},
      {"http://[::1]:8080/x", "http://[::1]:8080/x"},
      {"http://[2001:DB8::1]", "http://[2001:db8::1]/"},
      {"http://h/a b", "http://h/a%20b"},
      {"http://h/a?b c", "http://h/a?b%20c"},
      {"http://h/ü", "http://h/%C3%BC"},
      {"ht\ntp://h/a\r\nX: y", "http://h/aX:%20y"},
      {std::string_view("http://h/\0x", 11), "http://h/%00x"},
      {"http://h/%zz", "http://h/%zz"},
  };
  Url used;  // nothing of the one before is left over
  for (const auto& [text, expected] : table) {
    EXPECT_EQ(shown(parse_url(text)), expected) << text;
    EXPECT_EQ(parse_url(text, used) ? used.text() : "(none)", expected) << text;
  }
}

TEST(ParseUrl, Refuses) {
  for (const std::string_view bad : {"",
                                     "h",
                                     "//h/",
                                     "/a",
                                     "http",
                                     "http:",
                                     "http:/h",
                                     "http:///a",
                                     "http://",
                                     "http://:80/",
                                     "http://@/",
                                     "http://h:0/",
                                     "http://h:65536/",
                                     "http://h:99999999999/",
                                     "http://h:8o/",
                                     "http://h:-1/",
                                     "http://h: 80/",
                                     "http://[::1",
                                     "http://[::1]x/",
                                     "http://[]/",
                                     "http://h^x/",
                                     "http://a b/",
                                     "http://a<b/",
                                     "ftp://h/",
                                     "javascript://h/%0aalert(1)",
                                     "mailto:a@b",
                                     "com.example.app:/cb",
                                     "urn:ietf:wg:oauth:2.0:oob"})
    EXPECT_EQ(parse_url(bad), std::nullopt) << bad << " is " << shown(parse_url(bad));
}

TEST(Url, SwapsEverything) {
  const auto a = *parse_url("https://user:pw@as.example:8443/login?x=1#frag");
  const auto b = *parse_url("http://localhost/");
  Url one = a, other = b;
  swap(one, other);
  EXPECT_EQ(other.text(), a.text());
  EXPECT_EQ(other.userinfo, a.userinfo);
  EXPECT_EQ(one.text(), b.text());
  EXPECT_EQ(one.userinfo, "");
}

TEST(Url, Loopback) {
  for (const std::string_view text :
       {"http://127.0.0.1/", "http://127.255.0.9:1/", "http://[::1]/", "http://localhost/", "http://LOCALHOST/"})
    EXPECT_TRUE(parse_url(text)->is_loopback()) << text;
  for (const std::string_view text : {"http://127.evil.example/", "http://127.0.0.1.evil.example/", "http://128.0.0.1/",
                                      "http://localhost.evil.example/", "http://[::2]/", "http://127.0.0.x/"})
    EXPECT_FALSE(parse_url(text)->is_loopback()) << text;
}

// RFC 3986 sections 5.4.1 and 5.4.2. An empty path of a URL with a host is "/", as in requests.
TEST(ResolveUrl, Rfc3986) {
  const auto base = *parse_url("http://a/b/c/d;p?q");
  const std::pair<std::string_view, std::string_view> table[] = {
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g/"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q#s"},
      {"g#s", "http://a/b/c/g#s"},
      {"g?y#s", "http://a/b/c/g?y#s"},
      {";x", "http://a/b/c/;x"},
      {"g;x", "http://a/b/c/g;x"},
      {"g;x?y#s", "http://a/b/c/g;x?y#s"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"./", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../", "http://a/"},
      {"../../g", "http://a/g"},
      {"../../../g", "http://a/g"},
      {"../../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},
      {".g", "http://a/b/c/.g"},
      {"g..", "http://a/b/c/g.."},
      {"..g", "http://a/b/c/..g"},
      {"./../g", "http://a/b/g"},
      {"./g/.", "http://a/b/c/g/"},
      {"g/./h", "http://a/b/c/g/h"},
      {"g/../h", "http://a/b/c/h"},
      {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
      {"g;x=1/../y", "http://a/b/c/y"},
      {"g?y/./x", "http://a/b/c/g?y/./x"},
      {"g?y/../x", "http://a/b/c/g?y/../x"},
      {"g#s/./x", "http://a/b/c/g#s/./x"},
      {"g:h", "(none)"},
      {"http:g", "(none)"},
  };
  Url used;
  for (const auto& [reference, expected] : table) {
    EXPECT_EQ(shown(resolve_url(base, reference)), expected) << reference;
    EXPECT_EQ(resolve_url(base, reference, used) ? used.text() : "(none)", expected) << reference;
  }
}

TEST(ResolveUrl, LikeABrowser) {
  const auto base = *parse_url("https://user:pw@as.example:8443/login/step?x=1#frag");
  const std::pair<std::string_view, std::string_view> table[] = {
      {"\\\\evil.example\\x", "https://evil.example/x"},
      {"/\\evil.example/x", "https://evil.example/x"},
      {"//evil.example/a/../b", "https://evil.example/b"},
      {"//evil.example", "https://evil.example/"},
      {"/%2e%2e/x/%2E/y", "https://as.example:8443/x/y"},
      {" next ", "https://as.example:8443/login/next"},
      {"ne\nxt", "https://as.example:8443/login/next"},
      {"?", "https://as.example:8443/login/step?"},
      {"", "https://as.example:8443/login/step?x=1"},
      {"a?b=http://c", "https://as.example:8443/login/a?b=http://c"},
      {"1:2", "https://as.example:8443/login/1:2"},
      {"./a:b", "https://as.example:8443/login/a:b"},
      {"/a//b/", "https://as.example:8443/a//b/"},
      {"HTTP://x/y/../z", "http://x/z"},
      {"com.example.app:/cb?code=1", "(none)"},
      {"javascript:alert(1)", "(none)"},
      {"//", "(none)"},
  };
  Url used;
  for (const auto& [reference, expected] : table) {
    EXPECT_EQ(shown(resolve_url(base, reference)), expected) << reference;
    EXPECT_EQ(resolve_url(base, reference, used) ? used.text() : "(none)", expected) << reference;
  }
  EXPECT_EQ(resolve_url(base, "/x")->userinfo, "");
  used.userinfo = "user";
  EXPECT_TRUE(resolve_url(base, "/x", used));
  EXPECT_EQ(used.userinfo, "");
}

TEST(ResolveUrl, PortFollowsTheSchemeOfTheReference) {
  const auto base = *parse_url("https://as.example:8443/");
  EXPECT_EQ(resolve_url(base, "//other/")->port, 443);
  EXPECT_EQ(resolve_url(base, "http://other/")->port, 80);
}

}  // namespace
}  // namespace assay::base

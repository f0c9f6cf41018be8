// What goes on the wire for OAuth: PKCE, client authentication, requests; and what comes back as metadata.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "base/random.hpp"
#include "oauth/challenge.hpp"
#include "oauth/client_authentication.hpp"
#include "oauth/metadata.hpp"
#include "oauth/pkce.hpp"
#include "oauth/request.hpp"

namespace assay::oauth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// RFC 7636 appendix B.
TEST(Pkce, Rfc7636AppendixB) {
  std::string challenge = "x";
  append_s256_challenge(challenge, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  EXPECT_EQ(challenge, "xE9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(Pkce, VerifiersAreOfTheGrammar) {
  base::Random random;
  for (int i = 0; i < 100; ++i) {
    std::string verifier;
    append_code_verifier(verifier, random);
    EXPECT_EQ(verifier.size(), 43u);  // RFC 7636 section 4.1: 43 to 128 characters
    EXPECT_EQ(verifier.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"),
              std::string::npos);
    std::string another;
    append_code_verifier(another, random);
    EXPECT_NE(verifier, another);
  }
}

std::string pair_of(const std::string& credentials) {
  EXPECT_TRUE(credentials.starts_with("Basic "));
  return base::decode_base64(std::string_view(credentials).substr(6)).value_or("(not base64)");
}

// RFC 6749 section 2.3.1: form-urlencoded before base64.
TEST(BasicCredentials, EncodeIdAndSecret) {
  EXPECT_EQ(basic_credentials("s6BhdRkqt3", "gX1fBat3bV"), "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW");
  EXPECT_EQ(pair_of(basic_credentials("a+b", "100%")), "a%2Bb:100%25");
  EXPECT_EQ(pair_of(basic_credentials("a:b", "c:d")), "a%3Ab:c%3Ad");
  EXPECT_EQ(pair_of(basic_credentials("my client", "ü€")), "my+client:%C3%BC%E2%82%AC");
  EXPECT_EQ(pair_of(basic_credentials("", "")), ":");
  EXPECT_EQ(pair_of(basic_credentials("a+b:ü ", "100%", true)), "a+b:ü :100%");
}

TEST(BasicCredentials, OneLineWhateverTheSecret) {
  const auto credentials = basic_credentials(std::string(300, '\n'), std::string(300, '\xff'));
  EXPECT_EQ(credentials.find_first_of("\r\n"), std::string::npos);
}

TEST(Metadata, Locations) {
  const auto of = [](std::string_view issuer) { return metadata_locations(*base::parse_url(issuer)); };
  // RFC 8414 section 3.1 and OpenID Connect Discovery 1.0 section 4.
  EXPECT_THAT(of("https://example.com"), ElementsAre("https://example.com/.well-known/openid-configuration",
                                                     "https://example.com/.well-known/oauth-authorization-server"));
  EXPECT_EQ(of("https://example.com/"), of("https://example.com"));
  EXPECT_THAT(of("https://example.com/issuer1"),
              ElementsAre("https://example.com/issuer1/.well-known/openid-configuration",
                          "https://example.com/.well-known/oauth-authorization-server/issuer1",
                          "https://example.com/.well-known/openid-configuration/issuer1"));
  EXPECT_EQ(of("https://example.com/issuer1/"), of("https://example.com/issuer1"));
  EXPECT_THAT(of("http://[::1]:8080/a/b").at(1), "http://[::1]:8080/.well-known/oauth-authorization-server/a/b");
}

TEST(Metadata, Reads) {
  const auto metadata = parse_metadata(
      R"({"issuer":"https:\/\/as","authorization_endpoint":"https://as/a","token_endpoint":"https://as/t",
    "introspection_endpoint":"https://as/i","revocation_endpoint":"https://as/r","userinfo_endpoint":"https://as/u","jwks_uri":"https://as/k",
    "grant_types_supported":["authorization_code",7,"refresh_token"],"code_challenge_methods_supported":[],"scopes_supported":["openid"],
    "token_endpoint_auth_methods_supported":["none"],"something_else":{"x":[1]}})");
  ASSERT_TRUE(metadata);
  EXPECT_EQ(metadata->issuer, "https://as");
  EXPECT_EQ(metadata->authorization_endpoint, "https://as/a");
  EXPECT_EQ(metadata->token_endpoint, "https://as/t");
  EXPECT_EQ(metadata->introspection_endpoint, "https://as/i");
  EXPECT_EQ(metadata->revocation_endpoint, "https://as/r");
  EXPECT_EQ(metadata->userinfo_endpoint, "https://as/u");
  EXPECT_EQ(metadata->jwks_uri, "https://as/k");
  EXPECT_THAT(metadata->grant_types_supported, ElementsAre("authorization_code", "refresh_token"));
  EXPECT_THAT(metadata->token_endpoint_auth_methods_supported, ElementsAre("none"));
}

TEST(Metadata, SaysWhatIsWrong) {
  const std::pair<std::string_view, std::string_view> table[] = {
      {"", "not JSON"},
      {"<html>", "not JSON"},
      {"{\"issuer\":", "not JSON"},
      {"[]", "not a JSON object"},
      {"null", "not a JSON object"},
      {"\"x\"", "not a JSON object"},
      {R"({"issuer":1})", "issuer"},
      {R"({"token_endpoint":["x"]})", "token_endpoint"},
      {R"({"grant_types_supported":"authorization_code"})", "grant_types_supported"},
      {"{\"a\":1e999}", "not JSON"},
      {"\xff\xfe", "not JSON"}};
  for (const auto& [body, words] : table) {
    const auto metadata = parse_metadata(body);
    ASSERT_FALSE(metadata) << body;
    EXPECT_THAT(metadata.error(), HasSubstr(words)) << body;
  }
  EXPECT_FALSE(parse_metadata(std::string(100'000, '[')));
  EXPECT_TRUE(parse_metadata("{}"));
  const auto with_nulls =
      parse_metadata(R"({"issuer":"https://as","revocation_endpoint":null,"scopes_supported":null})");
  ASSERT_TRUE(with_nulls) << with_nulls.error();
  EXPECT_EQ(with_nulls->revocation_endpoint, "");
}

TEST(Metadata, IssuersDifferByMoreThanASlash) {
  EXPECT_TRUE(same_issuer("https://as", "https://as/"));
  EXPECT_TRUE(same_issuer("https://as/x/", "https://as/x"));
  EXPECT_FALSE(same_issuer("https://as", "http://as"));
  EXPECT_FALSE(same_issuer("https://as/x", "https://as/X"));
  EXPECT_FALSE(same_issuer("https://as", ""));
}

std::size_t lines(std::string_view text) {
  std::size_t out = 0;
  for (const char c : text) out += c == '\n';
  return out;
}

TEST(Request, Head) {
  const auto url = *base::parse_url("http://[::1]:8080/token?x=1");
  const auto head = request_head("POST", url, url.target(), "application/json");
  EXPECT_THAT(head, testing::StartsWith("POST /token?x=1 HTTP/1.1\r\nHost: [::1]:8080\r\nUser-Agent: assay/"));
  EXPECT_THAT(head, testing::EndsWith("\r\nAccept: application/json\r\n"));
  EXPECT_EQ(lines(head), 4u);
  EXPECT_EQ(lines(request_head("GET", url, url.target(), "")), 3u);
}

TEST(Request, NoUrlSmugglesALine) {
  for (const std::string_view evil : {"http://h/a\r\nX-Evil: 1", "http://h/?q=\r\n\r\nGET / HTTP/1.1",
                                      "http://h\r\nX: 1/", "http://h/a HTTP/1.1\nX: 1"}) {
    const auto url = base::parse_url(evil);
    if (!url) continue;  // refused: as good
    const auto head = request_head("GET", *url, url->target(), "*/*");
    EXPECT_EQ(lines(head), 4u) << head;
    EXPECT_EQ(std::ranges::count(head.substr(0, head.find("\r\n")), ' '), 2) << head;
  }
}

TEST(Request, NoFieldSmugglesALine) {
  std::string head;
  append_field(head, "X-A", "1\r\nX-Evil: 1\n\n\r");
  append_field(head, "X-B\r\nX-Evil", "2");
  EXPECT_EQ(head, "X-A: 1X-Evil: 1\r\nX-BX-Evil: 2\r\n");
}

TEST(Request, Body) {
  std::string request = "head\r\n";
  append_body(request, "a=b");
  EXPECT_EQ(request, "head\r\nContent-Length: 3\r\n\r\na=b");
  std::string empty;
  append_body(empty, "");
  EXPECT_EQ(empty, "Content-Length: 0\r\n\r\n");
}

// What the field says, as "scheme name=value name=value; scheme".
std::string challenges_of(std::string_view field) {
  std::string out;
  for (const auto& challenge : read_challenges(field)) {
    out += (out.empty() ? "" : "; ") + challenge.scheme;
    for (const auto& [name, value] : challenge.parameters) out += " " + name + "=" + value;
  }
  return out;
}

TEST(Challenge, ReadsLists) {
  EXPECT_EQ(challenges_of("Bearer"), "Bearer");
  EXPECT_EQ(challenges_of(R"(Bearer realm="a, b", error="invalid_token")"), "Bearer realm=a, b error=invalid_token");
  EXPECT_EQ(challenges_of(R"(DPoP algs="ES256 PS256", Bearer error=invalid_token , Basic)"),
            "DPoP algs=ES256 PS256; Bearer error=invalid_token; Basic");
  EXPECT_EQ(challenges_of(R"(Bearer realm = "a\"b" ,, error="x")"), R"(Bearer realm=a"b error=x)");
  EXPECT_EQ(challenges_of("Negotiate, Bearer error=\"x\""), "Negotiate; Bearer error=x");
}

TEST(Challenge, SurvivesNonsense) {
  for (const std::string_view field : {"", ",", "=", "=x", "a=b", "\"", "Bearer \"", "Bearer =", "Bearer a=\"\\", "\\"})
    read_challenges(field);
  EXPECT_EQ(challenges_of("Bearer error=x, =y"), "Bearer error=x");
  EXPECT_EQ(challenges_of("error=\"x\""), "");                   // a parameter of no challenge
  EXPECT_EQ(challenges_of("Negotiate YWI="), "Negotiate YWI=");  // token68 looks like a parameter without a value
}

TEST(Challenge, CoversWhatIsWanted) {
  const auto found = read_challenges(R"(bearer REALM="x", error="invalid_token")").at(0);
  const auto covers = [&](std::string_view wanted) { return found.covers(read_challenges(wanted).at(0)); };
  EXPECT_TRUE(covers("Bearer"));
  EXPECT_TRUE(covers("Bearer error=invalid_token"));
  EXPECT_TRUE(covers("Bearer error=\"invalid_token\", realm=x"));
  EXPECT_FALSE(covers("Bearer error=insufficient_scope"));
  EXPECT_FALSE(covers("Basic"));
}

}  // namespace
}  // namespace assay::oauth

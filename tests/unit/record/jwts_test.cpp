// JWTs of exchanges: what is shown of them, and what never is.
#include "record/jwts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "record/run_json.hpp"

namespace assay::record {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kHeader = base::base64url(R"({"alg":"ES256","kid":"k1"})");

std::string token(std::string_view claims, std::string_view signature = "c2lnbmF0dXJlLW9mLXRoZS10b2tlbg") {
  return kHeader + "." + base::base64url(claims) + "." + std::string(signature);
}

Exchange exchange_with(const std::string& request, const std::string& response) {
  Exchange out;
  out.id = 1;
  out.request = "POST /token HTTP/1.1\r\n\r\n" + request;
  out.response = "HTTP/1.1 200 OK\r\n\r\n" + response;
  return out;
}

TEST(Jwts, AreDecodedWhereTheRecordHasALabel) {
  const auto secret =
      token(R"({"sub":"alice","aud":"web","sid":"session-7","email":"a@b.example","address":{"street":"x"}})");
  Redactor redactor;
  redactor.add("id-token", secret);
  redactor.add("code", "the-code-of-the-flow");
  const auto exchange = exchange_with("a=1", "{\"id_token\":\"" + secret + "\"}");
  const auto found = jwts_of(redactor, exchange);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].label, redactor.label(secret));
  EXPECT_FALSE(found[0].of_request);
  EXPECT_THAT(found[0].header, HasSubstr("\"kid\":\"k1\""));
  EXPECT_THAT(found[0].claims, HasSubstr("\"sub\":\"alice\""));
  for (const char* hidden : {"session-7", "a@b.example", "street"})
    EXPECT_THAT(found[0].claims, Not(HasSubstr(hidden)));
  EXPECT_THAT(found[0].claims, HasSubstr("‹email 11 chars›"));
}

TEST(Jwts, SecretsInClaimsAreLabels) {
  Redactor redactor;
  redactor.add("refresh", "refresh-token-value");
  const auto exchange =
      exchange_with("client_assertion=" + token(R"({"rt":"refresh-token-value","password":"hunter-2"})"), "");
  const auto found = jwts_of(redactor, exchange);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].of_request);
  EXPECT_THAT(found[0].claims, HasSubstr("‹refresh#1 19 chars›"));
  EXPECT_THAT(found[0].claims, Not(HasSubstr("hunter-2")));
}

TEST(Jwts, TheSignatureIsNowhere) {
  const auto secret = token(R"({"sub":"alice"})");
  for (const bool known : {true, false}) {
    Redactor redactor;
    if (known) redactor.add("access", secret);
    record::Run run;
    run.exchanges = {exchange_with("", "{\"access_token\":\"" + secret + "\",\"other\":\"" + secret + "\"}")};
    const auto text = write_run_json(run, redactor);
    EXPECT_THAT(text, HasSubstr("alice"));
    EXPECT_THAT(text, Not(HasSubstr("c2lnbmF0dXJl")));
    // Read and written again, it is the same.
    const auto read = read_run_json("run.json", text);
    ASSERT_TRUE(read);
    EXPECT_EQ(write_run_json(*read, Redactor()), text);
  }
}

// Its claims are the whole of it, for whoever accepts it.
TEST(Jwts, AKnownTokenWithoutSignatureStaysALabel) {
  const auto unsigned_token = token(R"({"sub":"alice"})", "");
  Redactor redactor;
  redactor.add("access", unsigned_token);
  EXPECT_THAT(jwts_of(redactor, exchange_with("", unsigned_token)), IsEmpty());
  EXPECT_EQ(jwts_of(Redactor(), exchange_with("", unsigned_token)).size(), 1u);
}

TEST(Jwts, OddTextIsNoToken) {
  const std::string texts[] = {"eyJ",
                               "eyJ.",
                               "eyJhIjox.",
                               "eyJhbGciOiJub25lIn0.!.x",
                               "eyJ" + std::string(100'000, 'a') + "..",
                               "eyJhIjox.eyJhIjox.x",
                               kHeader + "." + kHeader,
                               "xeyJ" + token("{}"),
                               kHeader + "." + base::base64url(std::string("{\"a\":\"\xff\xfe\x1b[31m")) + ".x"};
  for (const auto& text : texts)
    for (const auto& one : jwts_of(Redactor(), exchange_with(text, text))) EXPECT_THAT(one.header, HasSubstr("ES256"));
  std::string many;
  for (int i = 0; i < 50; ++i) many += token("{\"n\":" + std::to_string(i) + "}") + " ";
  EXPECT_EQ(jwts_of(Redactor(), exchange_with("", many)).size(), 4u);
}

}  // namespace
}  // namespace assay::record

#include "crypto/digest.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/encoding.hpp"

namespace assay::crypto {
namespace {

// FIPS 180-4 examples.
TEST(Sha256, AgreesWithTheStandard) {
  EXPECT_EQ(base::hex(sha256_bytes("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(base::hex(sha256_bytes("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_bytes("abc"), as_text(sha256("abc")));
}

// RFC 7636 appendix B.
TEST(Sha256, MakesTheChallengeOfRfc7636) {
  EXPECT_EQ(sha256_base64url("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

// RFC 4231 cases 1, 2 and 6 (a key longer than a block).
TEST(HmacSha256, AgreesWithRfc4231) {
  EXPECT_EQ(base::hex(as_text(hmac_sha256(std::string(20, '\x0b'), "Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(base::hex(as_text(hmac_sha256("Jefe", "what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(base::hex(as_text(
                hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

// RFC 7515 appendix A.1.
TEST(HmacSha256, MakesTheSignatureOfRfc7515) {
  const auto key =
      base::decode_base64url("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
  ASSERT_TRUE(key);
  EXPECT_EQ(base::base64url(as_text(hmac_sha256(*key,
                                                "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
                                                "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlL"
                                                "mNvbS9pc19yb290Ijp0cnVlfQ"))),
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
}

TEST(HmacSha256, AnEmptyKeyIsNotTheKeyOfTheCallBefore) {
  const auto empty = hmac_sha256("", "text");
  hmac_sha256("another", "text");
  EXPECT_EQ(hmac_sha256("", "text"), empty);
  EXPECT_EQ(hmac_sha256(std::string_view(), "text"), empty);
}

TEST(Sha256, WorksOnManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  const auto expected = sha256("text");
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&wrong, &expected, thread] {
      for (int round = 0; round < 2000; ++round) wrong[static_cast<std::size_t>(thread)] += sha256("text") != expected;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

TEST(ConstantTimeEqual, ComparesContentAndLength) {
  EXPECT_TRUE(constant_time_equal("", ""));
  EXPECT_TRUE(constant_time_equal("secret", "secret"));
  EXPECT_FALSE(constant_time_equal("secret", "secreT"));
  EXPECT_FALSE(constant_time_equal("secret", "secret2"));
}

}  // namespace
}  // namespace assay::crypto

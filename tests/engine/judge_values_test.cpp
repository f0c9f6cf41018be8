// What conditions ask of single values.
#include "engine/judge_values.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace assay::engine {
namespace {

using base::JsonType;
using rules::Filter;

TEST(JudgeValues, Characters) {
  EXPECT_TRUE(is_made_of("vschar", "a b~!\"\\"));
  EXPECT_FALSE(is_made_of("vschar", "a\x7f"));
  EXPECT_FALSE(is_made_of("vschar", "\xc3\xbc"));
  EXPECT_FALSE(is_made_of("vschar", ""));
  EXPECT_TRUE(is_made_of("b64token", "ab-._~+/=="));
  EXPECT_FALSE(is_made_of("b64token", "a=b"));
  EXPECT_FALSE(is_made_of("b64token", "="));
  EXPECT_FALSE(is_made_of("b64token", "a b"));
  EXPECT_TRUE(is_made_of("unreserved", "aZ09-._~"));
  EXPECT_FALSE(is_made_of("unreserved", "a+"));
}

TEST(JudgeValues, Elements) {
  EXPECT_TRUE(has_element(JsonType::string, "web", "web"));
  EXPECT_FALSE(has_element(JsonType::string, "webs", "web"));
  EXPECT_TRUE(has_element(JsonType::array, R"(["a","web"])", "web"));
  EXPECT_FALSE(has_element(JsonType::array, R"([["web"],1])", "web"));
  EXPECT_FALSE(has_element(JsonType::array, R"(["web")", "web"));
  EXPECT_FALSE(has_element(JsonType::number, "1", "1"));
}

TEST(JudgeValues, Members) {
  const std::string names[] = {"active"};
  EXPECT_TRUE(has_only_members(R"({"active":false})", names));
  EXPECT_TRUE(has_only_members("{}", names));
  EXPECT_FALSE(has_only_members(R"({"active":false,"sub":"x"})", names));
  EXPECT_FALSE(has_only_members("[]", names));
  EXPECT_FALSE(has_only_members("", names));
}

TEST(JudgeValues, Reveals) {
  EXPECT_TRUE(reveals("xx-secret-yy", "secret"));
  EXPECT_TRUE(reveals("v1." + base::base64url(R"({"challenge":"secret"})"), "secret"));
  EXPECT_TRUE(reveals(base::base64("?? the secret ??"), "secret"));
  EXPECT_FALSE(reveals(base::base64url("nothing in here at all"), "secret"));
  EXPECT_FALSE(reveals("short", "secret"));
  EXPECT_FALSE(reveals("anything", ""));
}

TEST(JudgeValues, TamperedKeepsTheKindAndChangesOneCharacter) {
  for (const std::string value : {"a", "9", "f", "Z", "z", "0123456789abcdef", "ab-_cd", "AbCdEfGhIjKlMn", "a.b.c"}) {
    const auto out = filtered(Filter::tampered, value, "");
    ASSERT_EQ(out.size(), value.size());
    int differences = 0;
    for (std::size_t i = 0; i < out.size(); ++i) differences += out[i] != value[i];
    EXPECT_EQ(differences, 1) << value << " " << out;
    EXPECT_EQ(out.find_first_not_of("0123456789abcdef") == std::string::npos,
              value.find_first_not_of("0123456789abcdef") == std::string::npos)
        << value << " " << out;
  }
  EXPECT_EQ(filtered(Filter::tampered, "", ""), "");
}

TEST(JudgeValues, OtherFilters) {
  EXPECT_EQ(filtered(Filter::swapped_case, "aB1-z", ""), "Ab1-Z");
  EXPECT_EQ(filtered(Filter::upper, "aB1-z", ""), "AB1-Z");
  // RFC 7636 appendix B.
  EXPECT_EQ(filtered(Filter::s256, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", ""),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  const auto jwt = base::base64url(R"({"alg":"none"})") + "." + base::base64url(R"({"sub":"u-1","n":7})") + "." +
                   base::base64url("signature");
  EXPECT_EQ(filtered(Filter::claim, jwt, "sub"), "u-1");
  EXPECT_EQ(filtered(Filter::claim, jwt, "n"), "7");
  EXPECT_EQ(filtered(Filter::claim, jwt, "absent"), "");
  EXPECT_EQ(filtered(Filter::claim, "opaque", "sub"), "");
}

}  // namespace
}  // namespace assay::engine

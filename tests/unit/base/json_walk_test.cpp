// The strict walk, held against nlohmann/json over a corpus, each of its truncations and many mutations of single bytes.
#include "base/json_walk.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace assay::base {
namespace {

const std::string_view corpus[] = {
    R"({"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer","expires_in":3600,"refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA","scope":"a b"})",
    R"({"error":"invalid_grant","error_description":"Gr\u00fc\u00dfe \"quoted\" \\ \/ \b\f\n\r\t"})",
    R"({"active":true,"exp":1735689600,"aud":["a","b",{"c":null}],"nested":{"x":{"y":[[],{}]}},"n":-0.5e+10})",
    R"( [ 1 , -2.5 , 0 , 1e5 , 1E-2, true , false , null , "" , [ ] , { } ] )",
    R"({"😀":"\ud83d\ude00","k\u0065y":1,"key":2,"ü":"é"})",
    R"("just text")",
    "true",
    "0",
    "-1.0",
    "null",
    " \t\r\n{}\n",
};

struct Verdicts {
  bool ours = false, theirs = false;
  std::string complaint;
};

Verdicts judge(const std::string& text) {
  Verdicts out;
  out.ours = walk_json(text, {}) != JsonShape::malformed;
  try {
    (void)nlohmann::json::parse(text);
    out.theirs = true;
  } catch (const nlohmann::json::exception& error) {
    out.complaint = error.what();
  }
  return out;
}

// The header names what the walk takes and nlohmann/json does not.
bool known_difference(const Verdicts& verdicts) {
  return verdicts.ours && !verdicts.theirs &&
         (verdicts.complaint.find("UTF-8") != std::string::npos ||
          verdicts.complaint.find("surrogate") != std::string::npos ||
          verdicts.complaint.find("number overflow") != std::string::npos);
}

void compare(const std::string& text) {
  const auto verdicts = judge(text);
  // nlohmann/json takes a NUL for the end of the document.
  if (!verdicts.ours && verdicts.theirs && text.find('\0') != std::string::npos)
    return compare(text.substr(0, text.find('\0')));
  EXPECT_TRUE(verdicts.ours == verdicts.theirs || known_difference(verdicts))
      << "ours " << verdicts.ours << ", theirs " << verdicts.theirs << " " << verdicts.complaint << "\n"
      << text;
}

TEST(JsonWalk, AgreesOnTheCorpus) {
  for (const auto text : corpus) {
    compare(std::string(text));
    EXPECT_NE(walk_json(text, {}), JsonShape::malformed) << text;
  }
}

TEST(JsonWalk, AgreesOnEveryTruncation) {
  for (const auto text : corpus)
    for (std::size_t size = 0; size < text.size(); ++size) compare(std::string(text.substr(0, size)));
}

TEST(JsonWalk, AgreesOnSingleByteMutations) {
  static constexpr char bytes[] = "\0\x01\t\n \"\\/{}[]:,-+.0159eEtfnua\x7f\x80\xc3\xff";
  for (const auto text : corpus)
    for (std::size_t at = 0; at < text.size(); ++at) {
      std::string mutant(text);
      for (const char byte : bytes) {
        mutant[at] = byte;
        compare(mutant);
      }
      mutant.assign(text).erase(at, 1);
      compare(mutant);
      mutant.assign(text).insert(at, 1, ',');
      compare(mutant);
    }
}

TEST(JsonWalk, AgreesOnOddities) {
  for (const std::string_view text : {"",
                                      " ",
                                      "{",
                                      "}",
                                      "{}{}",
                                      "{},",
                                      "[1,]",
                                      "[,1]",
                                      "{\"a\":1,}",
                                      "{,}",
                                      "{a:1}",
                                      "{'a':1}",
                                      "01",
                                      "1.",
                                      ".1",
                                      "+1",
                                      "-",
                                      "1e",
                                      "1e+",
                                      "--1",
                                      "0x1",
                                      "NaN",
                                      "Infinity",
                                      "nul",
                                      "nulll",
                                      "TRUE",
                                      "\"\t\"",
                                      "\"\\x\"",
                                      "\"\\u12\"",
                                      "\"\\u123g\"",
                                      "// c\n1",
                                      "/*c*/1",
                                      "[1 2]",
                                      "{\"a\" 1}",
                                      "{\"a\":}",
                                      "{\"a\":1 \"b\":2}",
                                      "[\"a\":1]",
                                      "\v1",
                                      "1\f",
                                      "-0",
                                      "1E400",
                                      "\"\\ud800\"",
                                      "\"\\udc00\\ud800\"",
                                      "\"\xff\"",
                                      "\"\xed\xa0\x80\"",
                                      "\xc2\xa0"
                                      "1"})
    compare(std::string(text));
}

TEST(JsonWalk, DepthIsBounded) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  for (std::size_t depth = 1; depth < 64; ++depth) compare(nested(depth));
  EXPECT_EQ(walk_json(nested(66), {}), JsonShape::malformed);
  EXPECT_EQ(walk_json(std::string(1'000'000, '['), {}), JsonShape::malformed);
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_EQ(walk_json(objects, {}), JsonShape::malformed);
  EXPECT_EQ(repeated_json_member(objects), "");
}

TEST(JsonWalk, FindsWhatIsWanted) {
  JsonWanted wanted[] = {{"a", {}}, {"b", {}}, {"c", {}}, {"missing", {}}};
  EXPECT_EQ(walk_json(R"({"b":"x\ny","a":{"a":1},"c":12,"a":2})", wanted), JsonShape::object);
  EXPECT_EQ(wanted[0].value.type, JsonType::object);
  EXPECT_EQ(wanted[0].value.text, R"({"a":1})");
  EXPECT_TRUE(wanted[0].value.repeated);
  EXPECT_EQ(wanted[1].value.type, JsonType::string);
  EXPECT_TRUE(wanted[1].value.escaped);
  EXPECT_EQ(wanted[1].value.unescaped(), "x\ny");
  EXPECT_EQ(wanted[2].value.integer(), 12);
  EXPECT_EQ(wanted[3].value.type, JsonType::absent);
  EXPECT_EQ(walk_json(R"(["a"])", wanted), JsonShape::other);
  EXPECT_EQ(wanted[0].value.type, JsonType::absent);  // of the last document only
  EXPECT_EQ(walk_json(R"({"\u0061":1})", wanted), JsonShape::object);
  EXPECT_EQ(wanted[0].value.type, JsonType::number);  // the name is escaped
}

TEST(JsonWalk, Integers) {
  const std::pair<std::string_view, std::optional<std::int64_t>> table[] = {
      {"0", 0},
      {"-1", -1},
      {"9223372036854775807", 9223372036854775807},
      {"9223372036854775808", std::nullopt},
      {"1.0", std::nullopt},
      {"1e3", std::nullopt},
      {"\"1\"", std::nullopt},
      {"true", std::nullopt}};
  for (const auto& [text, value] : table) EXPECT_EQ(find_json(text, "").integer(), value) << text;
}

TEST(JsonWalk, UnescapesLikeNlohmann) {
  for (const std::string_view text : {R"("a\u0041\u00e9\u20ac\ud83d\ude00z")", R"("\"\\\/\b\f\n\r\t")", R"("\u0000x")",
                                      R"("\uFFFF\uD7FF\uE000")", R"("")"})
    EXPECT_EQ(find_json(text, "").unescaped(), nlohmann::json::parse(text).get<std::string>()) << text;
  EXPECT_EQ(find_json(R"("\ud800")", "").unescaped(), "\xef\xbf\xbd");
  EXPECT_EQ(find_json(R"("\ud800\u0041")", "").unescaped(),
            "\xef\xbf\xbd"
            "A");
  EXPECT_EQ(find_json(R"("\ude00\ud83d")", "").unescaped(), "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(find_json(R"("\ud83d\ud83d\ude00")", "").unescaped(), "\xef\xbf\xbd😀");
}

// RFC 6901 section 5.
TEST(FindJson, Rfc6901) {
  const std::string_view document =
      R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8})";
  const std::pair<std::string_view, std::string_view> table[] = {{"", document},    {"/foo", R"(["bar","baz"])"},
                                                                 {"/foo/0", "bar"}, {"/foo/1", "baz"},
                                                                 {"/", "0"},        {"/a~1b", "1"},
                                                                 {"/c%d", "2"},     {"/e^f", "3"},
                                                                 {"/g|h", "4"},     {"/i\\j", "5"},
                                                                 {"/k\"l", "6"},    {"/ ", "7"},
                                                                 {"/m~0n", "8"}};
  for (const auto& [pointer, text] : table) EXPECT_EQ(find_json(document, pointer).text, text) << pointer;
  for (const std::string_view none :
       {"/nothing", "/foo/2", "/foo/-", "/foo/00", "/foo/0/x", "/foo/", "/m~n/x", "/foo/01"})
    EXPECT_EQ(find_json(document, none).type, JsonType::absent) << none;
  EXPECT_EQ(find_json(R"({"a":1} x)", "/a").type, JsonType::absent);
  EXPECT_EQ(find_json(R"({"a":1)", "/a").type, JsonType::absent);
  EXPECT_EQ(find_json(R"({"~1":3})", "/~01").text, "3");
}

TEST(FindJson, SaysWhatIsRepeated) {
  EXPECT_TRUE(find_json(R"({"a":1,"\u0061":2})", "/a").repeated);
  EXPECT_EQ(find_json(R"({"a":1,"a":2})", "/a").text, "1");
  EXPECT_FALSE(find_json(R"({"a":1,"b":{"a":2}})", "/a").repeated);
}

TEST(RepeatedMember, AnywhereInTheDocument) {
  const std::pair<std::string_view, std::string_view> table[] = {{R"({"a":1,"b":2})", ""},
                                                                 {R"({"a":1,"a":2})", "a"},
                                                                 {R"([{"x":{"y":1,"z":2,"y":3}}])", "y"},
                                                                 {R"({"a":{"b":1},"b":{"a":1}})", ""},
                                                                 {R"({"a":1,"\u0061":2})", "a"},
                                                                 {R"(["a","a"])", ""},
                                                                 {"{\"a\":1,\"a\"", ""},
                                                                 {"", ""}};
  for (const auto& [text, member] : table) EXPECT_EQ(repeated_json_member(text), member) << text;
}

TEST(JsonType, HasNames) {
  EXPECT_EQ(to_string(JsonType::absent), "absent");
  EXPECT_EQ(to_string(JsonType::array), "array");
}

}  // namespace
}  // namespace assay::base

// Positions of a commented JSON file, and what is said about broken ones.
#include "base/json_document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/diagnostic.hpp"

namespace assay::base {
namespace {

using testing::HasSubstr;

constexpr std::string_view document = R"(// a comment, with a "quote"
{
  "a": 1, /* another
  */ "b": [ {"c": "}"},
    "x" ],
  "d/e~f": null
}
)";

std::string at(const JsonPositions& positions, const std::string& pointer) {
  const auto found = positions.find(pointer);
  return found == positions.end() ? "none"
                                  : std::to_string(found->second.line) + ":" + std::to_string(found->second.column);
}

TEST(JsonPositions, OfEveryValueAndName) {
  Diagnostics problems;
  const auto positions = scan_json_positions("f", document, problems);
  EXPECT_TRUE(problems.empty());
  const std::pair<const char*, const char*> table[] = {
      {"", "2:1"},        {"/a", "3:8"},          {"/a~key", "3:3"}, {"/b", "4:11"},       {"/b/0", "4:13"},
      {"/b/0/c", "4:19"}, {"/b/0/c~key", "4:14"}, {"/b/1", "5:5"},   {"/d~1e~0f", "6:12"}, {"/b/2", "none"}};
  for (const auto& [pointer, place] : table) EXPECT_EQ(at(positions, pointer), place) << pointer;
}

TEST(JsonPositions, SkipTheByteOrderMark) {
  Diagnostics problems;
  EXPECT_EQ(at(scan_json_positions("f", "\xef\xbb\xbf{\"a\":1}", problems), "/a"), "1:6");
}

TEST(JsonPositions, ReportDuplicates) {
  Diagnostics problems;
  scan_json_positions("file.jsonc", "{\n \"a\": 1,\n \"b\": {\"a\": 2},\n \"\\u0061\": 3\n}", problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].line, 4);
  EXPECT_EQ(problems[0].column, 2);
  EXPECT_EQ(problems[0].file, "file.jsonc");
  EXPECT_THAT(problems[0].message, HasSubstr("\"a\" is given twice"));
  EXPECT_FALSE(problems[0].hint.empty());
}

TEST(JsonPositions, EscapedNamesAreThoseOfTheParser) {
  Diagnostics problems;
  EXPECT_EQ(at(scan_json_positions("f", R"({"\u0061\n": 1})", problems), "/a\n"), "1:14");
}

TEST(JsonPositions, EndWithBrokenText) {
  std::string text(document);
  for (std::size_t size = 0; size < text.size(); ++size) {
    Diagnostics problems;
    scan_json_positions("f", text.substr(0, size), problems);
    for (const char byte : std::string_view("\0}]{[,:\"/\\x", 11)) {
      std::string mutant = text;
      mutant[size] = byte;
      scan_json_positions("f", mutant, problems);
    }
  }
  for (const std::string_view bad :
       {"[}", "[}}", "{]", "[/x]", "[:", "{\"a\":}", "/*", "//", "\"", "\"\\", "[[[[[", "\xef\xbb\xbf"}) {
    Diagnostics problems;
    scan_json_positions("f", bad, problems);
    EXPECT_TRUE(problems.empty()) << bad;
  }
  Diagnostics problems;
  scan_json_positions("f", std::string(100'000, '['), problems);
}

TEST(ParseJsonc, TakesComments) {
  nlohmann::ordered_json tree;
  Diagnostics problems;
  ASSERT_TRUE(parse_jsonc("f", document, tree, problems));
  EXPECT_EQ(tree["b"][0]["c"], "}");
  EXPECT_TRUE(problems.empty());
}

TEST(ParseJsonc, SaysWhereItBreaks) {
  const std::tuple<std::string_view, int, int> table[] = {
      {"{\n  \"a\": 1,\n}", 3, 1}, {"{\n  \"a\" 1\n}", 2, 7}, {"", 1, 1}, {"{", 1, 2}, {"[1,\n2", 2, 2}, {"{} x", 1, 4},
      {"{\"a\": 1e999}", 1, 1}};
  for (const auto& [text, line, column] : table) {
    nlohmann::ordered_json tree;
    Diagnostics problems;
    EXPECT_FALSE(parse_jsonc("f.jsonc", text, tree, problems)) << text;
    ASSERT_EQ(problems.size(), 1u) << text;
    EXPECT_EQ(problems[0].line, line) << text;
    EXPECT_EQ(problems[0].column, column) << text;
    EXPECT_THAT(problems[0].message, HasSubstr("not JSON")) << text;
  }
}

TEST(ParseJsonc, EveryTruncationIsRefused) {
  const std::string text(document.substr(0, document.rfind('}')));
  for (std::size_t size = 0; size <= text.size(); ++size) {
    nlohmann::ordered_json tree;
    Diagnostics problems;
    EXPECT_FALSE(parse_jsonc("f", text.substr(0, size), tree, problems)) << size;
    EXPECT_EQ(problems.size(), 1u);
  }
}

TEST(Diagnostic, Text) {
  EXPECT_EQ(to_string(Diagnostic{"f", 3, 4, "wrong", "do this"}), "f:3:4: error: wrong\n  hint: do this");
  EXPECT_EQ(to_string(Diagnostic{"f", 0, 0, "wrong", ""}), "f: error: wrong");
}

}  // namespace
}  // namespace assay::base

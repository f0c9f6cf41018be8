// Waivers files: what is read, and what an added entry leaves alone. Broken ones are in tests/schema.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/day.hpp"
#include "base/embedded.hpp"
#include "rules/waivers.hpp"

namespace assay::rules {
namespace {

const Library& library() {
  static const auto loaded = [] {
    std::vector<SourceFile> files;
    for (const auto& file : base::embedded_files())
      if (file.path.contains("clauses/") || file.path.ends_with("code/single-use.jsonc"))
        files.push_back({std::string(file.path), std::string(file.content)});
    return *load_library(files);
  }();
  return loaded;
}

const auto kToday = *base::parse_day("2026-11-22");

TEST(Day, IsReadStrictly) {
  EXPECT_EQ(base::format_day(*base::parse_day("2028-02-29")), "2028-02-29");
  for (const auto* text :
       {"", "2027-02-29", "2027-13-01", "2027-1-31", "27-01-31xx", "2027-01-3x", "2027/01/31", "+027-01-31"})
    EXPECT_FALSE(base::parse_day(text)) << text;
}

TEST(Waivers, AnAddedEntryLeavesTheRestAlone) {
  const WaiverEntry entry{.rule = "code/single-use",
                          .check = "error-fits",
                          .reason = "says \"so\", \\ and more",
                          .owner = "ö",
                          .link = "",
                          .until = "2027-01-31"};
  const std::string before[] = {"", " \n", "{ \"waivers\": [] }", "{\n  \"waivers\": [  // none ] yet\n  ]\n}\n",
                                "{ \"waivers\": [\n  // \"quoted ]\n  { \"rule\": \"code/single-use\", \"check\": "
                                "\"second-use-denied\", \"reason\": \"]}\", "
                                "\"owner\": \"b\", \"until\": \"2020-01-31\" } // last ]\n ] /* end */ }\n"};
  for (const auto& content : before) {
    SCOPED_TRACE(content);
    const auto after = with_waiver(content, entry);
    ASSERT_TRUE(after);
    const auto read = load_waivers({"waivers.jsonc", *after}, library(), kToday);
    ASSERT_TRUE(read) << to_string(read.error().front()) << *after;
    EXPECT_EQ(read->back().reason, entry.reason);
    EXPECT_EQ(read->back().check, entry.check);
    EXPECT_EQ(read->size(), content.contains("second") ? 2u : 1u);
    EXPECT_GT(read->back().line, 0);
    if (content.contains("]  ")) EXPECT_TRUE(after->contains("// none ] yet"));
    if (content.contains("last")) EXPECT_TRUE(after->contains("// last ]\n ] /* end */ }"));
  }
  EXPECT_FALSE(with_waiver("{ \"waivers\": 5 }", entry));
  EXPECT_FALSE(with_waiver("{}", entry));
}

TEST(Waivers, TellsAllProblemsAtOnce) {
  const auto read = load_waivers({"w.jsonc",
                                  "{ \"waivers\": [\n{ \"rule\": \"code/singel-use\", \"check\": \"x\", \"reason\": \" "
                                  "\" },\n{ \"rule\": 5 }\n] }"},
                                 library(), kToday);
  ASSERT_FALSE(read);
  EXPECT_GE(read.error().size(), 6u);
  EXPECT_EQ(read.error().front().line, 2);
}

}  // namespace
}  // namespace assay::rules

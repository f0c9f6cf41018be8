// The file with a target's secrets: what is written is read again, by us and by a shell, and what is no such file is named.
#include "rules/env_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/file.hpp"
#include "base/random.hpp"
#include "rules/target.hpp"

namespace assay::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::map<std::string, std::string> parse(std::string_view text) {
  std::string problem;
  auto out = parse_env(text, problem);
  EXPECT_EQ(problem, "") << text;
  return out;
}

TEST(EnvFile, LinesAsShellsReadThem) {
  EXPECT_THAT(parse("# remark\n\nA=1\r\n export B = two words \nC='#$x'\nD=\"a\\\"b\"\nE='it'\\''s'\nF=\nG=a=b"),
              ElementsAre(Pair("A", "1"), Pair("B", "two words"), Pair("C", "#$x"), Pair("D", "a\"b"),
                          Pair("E", "it's"), Pair("F", ""), Pair("G", "a=b")));
}

TEST(EnvFile, WhatIsWrittenIsReadAgain) {
  for (const char* value : {"", "plain", "it's", "'", "a\\b", "$HOME `id` \"x\" #", "\xc3\xbc  ", "=", "a'b'c'"})
    EXPECT_EQ(parse(env_line("NAME", value))["NAME"], value);
  EXPECT_EQ(env_line("NAME", "a\nOTHER=b"), "NAME='aOTHER=b'\n") << "no second line out of a value";
}

TEST(EnvFile, WhatIsNoLineIsNamedAndNotShown) {
  for (const char* text : {"ok=1\ns3cret", "ok=1\n1A=s3cret", "ok=1\n=s3cret", "ok=1\nA='s3cret"}) {
    std::string problem;
    EXPECT_EQ(parse_env(text, problem)["ok"], "1");
    EXPECT_THAT(problem, HasSubstr("line 2")) << text;
    EXPECT_THAT(problem, testing::Not(HasSubstr("s3cret")));
  }
}

class EnvFileOfTarget : public testing::Test {
 protected:
  EnvFileOfTarget() { std::filesystem::create_directory(folder); }
  ~EnvFileOfTarget() override { std::filesystem::remove_all(folder); }

  std::expected<Target, base::Diagnostics> load(const std::string& env_file) {
    const std::string text =
        R"({"issuer":"https://as.example","env_file":")" + env_file +
        R"(","clients":{"service":{"id":"s","secret":"${env:A}","management":{"uri":"https://as.example/c","token":"${env:B}"}}}})";
    return load_target({folder + "/t.jsonc", text}, [&](const std::string& name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      return found == environment.end() ? std::nullopt : std::optional(found->second);
    });
  }

  std::string folder = std::filesystem::temp_directory_path().string() + "/assay-env-" + base::random_token(8);
  std::map<std::string, std::string> environment;
};

TEST_F(EnvFileOfTarget, IsBesideTheTargetAndTheEnvironmentWins) {
  ASSERT_TRUE(base::write_file(folder + "/t.env", "A='from file'\nB=token\n", base::FileMode::only_mine));
  struct stat status{};
  ASSERT_EQ(stat((folder + "/t.env").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  auto target = load("t.env");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->clients.at("service").secret.reveal(), "from file");
  EXPECT_EQ(target->clients.at("service").registration_token.reveal(), "token");
  EXPECT_EQ(target->clients.at("service").registration_uri, "https://as.example/c");
  environment["A"] = "from the environment";
  target = load("t.env");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->clients.at("service").secret.reveal(), "from the environment");
}

TEST_F(EnvFileOfTarget, NeedNotBeThere) {
  environment["A"] = "x";
  const auto target = load("t.env");
  ASSERT_TRUE(target);
  EXPECT_TRUE(target->clients.at("service").registration_token.empty()) << "only who removes the client needs it";
  environment.clear();
  const auto without = load("t.env");
  ASSERT_FALSE(without);
  EXPECT_THAT(base::to_string(without.error()[0]), HasSubstr("variable A is not set"));
}

TEST_F(EnvFileOfTarget, MistakesInIt) {
  environment["A"] = "x";
  ASSERT_TRUE(base::write_file(folder + "/t.env", "A=1\n{json}\n"));
  const auto broken = load("t.env");
  ASSERT_FALSE(broken);
  EXPECT_THAT(base::to_string(broken.error()[0]), HasSubstr("t.env: line 2 is not NAME=value"));
  const auto folder_instead = load(".");
  ASSERT_FALSE(folder_instead);
  EXPECT_THAT(base::to_string(folder_instead.error()[0]), HasSubstr("cannot read"));
}

}  // namespace
}  // namespace assay::rules

// The login section of target files: drivers, steps, cookies, and all mistakes at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "rules/target.hpp"

namespace assay::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Kind = LoginPiece::Kind;

std::optional<std::string> environment(const std::string& name) {
  if (name == "SESSION") return "s\"1";
  if (name == "HOLE") return "${user.secret}";
  return std::nullopt;
}

std::expected<Target, base::Diagnostics> load(std::string_view login, std::string file = "t.jsonc") {
  return load_target(
      {std::move(file), R"({"issuer":"https://as.example","clients":{"web":{"id":"w","redirect_uris":["http://c/cb"]}},
"login":)" + std::string(login) +
                            "}"},
      environment);
}

TargetLogin read(std::string_view login) {
  auto target = load(login);
  if (!target)
    for (const auto& problem : target.error()) ADD_FAILURE() << to_string(problem);
  return target ? std::move(target->login) : TargetLogin{};
}

std::string problems_of(std::string_view login) {
  const auto target = load(login);
  EXPECT_FALSE(target) << login;
  std::string out;
  if (!target)
    for (const auto& problem : target.error()) out += to_string(problem) + "\n";
  return out;
}

// Literals as they stand, holes as <kind name>.
std::string shown(const LoginText& text) {
  std::string out;
  for (const auto& piece : text)
    out += piece.kind == Kind::literal ? piece.name
                                       : "<" + std::to_string(static_cast<int>(piece.kind)) +
                                             (piece.name.empty() ? "" : " " + piece.name) + ">";
  return out;
}

TEST(Login, WhatEveryDriverHas) {
  const auto login =
      read(R"({"driver":"form","repeat":"once","timeout":"90s","origins":["https://Login.example:443/x"]})");
  EXPECT_EQ(login.driver, LoginDriver::form);
  EXPECT_TRUE(login.once);
  EXPECT_EQ(login.timeout, std::chrono::seconds(90));
  EXPECT_THAT(login.origins, ElementsAre("https://login.example"));
  EXPECT_EQ(to_string(LoginDriver::manual), "manual");
}

TEST(Login, StepsAreCompiled) {
  const auto login = read(R"({"driver":"steps","steps":[
    {"once":true,"send":[{"url":"/a?n=${user.name}&r=${redirect_uri}","form":{"a b":"x&${user.password}","c":"${env:SESSION}"},"status":[200,204],
      "take":{"t":[{"json":"/token"},{"header":"X-T"}]}}, {"method":"PUT","url":"${t}"}]},
    {"page":"/consent*","send":{"url":"/c","headers":{"X-A":"${t}"},"json":{"a":[1,true,null,{"b\"":"q\"${page.query}"}],"e":{},"f":[]}},"go":"${authorization_url}&x"},
    {"page":"/all","send":{"url":"/c","json":"${request}"}},
    {"page":"/sorry","refused":true}]})");
  ASSERT_EQ(login.steps.size(), 4u);
  const auto& first = login.steps[0];
  EXPECT_TRUE(first.once);
  ASSERT_EQ(first.calls.size(), 2u);
  EXPECT_EQ(shown(first.calls[0].url), "/a?n=<1>&r=<4>");
  EXPECT_EQ(first.calls[0].url[1].encoding, LoginPiece::Encoding::url);
  EXPECT_EQ(shown(first.calls[0].body), "a+b=x%26<2>&c=s%221");
  EXPECT_EQ(first.calls[0].content_type, "application/x-www-form-urlencoded");
  EXPECT_TRUE(first.calls[0].sends_password);
  EXPECT_THAT(first.calls[0].status, ElementsAre(200, 204));
  EXPECT_EQ(first.calls[0].take[0].sources[1].where, LoginSource::Where::header);
  EXPECT_EQ(first.calls[1].method, "PUT");
  EXPECT_FALSE(first.calls[1].sends_password);
  EXPECT_EQ(shown(first.calls[1].url), "<13 t>");
  const auto& consent = login.steps[1];
  EXPECT_EQ(shown(consent.calls[0].body), R"({"a":[1,true,null,{"b\"":"q\"<9>"}],"e":{},"f":[]})");
  EXPECT_EQ(shown(consent.go), "<3>&x");
  EXPECT_EQ(shown(login.steps[2].calls[0].body), "<5>");
  EXPECT_TRUE(login.steps[3].refused);
  ASSERT_EQ(login.secrets.size(), 1u);
  EXPECT_EQ(login.secrets[0].reveal(), "s\"1");
}

TEST(Login, CookiesAndFiles) {
  const auto folder = std::filesystem::temp_directory_path() / "assay-login-test";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "session.txt") << "from-a-file\n";
  const auto target = load(
      R"({"driver":"cookie","cookies":[{"name":"a","value":"${file:session.txt}","origin":"https://x.example/y"}]})",
      (folder / "t.jsonc").string());
  std::filesystem::remove_all(folder);
  ASSERT_TRUE(target) << to_string(target.error()[0]);
  const auto& cookie = target->login.cookies.at(0);
  EXPECT_EQ(cookie.value.reveal(), "from-a-file");
  EXPECT_EQ(cookie.origin, "https://x.example");
  EXPECT_EQ(cookie.path, "/");
  EXPECT_THAT(problems_of(R"({"driver":"cookie","cookies":[{"name":"a","value":"${file:/not/there}"}]})"),
              HasSubstr("/not/there"));
}

// What comes from outside is a value, never a hole; and never part of a message.
TEST(Login, WhatAVariableHoldsIsNotReadAgain) {
  const auto login =
      read(R"({"driver":"steps","steps":[{"page":"/x","send":{"url":"/a","headers":{"K":"${env:HOLE}"}}}]})");
  EXPECT_EQ(shown(login.steps[0].calls[0].headers[0].second), "${user.secret}");
  const auto words =
      problems_of(R"({"driver":"cookie","cookies":[{"name":"a;b","value":"${env:SESSION};secure","path":"x"}]})");
  EXPECT_THAT(words, HasSubstr("cannot be the name of a cookie"));
  EXPECT_THAT(words, HasSubstr("holds what no cookie can hold"));
  EXPECT_THAT(words, HasSubstr("begins with a slash"));
  EXPECT_THAT(words, Not(HasSubstr("s\"1")));
}

TEST(Login, AllProblemsAtOnce) {
  const auto words =
      problems_of(R"({"driver":"steps","repeat":"twice","timeout":"0s","origins":["login.example"],"stps":1,
    "steps":[{"pge":"/x"},{"page":"login","once":true,"go":"${nxt}"},{"page":"/r","refused":true,"go":"/"},
      {"page":"/b","send":[{"json":{},"form":{},"method":"post"},{"url":"${oops","status":99,"headers":{"a b":"x"}},
        {"url":"/x","json":{"all":"${request} too"},"take":{"user":{"json":"/a"},"v-w":{"header":""},"x":{"body":"/a"},"next":{"json":"url"},"y":{}}}]},
      {"page":"/c","send":{"url":"/x","form":"${user.name}"}}, 7]})");
  for (const char* part : {"did you mean \"steps\"?",
                           "unknown way to repeat a login \"twice\"",
                           "a login needs some time",
                           "\"login.example\" is not an http or https URL",
                           "did you mean \"page\"?",
                           "this step does nothing",
                           "\"page\" is the path of a page",
                           "\"once\" is for steps before the authorization request",
                           "unknown name \"nxt\" in ${nxt}",
                           "did you mean \"next\"?",
                           "\"refused\" says that a page is the end",
                           "a request has one body",
                           "\"post\" is not a method",
                           "\"url\" is missing",
                           "\"${\" without \"}\"",
                           "99 is not a status of an answer",
                           "\"a b\" is not the name of a header field",
                           "it stands alone",
                           "\"user\" cannot be the name of a value",
                           "\"v-w\" cannot be the name of a value",
                           "a name is needed here",
                           "nothing can be taken from \"body\"",
                           "\"url\" is not a JSON pointer",
                           "a value is taken from one place",
                           "a form is an object of names and values"})
    EXPECT_THAT(words, HasSubstr(part));
  EXPECT_THAT(words, HasSubstr("t.jsonc:2:"));
}

TEST(Login, DriversWantTheirOwn) {
  EXPECT_THAT(problems_of(R"({"driver":"steps"})"), HasSubstr("needs \"steps\""));
  EXPECT_THAT(problems_of(R"({"driver":"cookie"})"), HasSubstr("needs \"cookies\""));
  EXPECT_THAT(problems_of(R"({"driver":"form","steps":[{"page":"/a","go":"/b"}]})"),
              HasSubstr("write \"driver\": \"steps\""));
  EXPECT_THAT(problems_of(R"({"driver":"steps","steps":[]})"), HasSubstr("no step is given"));
  EXPECT_THAT(problems_of(R"({"driver":"cookie","cookies":{}})"), HasSubstr("a list is needed"));
  EXPECT_THAT(problems_of(R"({"driver":"frm"})"), HasSubstr("did you mean \"form\"?"));
  EXPECT_THAT(problems_of("[]"), HasSubstr("object"));
}

}  // namespace
}  // namespace assay::rules

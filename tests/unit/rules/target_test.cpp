// Target files: defaults, environment variables, and all problems at once.
#include "rules/target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/target_hosts.hpp"

namespace assay::rules {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

std::optional<std::string> environment(const std::string& name) {
  if (name == "SECRET") return "s3cret";
  if (name == "HOST") return "as.example";
  if (name == "NESTED") return "${env:SECRET}";
  if (name == "EMPTY") return "";
  return std::nullopt;
}

constexpr std::string_view small =
    R"({"issuer":"https://as.example","clients":{"web":{"id":"w","redirect_uris":["http://c/cb"]}}})";

Target load(std::string_view text) {
  auto target = load_target({"t.jsonc", std::string(text)}, environment);
  if (!target)
    for (const auto& problem : target.error()) ADD_FAILURE() << to_string(problem);
  return target ? std::move(*target) : Target{};
}

base::Diagnostics problems_of(std::string_view text) {
  auto target = load_target({"t.jsonc", std::string(text)}, environment);
  EXPECT_FALSE(target) << text;
  return target ? base::Diagnostics{} : target.error();
}

TEST(Target, NamesItsHosts) {
  EXPECT_THAT(named_hosts(load(small)), ElementsAre("as.example"));
  const auto target = load(R"({
    "issuer": "https://as.example:8443/realm", "hosts": ["API.example", "2001:db8::1", "${env:HOST}"],
    "endpoints": { "resource": "https://me.example/x" },
    "registration": { "url": "https://apps.example/${client.role}", "initial_access_token": { "url": "https://token.example/" } },
    "login": { "driver": "steps", "origins": ["https://login.example"], "steps": [
      { "page": "/p", "send": [{ "url": "https://call.example/login", "json": { "p": "${user.password}" } }, { "url": "/relative", "json": {} }] }] },
    "clients": { "service": { "id": "s", "secret": "s", "management": { "uri": "https://manage.example/s" } } } })");
  EXPECT_THAT(named_hosts(target),
              ElementsAre("2001:db8::1", "api.example", "apps.example", "as.example", "call.example", "login.example",
                          "manage.example", "me.example", "token.example"));
  EXPECT_EQ(foreign_host(urls_of(target)), "as.example");
}

TEST(Target, Defaults) {
  const auto target = load(small);
  EXPECT_EQ(target.file, "t.jsonc");
  EXPECT_EQ(target.discovery, std::nullopt);
  EXPECT_EQ(target.clients.at("web").auth, ClientAuth::none);  // no secret, no authentication
  EXPECT_FALSE(target.clients.at("web").raw_basic);
  EXPECT_EQ(target.timeout, 10s);
  EXPECT_EQ(target.code_lifetime, 10min);
  EXPECT_EQ(target.refresh_grace, 0s);
  EXPECT_FALSE(target.refresh_idle_lifetime);
  EXPECT_EQ(target.clock_skew, 2s);
  EXPECT_THAT(target.oracle, ElementsAre("introspection", "userinfo", "resource"));
  EXPECT_TRUE(target.verify_certificate);
  EXPECT_FALSE(target.permission);
  EXPECT_EQ(target.login.driver, LoginDriver::form);
}

TEST(Target, Everything) {
  const auto target = load(R"({"name":"n","issuer":"https://${env:HOST}/x","discovery":false,
    "endpoints":{"authorization":"https://as/a","token":"https://as/t","introspection":"https://as/i","revocation":"https://as/r","userinfo":"https://as/u","jwks":"https://as/k","resource":"https://rs/"},
    "clients":{"web":{"id":"w","secret":"a-${env:SECRET}-b-${env:SECRET}","auth":"post","basic":"raw","redirect_uris":["http://c/1","http://c/2"]},"service":{"id":"s","secret":"x"}},
    "users":[{"name":"alice","password":"${env:NESTED}"},{"name":"bob","password":""}],
    "login":{"driver":"form","user_field":"u","password_field":"p","allow":["Oui"]},
    "scope":"a b","scope_narrow":"a","scope_foreign":"z","service_scope":"s","authorize_params":{"prompt":"login","x":"${env:EMPTY}"},"grants":["authorization_code"],
    "settings":{"refresh_grace":"30s","refresh_idle_lifetime":"5m","code_lifetime":"1m","clock_skew":"0s","timeout":"500ms"},"oracle":["resource"],
    "tls":{"ca_file":"ca.pem","verify":false},"permission":{"who":"me","until":"2027-01-31","rate":12.5}})");
  EXPECT_EQ(target.issuer, "https://as.example/x");
  EXPECT_EQ(target.discovery, "");
  EXPECT_EQ(target.endpoints.jwks, "https://as/k");
  const auto& web = target.clients.at("web");
  EXPECT_EQ(web.secret.reveal(), "a-s3cret-b-s3cret");
  EXPECT_EQ(web.auth, ClientAuth::post);
  EXPECT_TRUE(web.raw_basic);
  EXPECT_THAT(web.redirect_uris, ElementsAre("http://c/1", "http://c/2"));
  EXPECT_EQ(target.clients.at("service").auth, ClientAuth::basic);
  EXPECT_EQ(target.users.at(0).password.reveal(), "${env:SECRET}");  // what a variable holds is not read again
  EXPECT_THAT(target.authorize_params, ElementsAre(testing::Pair("prompt", "login"), testing::Pair("x", "")));
  EXPECT_EQ(target.timeout, 500ms);
  EXPECT_EQ(target.refresh_idle_lifetime, 5min);
  EXPECT_EQ(target.clock_skew, 0s);
  EXPECT_THAT(target.oracle, ElementsAre("resource"));
  EXPECT_FALSE(target.verify_certificate);
  EXPECT_EQ(target.permission->rate, 12.5);
}

TEST(Target, PoolOfUsers) {
  std::string text(small);
  text.insert(1, R"("user_pool":{"name":"u{n}@example.org","password":"${env:SECRET}","first":7,"count":100000},)");
  const auto target = load(text);
  ASSERT_TRUE(target.user_pool);
  EXPECT_EQ(target.user_pool->count, 100000u);
  EXPECT_EQ(target.user_pool->user(0).name, "u7@example.org");
  EXPECT_EQ(target.user_pool->user(99999).name, "u100006@example.org");
  EXPECT_EQ(target.user_pool->user(0).password.reveal(), "s3cret");
}

TEST(Target, PoolOfUsersThatCannotBe) {
  std::string all;
  for (const char* pool :
       {R"({"name":"user","password":"p","count":1})", R"({"name":"{n}{n}","password":"p","count":1})",
        R"({"name":"{n}","password":"p","count":0})", R"({"name":"{n}","count":1.5})",
        R"({"name":"{n}","password":"p","count":1,"first":-1,"frist":1})", "[]"})
    for (const auto& problem : problems_of("{\"user_pool\":" + std::string(pool) + "," + std::string(small.substr(1))))
      all += to_string(problem) + "\n";
  for (const char* words :
       {"t.jsonc:1:22: error: the name of the users in a pool holds {n} once", "from 1 to 10000000",
        "\"password\" is missing", "a whole number", "from 0 to 10000000", "did you mean \"first\"?"})
    EXPECT_THAT(all, HasSubstr(words));
}

TEST(Target, AllProblemsAtOnce) {
  const auto problems = problems_of(
      "{\n\"isuer\": \"x\",\n\"clients\": {\n\"web\": {\"id\": \"w\", \"secret\": \"${env:NOT_SET}\", \"auth\": "
      "\"bearer\"},\n\"webb\": {}},\n"
      "\"users\": [{\"name\": 1}],\n\"settings\": {\"timeout\": \"0s\", \"code_lifetime\": \"soon\"},\n\"scope\": "
      "\"${env:\"\n}");
  std::string all;
  for (const auto& problem : problems) {
    EXPECT_GT(problem.line, 0) << to_string(problem);
    all += to_string(problem) + "\n";
  }
  for (const char* words :
       {"did you mean \"issuer\"?", "NOT_SET is not set", "unknown client authentication method \"bearer\"",
        "no redirect URI", "did you mean \"web\"?", "\"password\" is missing", "a string is needed",
        "longer than nothing", "\"soon\" is not a duration", "without \"}\"", "says where the server is"})
    EXPECT_THAT(all, HasSubstr(words));
}

TEST(Target, SecretsAreNotInMessages) {
  for (const auto& problem : problems_of(
           R"({"issuer":"https://as","clients":{"web":{"id":"w","secret":"${env:SECRET}","auth":"nonsense"}}})"))
    EXPECT_EQ(to_string(problem).find("s3cret"), std::string::npos);
}

TEST(Target, SurvivesDamage) {
  for (std::size_t at = 0; at < small.size(); ++at)
    for (const char* with : {"", "0", "{", "[", "\"", "null", "1e999"}) {
      std::string text(small);
      text.replace(at, 1, with);
      (void)load_target({"t", text}, environment);
    }
}

}  // namespace
}  // namespace assay::rules

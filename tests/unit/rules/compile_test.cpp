// What a rule file becomes: templates, defaults, deviations, cases.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/library.hpp"

namespace assay::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A rule with these steps in act; `more` are further members, each with a comma before it.
std::string rule_text(const std::string& act, const std::string& more = "",
                      const std::string& that = R"({"distinct":["a","b"]})") {
  return R"({"id":"t/r","title":"T","story":"S","act":[)" + act + R"(],"assert":[{"check":"c","observe":"?","that":)" +
         that + "}]" + more + "}";
}

std::vector<Rule> compile(const std::string& text, base::Diagnostics& problems) {
  return compile_rule({"rules/t/r.jsonc", text}, problems);
}

Rule compile_one(const std::string& text) {
  base::Diagnostics problems;
  auto rules = compile(text, problems);
  for (const auto& problem : problems) ADD_FAILURE() << to_string(problem);
  return rules.empty() ? Rule{} : rules.front();
}

std::string complaint(const std::string& text) {
  base::Diagnostics problems;
  const auto rules = compile(text, problems);
  EXPECT_TRUE(rules.empty());
  std::string out;
  for (const auto& problem : problems) out += to_string(problem) + "\n";
  return out;
}

// "code=‹code›&redirect_uri=…": the parameters in the order they are sent.
std::string parameters(const Step& step) {
  std::string out;
  for (const auto& [name, value] : step.parameters) out += (out.empty() ? "" : "&") + name + "=" + describe(value);
  return out;
}

TEST(Template, ReadsHoles) {
  const auto rule = compile_one(rule_text(
      R"({"token":{"grant":"x"},"as":"t"},{"http":{"method":"GET","url":"http://h/${t.access_token}/a${target.scope}${fresh.random}-${fresh.word}$x{}"}})"));
  const auto& url = rule.act.at(1).url;
  ASSERT_EQ(url.size(), 8u);
  EXPECT_EQ(url[0].text, "http://h/");
  EXPECT_EQ(url[1].kind, Piece::Kind::field);
  EXPECT_EQ(url[1].slot, 0);
  EXPECT_EQ(url[1].field, Field::access_token);
  EXPECT_EQ(url[2].text, "/a");
  EXPECT_EQ(url[3].kind, Piece::Kind::target);
  EXPECT_EQ(url[3].text, "scope");
  EXPECT_EQ(url[4].kind, Piece::Kind::fresh_random);
  EXPECT_EQ(url[5].text, "-");
  EXPECT_EQ(url[6].kind, Piece::Kind::fresh_word);
  EXPECT_EQ(url[7].text, "$x{}");
}

TEST(Template, SaysWhatItDoesNotKnow) {
  const std::pair<const char*, const char*> table[] = {{"${t.acces_token}", "did you mean \"access_token\"?"},
                                                       {"${u.access_token}", "no step before this one is called \"u\""},
                                                       {"${t}", "has no field \"\""},
                                                       {"${target.scop}", "did you mean \"scope\"?"},
                                                       {"${fresh.dice}", "known are ${fresh.random}, ${fresh.word}"},
                                                       {"${case.x}", "no case of this rule"},
                                                       {"${", "without \"}\""},
                                                       {"${}", "unknown variable"},
                                                       {"${.}", "unknown variable"},
                                                       {"${t.code}", "has no field \"code\""},
                                                       {"${target.client.web.secret}", "unknown variable"}};
  for (const auto& [hole, words] : table)
    EXPECT_THAT(complaint(rule_text(R"({"token":{"grant":"x"},"as":"t"},{"resource":{"token":")" + std::string(hole) +
                                    R"("}})")),
                HasSubstr(words))
        << hole;
}

TEST(Defaults, Authorize) {
  const auto step = compile_one(rule_text(R"({"authorize":{}})")).act.at(0);
  EXPECT_EQ(step.name, "authorize");
  EXPECT_EQ(step.client, "web");
  EXPECT_EQ(step.user, 0);
  EXPECT_FALSE(step.kept_session);
  EXPECT_EQ(step.pkce, Pkce::s256);
  EXPECT_EQ(parameters(step),
            "response_type=code&client_id=‹client.web.id›&redirect_uri=‹redirect_uri›&scope=‹scope›&state=‹sent_state›"
            "&code_challenge=‹code_challenge›&code_challenge_method=S256");
  EXPECT_EQ(describe(step.redirect_uri), "‹client.web.redirect_uri›");
  EXPECT_EQ(describe(step.scope), "‹scope›");
  const auto other =
      compile_one(
          rule_text(
              R"({"authorize":{"client":"spa","pkce":"none","user":2,"session":"kept","state":"s","scope":"","redirect_uri":"http://x/"}})"))
          .act.at(0);
  EXPECT_EQ(
      parameters(other),
      "response_type=code&client_id=‹client.spa.id›&redirect_uri=‹redirect_uri›&scope=‹scope›&state=‹sent_state›");
  EXPECT_EQ(other.user, 1);
  EXPECT_TRUE(other.kept_session);
  EXPECT_EQ(describe(other.state), "s");
  EXPECT_TRUE(other.scope.empty());
  const auto plain = compile_one(rule_text(R"({"authorize":{"pkce":"plain"}})")).act.at(0);
  EXPECT_THAT(parameters(plain), HasSubstr("code_challenge_method=plain"));
}

TEST(Defaults, TokenTakesThoseOfItsAuthorizeStep) {
  const auto rule = compile_one(
      rule_text(R"({"authorize":{"client":"spa"},"as":"g"},{"authorize":{"pkce":"none"},"as":"h"},)"
                R"({"token":{"grant":"authorization_code","code":"${g.code}"}},)"
                R"({"token":{"grant":"authorization_code","code":"${h.code}","redirect_uri":"http://x/"}},)"
                R"({"token":{"grant":"authorization_code","code":"${g.code}","client":"second","code_verifier":"v"}},)"
                R"({"token":{"grant":"authorization_code","code":"x${g.code}"}})"));
  EXPECT_EQ(rule.act.at(2).client, "spa");
  EXPECT_EQ(parameters(rule.act.at(2)),
            "grant_type=authorization_code&code=‹code›&redirect_uri=‹redirect_uri›&code_verifier=‹code_verifier›");
  EXPECT_EQ(rule.act.at(2).parameters.at(2).value.at(0).slot, 0);
  EXPECT_EQ(rule.act.at(3).client, "web");
  EXPECT_EQ(parameters(rule.act.at(3)), "grant_type=authorization_code&code=‹code›&redirect_uri=http://x/");
  EXPECT_EQ(rule.act.at(4).client, "second");
  EXPECT_EQ(parameters(rule.act.at(4)),
            "grant_type=authorization_code&code=‹code›&redirect_uri=‹redirect_uri›&code_verifier=v");
  EXPECT_EQ(parameters(rule.act.at(5)),
            "grant_type=authorization_code&code=x‹code›&redirect_uri=‹client.web.redirect_uri›");
}

TEST(Defaults, ClientOfOtherSteps) {
  const auto rule = compile_one(rule_text(
      R"({"token":{"grant":"client_credentials"},"as":"s"},{"refresh":{"token":"${s.refresh_token}"},"as":"r"},{"introspect":{"token":"${r.access_token}"}},)"
      R"({"revoke":{"token":"x","token_type_hint":"refresh_token"}},{"token":{"grant":"refresh_token","refresh_token":"${s.refresh_token}","scope":"a"}},)"
      R"({"introspect":{"token":"${s.access_token}","client":"web","auth":"wrong-secret"}})"));
  EXPECT_EQ(rule.act.at(0).client, "service");
  EXPECT_EQ(parameters(rule.act.at(0)), "grant_type=client_credentials&scope=‹service_scope›");
  EXPECT_EQ(rule.act.at(1).client, "service");
  EXPECT_EQ(rule.act.at(1).verb, Verb::token);
  EXPECT_EQ(parameters(rule.act.at(1)), "grant_type=refresh_token&refresh_token=‹refresh_token›");
  EXPECT_EQ(rule.act.at(2).client, "service");
  EXPECT_EQ(rule.act.at(3).client, "web");
  EXPECT_EQ(parameters(rule.act.at(3)), "token=x&token_type_hint=refresh_token");
  EXPECT_EQ(parameters(rule.act.at(4)), "grant_type=refresh_token&refresh_token=‹refresh_token›&scope=a");
  EXPECT_EQ(rule.act.at(5).client, "web");
  EXPECT_EQ(rule.act.at(5).auth, Auth::wrong_secret);
}

TEST(Deviations, SetDropTwice) {
  const auto step =
      compile_one(
          rule_text(
              R"({"token":{"grant":"client_credentials","set":{"scope":"x","extra":"1"},"drop":["grant_type","client_id"],"twice":{"scope":"y"},"header":{"X-A":"${fresh.word}"}}})"))
          .act.at(0);
  EXPECT_EQ(parameters(step), "scope=x&extra=1&scope=y");
  EXPECT_THAT(step.dropped, ElementsAre("grant_type", "client_id"));
  ASSERT_EQ(step.headers.size(), 1u);
  EXPECT_EQ(step.headers[0].name, "X-A");
  const auto replaced =
      compile_one(rule_text(R"({"authorize":{"set":{"redirect_uri":"http://evil/"},"drop":["state"]}})")).act.at(0);
  EXPECT_THAT(parameters(replaced), HasSubstr("redirect_uri=http://evil/"));
  EXPECT_EQ(parameters(replaced).find("state="), std::string::npos);
  EXPECT_EQ(describe(replaced.redirect_uri), "‹client.web.redirect_uri›");  // what the client believes it sent
}

TEST(Cases, OneRulePerCaseInTheOrderOfTheFile) {
  base::Diagnostics problems;
  const auto rules = compile(
      rule_text(
          R"({"http":{"method":"GET","url":"${case.url}/${case.n}-${case.n}"},"as":"h"})",
          R"(,"cases":{"z":{"url":"http://${target.redirect.host}","n":1,"codes":[400,401]},"a":{"url":"u","n":"${fresh.word}","codes":200}})",
          R"({"h":{"status":"${case.codes}"}})"),
      problems);
  for (const auto& problem : problems) ADD_FAILURE() << to_string(problem);
  ASSERT_EQ(rules.size(), 2u);
  EXPECT_EQ(rules[0].full_id(), "t/r#z");
  EXPECT_EQ(describe(rules[0].act[0].url), "http://‹redirect.host›/1-1");
  EXPECT_THAT(rules[0].checks[0].that.expectations[0].second[0].statuses, ElementsAre(400, 401));
  EXPECT_EQ(rules[1].full_id(), "t/r#a");
  EXPECT_EQ(describe(rules[1].act[0].url), "u/‹new random value›-‹new random value›");
  EXPECT_THAT(rules[1].checks[0].that.expectations[0].second[0].statuses, ElementsAre(200));
}

TEST(Cases, ProblemsAreReportedOnce) {
  EXPECT_THAT(complaint(rule_text(R"({"authorize":{"clinet":"web"}})", R"(,"cases":{"a":{},"b":{},"c":{}})")),
              testing::Truly([](const std::string& text) {
                return text.find("clinet") != std::string::npos && text.find("clinet") == text.rfind("clinet");
              }));
}

TEST(Steps, SlotsAndNames) {
  const auto rule = compile_one(
      R"({"id":"t/r","title":"T","story":"S","tags":["slow"],"arrange":[{"authorize":{}}],"act":[{"token":{"grant":"x"}},{"wait":"1s"},{"new_browser":{}}],
          "assert":[{"check":"c","observe":"?","gives":"observed.x","that":{"token":{"status":{"not":"4xx"}},"authorize":{"denied":false}}},
                    {"check":"d","clause":"x/y","after":"c","needs":["time"],"settle":"2s","that":{"live":"${token.access_token}","is":false}}],
          "control":[{"token":{"grant":"x"},"as":"again","expect":{"status":200}}],"advice":{"d":"A"},"provenBy":[{"defect":"z","fails":["d"]}]})");
  EXPECT_EQ(rule.slots, 5);
  EXPECT_EQ(rule.arrange.at(0).slot, 0);
  EXPECT_EQ(rule.act.at(2).slot, 3);
  EXPECT_EQ(rule.control.at(0).slot, 4);
  EXPECT_TRUE(rule.control.at(0).expect);
  EXPECT_TRUE(rule.has_tag("slow"));
  EXPECT_EQ(rule.topic(), "t");
  const auto& check = rule.checks.at(1);
  EXPECT_EQ(check.after, 0);
  EXPECT_EQ(check.settle, std::chrono::seconds(2));
  EXPECT_EQ(check.advice, "A");
  EXPECT_EQ(check.that.kind, That::Kind::live);
  EXPECT_FALSE(check.that.is);
  const auto& first = rule.checks.at(0).that.expectations;
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].first, 1);
  EXPECT_TRUE(first[0].second.at(0).negated);
  EXPECT_THAT(first[0].second.at(0).statuses, ElementsAre(-4));
}

TEST(Steps, WaitNeedsADuration) {
  for (const char* bad : {R"("")", R"("5")", "5", R"("soon")", "null", "[]"})
    EXPECT_FALSE(complaint(rule_text(R"({"wait":)" + std::string(bad) + "}")).empty()) << bad;
}

TEST(Steps, AllProblemsAtOnceWithTheirPlaces) {
  base::Diagnostics problems;
  compile(
      "{\n\"id\":\"t/"
      "other\",\n\"title\":1,\n\"act\":[\n{\"tokn\":{}},\n{\"wait\":\"1\"}],\n\"assert\":[\n{\"check\":\"c\"}]}",
      problems);
  std::vector<int> lines;
  for (const auto& problem : problems) lines.push_back(problem.line);
  EXPECT_THAT(lines, testing::IsSupersetOf({2, 3, 5, 6, 8}));
  EXPECT_THAT(lines, testing::Each(testing::Gt(0)));
}

TEST(Profile, IncludesAndLevels) {
  Profile profile;
  profile.include = {"code/*", "token/x"};
  profile.exclude = {"*/slow"};
  profile.levels = {{"code/*", "SHOULD"}, {"code/a#c", "MAY"}};
  EXPECT_TRUE(profile.includes("code/a"));
  EXPECT_FALSE(profile.includes("code/slow"));
  EXPECT_FALSE(profile.includes("token/y"));
  EXPECT_EQ(profile.keyword("code/a", "c", "MUST"), "MAY");
  EXPECT_EQ(profile.keyword("code/a", "d", "MUST"), "SHOULD");
  EXPECT_EQ(profile.keyword("token/x", "c", "MUST"), "MUST");
  profile.levels.emplace_back("code/a#gone", "NONE");
  EXPECT_FALSE(profile.judges("code/a", "gone"));
  EXPECT_TRUE(profile.judges("code/a", "c"));
  EXPECT_TRUE(profile.judges("token/x", "c"));
}

TEST(Clause, Reference) {
  Clause clause;
  clause.document_title = "RFC 6749";
  EXPECT_EQ(clause.reference(), "RFC 6749");
  clause.section = "4.1.2";
  EXPECT_EQ(clause.reference(), "RFC 6749 section 4.1.2");
}

TEST(Repeat, IsReadWithBounds) {
  const auto rule = compile_one(rule_text(
      R"({"token":{"grant":"x"},"as":"t"},{"refresh":{"token":"${t.refresh_token}","repeat":50,"chained":true}},{"authorize":{"repeat":2000,"session":"fresh"}})"));
  EXPECT_EQ(rule.act.at(0).repeat, 1);
  EXPECT_EQ(rule.act.at(1).repeat, 50);
  EXPECT_TRUE(rule.act.at(1).chained);
  EXPECT_THAT(describe(rule.act.at(1)), HasSubstr("50 times, each with the refresh token that the one before brought"));
  EXPECT_TRUE(rule.act.at(2).login_each_time);
  EXPECT_THAT(complaint(rule_text(R"({"token":{"grant":"x","repeat":2001}})")), HasSubstr("1 to 2000 times"));
  EXPECT_THAT(complaint(rule_text(R"({"token":{"grant":"x","repeat":0}})")), HasSubstr("1 to 2000 times"));
  EXPECT_THAT(complaint(rule_text(R"({"token":{"grant":"x","repeat":"2"}})")), HasSubstr("whole number"));
  EXPECT_THAT(complaint(rule_text(R"({"discover":{"repeat":2}})")), HasSubstr("repeat"));
  EXPECT_THAT(complaint(rule_text(R"({"refresh":{"token":"x","repeat":2,"chained":true}})")),
              HasSubstr("refresh token of an earlier step"));
  EXPECT_THAT(complaint(rule_text(R"({"token":{"grant":"x","repeat":2,"chained":true}})")), HasSubstr("chained"));
}

TEST(Sample, MarksWhatIsWanted) {
  const auto rule = compile_one(
      rule_text(R"({"authorize":{"repeat":50},"as":"g"})", "", R"({"sample":"${g.code}","minEntropyBits":128})"));
  EXPECT_THAT(rule.act.at(0).sampled, ElementsAre(Field::code));
  EXPECT_EQ(rule.checks.at(0).that.kind, That::Kind::sample);
  EXPECT_EQ(rule.checks.at(0).that.entropy_bits, 128);
  EXPECT_EQ(describe(rule, rule.checks.at(0).that), "‹code› that nobody guesses in 2^128 tries, among 50");
  EXPECT_THAT(complaint(rule_text(R"({"authorize":{},"as":"g"})", "", R"({"sample":"${g.code}","unique":true})")),
              HasSubstr("only a step with \"repeat\""));
  EXPECT_THAT(
      complaint(rule_text(R"({"authorize":{"repeat":5},"as":"g"})", "", R"({"sample":"${g.code}","ordered":true})")),
      HasSubstr("only false"));
}

TEST(Settle, DoesNotAskTwiceAboutWhatIsUsedUpByAsking) {
  const auto rule = [](const std::string& that) {
    return R"({"id":"t/r","title":"T","story":"S","act":[{"refresh":{"token":"x"},"as":"t"},
                {"race":{"copies":2,"of":{"refresh":{"token":"x"}}},"as":"wave"}],
               "assert":[{"check":"c","observe":"?","settle":"2s","that":)" +
           that + "}]}";
  };
  EXPECT_THAT(complaint(rule(R"({"refreshable":"${t.refresh_token}","is":true})")), HasSubstr("does not go with"));
  EXPECT_THAT(complaint(rule(R"({"count":{"in":"wave","refreshable":true},"atMost":1})")),
              HasSubstr("uses a refresh token up"));
  EXPECT_EQ(compile_one(rule(R"({"live":"${t.access_token}","is":true})")).checks.at(0).settle,
            std::chrono::seconds(2));
  EXPECT_EQ(compile_one(rule(R"({"count":{"in":"wave","live":true},"atMost":1})")).checks.at(0).settle,
            std::chrono::seconds(2));
}

// A race with these arguments, and one check with this `that`.
std::string race_text(const std::string& race,
                      const std::string& that = R"({"count":{"in":"wave","distinct":"access_token"},"atMost":1})",
                      const std::string& more = "") {
  return rule_text(R"({"race":)" + race + R"(,"as":"wave"})", more, that);
}
constexpr auto plain_race = R"({"copies":[2,8],"of":{"token":{"grant":"client_credentials"}}})";

TEST(Race, IsReadByWayOfTheStepThatItCopies) {
  const auto rule = compile_one(race_text(plain_race, R"({"count":{"in":"wave","where":{"status":200}},"is":3})",
                                          R"(,"trials":{"count":25,"stopAt":"first-violation"},"tags":["race"])"));
  EXPECT_EQ(rule.trials, 25);
  const Step& step = rule.act.at(0);
  EXPECT_EQ(step.verb, Verb::token);
  EXPECT_EQ(step.name, "wave");
  EXPECT_EQ(step.client, "service");
  ASSERT_TRUE(step.race);
  EXPECT_EQ(step.race->copies, (std::vector<int>{2, 8}));
  EXPECT_TRUE(step.race->last_byte);
  EXPECT_THAT(describe(step), HasSubstr("2, 8 copies at once: service asks for a token"));
  const That& that = rule.checks.at(0).that;
  EXPECT_EQ(that.kind, That::Kind::count);
  EXPECT_EQ(that.slot, step.slot);
  EXPECT_EQ(that.number, 3);
  EXPECT_EQ(describe(rule, that), "exactly 3 of the answers with status 200");
  const auto barrier =
      compile_one(race_text(R"({"copies":2,"release":"barrier","of":{"refresh":{"token":"x","client":"spa"}}})",
                            R"({"every":{"in":"wave","where":{"denied":true}},"is":{"status":400}})"));
  EXPECT_FALSE(barrier.act.at(0).race->last_byte);
  EXPECT_EQ(barrier.trials, 1);
  EXPECT_EQ(describe(barrier, barrier.checks.at(0).that), "every answer with no token or code handed out: status 400");
}

TEST(Race, MistakesAreNamed) {
  const auto of = [](const std::string& step) { return R"({"copies":2,"of":)" + step + "}"; };
  EXPECT_THAT(complaint(race_text(R"({"copies":1,"of":{"token":{"grant":"x"}}})")), HasSubstr("2 to 100 copies"));
  EXPECT_THAT(complaint(race_text(R"({"copies":[],"of":{"token":{"grant":"x"}}})")), HasSubstr("at least one"));
  EXPECT_THAT(complaint(race_text(R"({"copies":2})")), HasSubstr("of"));
  EXPECT_THAT(complaint(race_text(R"({"copies":2,"release":"soon","of":{"token":{"grant":"x"}}})")), HasSubstr("soon"));
  EXPECT_THAT(complaint(race_text(of(R"({"authorize":{}})"))), HasSubstr("cannot be raced"));
  EXPECT_THAT(complaint(race_text(of(R"({"token":{"grant":"x"},"as":"y"})"))), HasSubstr("has no \"as\""));
  for (const char* times : {"1", "3"})
    EXPECT_THAT(complaint(race_text(of(R"({"token":{"grant":"x","repeat":)" + std::string(times) + "}}"))),
                HasSubstr("not repeated"));
  EXPECT_THAT(complaint(race_text(plain_race, R"({"count":{"in":"wav","distinct":"access_token"},"atMost":1})")),
              HasSubstr("did you mean \"wave\""));
  EXPECT_THAT(complaint(race_text(plain_race, R"({"count":{"in":"wave"},"atMost":1})")), HasSubstr("what is counted"));
  EXPECT_THAT(complaint(race_text(plain_race, R"({"count":{"in":"wave","live":true,"distinct":"sub"},"atMost":1})")),
              HasSubstr("only one of"));
  EXPECT_THAT(complaint(race_text(plain_race, R"({"count":{"in":"wave","distinct":"code"},"atMost":1})")),
              HasSubstr("no field \"code\""));
  EXPECT_THAT(complaint(race_text(plain_race, R"({"count":{"in":"wave","live":true}})")),
              HasSubstr("exactly one number"));
  EXPECT_THAT(complaint(race_text(plain_race, R"({"wave":{"status":200}})")), HasSubstr("use \"count\" or \"every\""));
  EXPECT_THAT(complaint(race_text(plain_race, R"({"distinct":["${wave.status}","x"]})")), HasSubstr("many answers"));
  EXPECT_THAT(complaint(race_text(plain_race, R"({"every":{"in":"wave"}})")), HasSubstr("is"));
  EXPECT_THAT(
      complaint(race_text(plain_race, R"({"count":{"in":"wave","live":true},"atMost":1})", R"(,"trials":{"count":0})")),
      HasSubstr("1 to 10000 trials"));
  EXPECT_THAT(complaint(rule_text(R"({"token":{"grant":"x"}})", R"(,"trials":{"count":3})")),
              HasSubstr("only rules with a race"));
}

}  // namespace
}  // namespace assay::rules

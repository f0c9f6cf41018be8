// Every condition of an expectation against answers that were written down.
#include "engine/judge.hpp"

#include "rules/library.hpp"
#include "tests/support/engine_test.hpp"

namespace assay::engine {
namespace {

using rules::Field;
using rules::Verb;

// The expectation as the loader compiles it for a step of that verb.
rules::Expectation expectation_of(const std::string& text, const std::string& step = R"("token":{"grant":"x"})") {
  base::Diagnostics problems;
  const auto rules = rules::compile_rule(
      {"rules/t/r.jsonc",
       support::rule_file(R"("act":[{)" + step + R"(,"as":"t"}],"assert":[{"check":"c","observe":"?","that":{"t":)" +
                          text + R"(}}],"control":[{"new_browser":{}}])")},
      problems);
  for (const auto& problem : problems) ADD_FAILURE() << to_string(problem);
  return rules.empty() ? rules::Expectation{} : rules[0].checks[0].that.expectations[0].second;
}

void answered(StepResult& result, const std::string& bytes, Verb verb = Verb::token) {
  result.clear();
  result.answer.assign(bytes);
  result.state = StepState::ran;
  if (result.answer.ok()) result.read_body(verb);
}

std::string_view text(Truth truth) { return truth == Truth::yes ? "yes" : truth == Truth::no ? "no" : "unknown"; }

struct Row {
  std::string answer;
  const char* expectation;
  Truth truth;
};

void check(const std::vector<Row>& rows) {
  for (const auto& row : rows) {
    StepResult result;
    answered(result, row.answer);
    const Judge judge({&result, 1});
    const auto expectation = expectation_of(row.expectation);
    const auto truth = judge.holds(expectation, result, Verb::token);
    EXPECT_EQ(text(truth), text(row.truth)) << row.expectation << "\n"
                                            << row.answer << "\n"
                                            << describe_mismatch(expectation, result, Verb::token);
    EXPECT_FALSE(describe_answer(result, Verb::token).empty());
  }
}

constexpr auto yes = Truth::yes, no = Truth::no, unknown = Truth::unknown;
const std::string tokens =
    R"({"access_token":"at","token_type":"Bearer","expires_in":3600,"scope":"a b","refresh_token":"rt"})";

TEST(Judge, Status) {
  check({{json("{}"), R"({"status":200})", yes},
         {json("{}"), R"({"status":"2xx"})", yes},
         {json("{}", 400), R"({"status":[400,401]})", yes},
         {json("{}", 403), R"({"status":[400,401]})", no},
         {json("{}", 403), R"({"status":["2xx",403]})", yes},
         {json("{}"), R"({"status":{"not":200}})", no},
         {json("{}"), R"({"status":{"not":"4xx"}})", yes},
         {json("{}", 500), R"({"status":"5xx"})", yes}});
}

TEST(Judge, Denied) {
  check({{json(tokens), R"({"denied":false})", yes},
         {json(tokens), R"({"denied":true})", no},
         {json(tokens, 400), R"({"denied":true})", no},  // whatever its status
         {json(R"({"error":"invalid_grant"})", 400), R"({"denied":true})", yes},
         {json("{}"), R"({"denied":true})", yes},
         {json(R"({"access_token":null})"), R"({"denied":true})", yes},
         {json(R"({"access_token":""})"), R"({"denied":true})", yes},
         {json(R"({"refresh_token":"x"})"), R"({"denied":true})", no},
         {json(R"({"access_token":{"x":1}})"), R"({"denied":true})", no},
         {json(R"({"access\u005ftoken":"x"})"), R"({"denied":true})", no},
         {json("<html>"), R"({"denied":true})", yes},
         {json(""), R"({"denied":false})", no},
         {response(200, "application/x-www-form-urlencoded", "access_token=x&token_type=bearer"), R"({"denied":true})",
          no},
         {response(200, "application/x-www-form-urlencoded; charset=utf-8", "error=x"), R"({"denied":true})", yes}});
}

TEST(Judge, OauthError) {
  check({{json(R"({"error":"invalid_grant"})", 400), R"({"oauthError":"invalid_grant"})", yes},
         {json(R"({"error":"invalid_grant"})", 400), R"({"oauthError":["invalid_request","invalid_grant"]})", yes},
         {json(R"({"error":"Invalid_Grant"})", 400), R"({"oauthError":"invalid_grant"})", no},
         {json(R"({"error":"invalid\u005fgrant"})", 400), R"({"oauthError":"invalid_grant"})", yes},
         {json(R"({"error":5})", 400), R"({"oauthError":"present"})", no},
         {json(R"({"error":5})", 400), R"({"oauthError":"absent"})", no},
         {json(R"({"error":null})", 200), R"({"oauthError":"absent"})", yes},
         {json("{}", 400), R"({"oauthError":"present"})", no},
         {json("{}", 400), R"({"oauthError":"absent"})", yes},
         {json("<html>invalid_grant</html>", 400), R"({"oauthError":"invalid_grant"})", no}});
}

TEST(Judge, Headers) {
  const auto with = [](const char* fields) { return json("{}", 200, fields); };
  check(
      {{with("Cache-Control: no-cache, NO-STORE\r\n"), R"({"header":{"cache-control":{"containsToken":"no-store"}}})",
        yes},
       {with("Cache-Control: private\r\nCache-Control: no-store\r\n"),
        R"({"header":{"Cache-Control":{"containsToken":"no-store"}}})", yes},
       {with("Cache-Control: no-store-really\r\n"), R"({"header":{"Cache-Control":{"containsToken":"no-store"}}})", no},
       {with(""), R"({"header":{"Cache-Control":{"containsToken":"no-store"}}})", no},
       {with("X-A: \r\n"), R"({"header":{"x-a":"present"}})", yes},
       {with(""), R"({"header":{"x-a":"absent"}})", yes},
       {with("X-A: 1\r\n"), R"({"header":{"X-A":"absent"}})", no},
       {with("X-A: Ab\r\n"), R"({"header":{"X-A":{"equals":"Ab"}}})", yes},
       {with("X-A: ab\r\n"), R"({"header":{"X-A":{"equals":"Ab"}}})", no},
       {with("WWW-Authenticate: basic realm=\"x\"\r\n"), R"({"header":{"WWW-Authenticate":{"startsWith":"Basic "}}})",
        yes},
       {with("WWW-Authenticate: Ba\r\n"), R"({"header":{"WWW-Authenticate":{"startsWith":"Basic "}}})", no},
       {with("WWW-Authenticate: Basic\r\nWWW-Authenticate: DPoP, Bearer error=\"x\"\r\n"),
        R"({"header":{"WWW-Authenticate":{"challenge":"Bearer error=x"}}})", yes},
       {with("WWW-Authenticate: Basic error=\"x\", Bearer\r\n"),
        R"({"header":{"WWW-Authenticate":{"challenge":"Bearer error=x"}}})", no},
       {with(""), R"({"header":{"WWW-Authenticate":{"challenge":"Bearer"}}})", no},
       {with(""), R"({"mediaType":"application/json"})", yes},
       {response(200, "Application/JSON ; x=y", "{}"), R"({"mediaType":"application/json"})", yes},
       {response(200, "application/jsonx", "{}"), R"({"mediaType":"application/json"})", no},
       {response(200, "", "{}"), R"({"mediaType":"application/json"})", no}});
}

TEST(Judge, Json) {
  const auto body = json(
      R"({"access_token":"at","expires_in":3600,"scope":"a b","n":1.5,"e":"","list":["x",{"y":2}],"url":"https:\/\/as\/x","esc\u0061ped":"1","null":null,"s":"7","yes":true})");
  check({{body, R"({"json":{"":{"type":"object"}}})", yes},
         {json("[]"), R"({"json":{"":{"type":"object"}}})", no},
         {json(R"({"t":"eyJhbGciOiJub25lIn0.e30.eA"})"), R"({"json":{"/t":{"jwt":true}}})", yes},
         {json(R"({"t":"eyJhbGciOiJub25lIn0.e30"})"), R"({"json":{"/t":{"jwt":true}}})", no},
         {json(R"({"t":"a.b.c"})"), R"({"json":{"/t":{"jwt":false}}})", yes},
         {json("{} x"), R"({"json":{"":"present"}})", no},
         {json("{"), R"({"json":{"":{"type":"object"}}})", no},
         {body, R"({"json":{"/access_token":{"type":"string","minLength":2}}})", yes},
         {body, R"({"json":{"/access_token":{"minLength":3}}})", no},
         {body, R"({"json":{"/access_token":{"differsFrom":"at"}}})", no},
         {body, R"({"json":{"/refresh_token":{"differsFrom":"at"}}})", yes},  // absent differs
         {body, R"({"json":{"/expires_in":{"type":"integer","min":3600,"max":3600}}})", yes},
         {body, R"({"json":{"/expires_in":{"min":3601}}})", no},
         {body, R"({"json":{"/n":{"type":"integer"}}})", no},
         {body, R"({"json":{"/n":{"type":"number","min":1.5}}})", yes},
         {body, R"({"json":{"/s":{"min":1}}})", no},  // a string is no number
         {body, R"({"json":{"/e":"present","/none":"absent","/null":{"type":"null"}}})", yes},
         {body, R"({"json":{"/list/0":{"equals":"x"},"/list/1/y":{"equals":2}}})", yes},
         {body, R"({"json":{"/list":{"type":"array"},"/list/2":"absent"}})", yes},
         {body, R"({"json":{"/url":{"equals":"https://as/x"}}})", yes},
         {body, R"({"json":{"/escaped":{"equals":"1"}}})", yes},
         {body, R"({"json":{"/yes":{"equals":true,"type":"boolean"}}})", yes},
         {body, R"({"json":{"/access_token":{"oneOf":["x","at"]}}})", yes},
         {body, R"({"json":{"/access_token":{"oneOf":["x","y"]}}})", no},
         {body, R"({"json":{"/access_token":{"equalsIgnoringCase":"AT"}}})", yes},
         {body, R"({"json":{"/scope":{"hasWord":"a","lacksWord":"c","wordsWithin":"b c a"}}})", yes},
         {body, R"({"json":{"/scope":{"wordsWithin":"a"}}})", no},
         {body, R"({"json":{"/scope":{"hasWord":"a b"}}})", no},
         {body, R"({"json":{"/nothing":{"hasWord":"a"}}})", no},
         {body, R"({"json":{"/nothing":{"lacksWord":"a"}}})", yes}});
}

TEST(Judge, AnyOf) {
  check({{json("{}", 401), R"({"anyOf":[{"status":400},{"status":401}]})", yes},
         {json("{}", 403), R"({"anyOf":[{"status":400},{"status":401}]})", no},
         {json("{}", 400), R"({"anyOf":[{"status":400,"oauthError":"present"},{"status":401}]})", no}});
}

TEST(Judge, SaysNothing) {
  for (const int status : {429, 502, 503, 504})
    check({{json(R"({"error":"invalid_grant"})", status), R"({"denied":true})", unknown},
           {json("{}", status), R"({"status":200})", unknown}});
  check({{json("{}", 500), R"({"status":200})", no}, {json("{}", 501), R"({"denied":true})", yes}});
}

// But garbage is no token either: it says nothing about what had to be refused.
TEST(Judge, WhatTheServerBrokeIsItsFault) {
  check({{"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}", R"({"denied":true})", unknown},
         {"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}", R"({"denied":false})", no},
         {"this is not HTTP\r\n\r\n", R"({"denied":true})", unknown},
         {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", R"({"status":200})", no}});
}

TEST(Judge, NoAnswerSaysNothing) {
  for (const auto outcome :
       {net::Outcome::resolve_failed, net::Outcome::connect_failed, net::Outcome::tls_failed, net::Outcome::timed_out,
        net::Outcome::closed, net::Outcome::cancelled, net::Outcome::not_permitted}) {
    StepResult result;
    result.state = StepState::ran;
    result.answer.outcome = outcome;
    EXPECT_EQ(Judge({&result, 1}).holds(expectation_of(R"({"denied":true})"), result, Verb::token), unknown)
        << net::to_string(outcome);
    EXPECT_THAT(describe_answer(result, Verb::token), HasSubstr(net::to_string(outcome)));
  }
  StepResult result;
  for (const auto state : {StepState::not_run, StepState::impossible}) {
    result.state = state;
    EXPECT_EQ(Judge({&result, 1}).holds(expectation_of(R"({"denied":true})"), result, Verb::token), unknown);
  }
}

struct Arrived {
  Landing landed;
  const char* location;
  int status;
  const char* expectation;
  Truth truth;
};

TEST(Judge, FrontChannel) {
  const std::vector<Arrived> table = {
      {Landing::redirect_uri, "http://c/cb?code=x&state=s", 302, R"({"denied":false})", yes},
      {Landing::redirect_uri, "http://c/cb?error=access_denied", 302,
       R"({"denied":true,"oauthError":"access_denied","landed":"redirect_uri"})", yes},
      {Landing::redirect_uri, "http://c/cb?code=x", 302, R"({"in":"query"})", yes},
      {Landing::redirect_uri, "http://c/cb?code=x", 302, R"({"in":"fragment"})", no},
      {Landing::redirect_uri, "http://c/cb?state=s&state=s", 302, R"({"params":{"state":{"once":true}}})", no},
      {Landing::redirect_uri, "http://c/cb?state=s", 302, R"({"params":{"state":{"equals":"s"},"code":"absent"}})",
       yes},
      {Landing::redirect_uri, "http://c/cb?state=t", 302, R"({"params":{"state":{"equals":"s"}}})", no},
      {Landing::elsewhere, "http://evil/?code=x", 302, R"({"landed":["redirect_uri","page"]})", no},
      {Landing::elsewhere, "http://evil/?code=x", 302, R"({"denied":true})", no},
      {Landing::page, "", 400, R"({"landed":{"not":"redirect_uri"},"status":400})", yes},
      {Landing::page, "", 400, R"({"denied":true})", yes},
      {Landing::page, "", 503, R"({"denied":true})", unknown},
      {Landing::page, "", 429, R"({"landed":"page"})", unknown},
      {Landing::stuck, "", 200, R"({"denied":true})", unknown},
      {Landing::stuck, "", 200, R"({"landed":{"not":"redirect_uri"}})", unknown},
      {Landing::stuck, "", 200, R"({"landed":["stuck","page"]})", yes},
  };
  for (const auto& row : table) {
    StepResult result;
    result.state = StepState::ran;
    result.arrival.landed = row.landed;
    result.arrival.status = result.answer.status = row.status;
    result.answer.outcome = result.arrival.outcome = net::Outcome::ok;
    const std::string location = row.location;
    if (const auto mark = location.find('?'); mark != std::string::npos)
      result.arrival.parameters = base::parse_form(location.substr(mark + 1));
    for (const Field field : {Field::code, Field::error})
      if (const auto* value = base::find_parameter(result.arrival.parameters, rules::to_string(field)))
        result.keep(field, *value);
    const auto truth =
        Judge({&result, 1}).holds(expectation_of(row.expectation, R"("authorize":{})"), result, Verb::authorize);
    EXPECT_EQ(text(truth), text(row.truth)) << row.location << " " << row.expectation;
    EXPECT_FALSE(describe_answer(result, Verb::authorize).empty());
  }
}

TEST(Judge, TheQueryOfTheRedirectUriIsKept) {
  const auto kept = [](std::string_view location) {
    StepResult result;
    result.state = StepState::ran;
    result.arrival.landed = Landing::redirect_uri;
    result.answer.outcome = net::Outcome::ok;
    result.keep(Field::redirect_uri, "http://c/cb?x=1&y=a%20b");
    result.keep(Field::location, location);
    return Judge({&result, 1})
        .holds(expectation_of(R"({"keepsQuery":true})", R"("authorize":{})"), result, Verb::authorize);
  };
  EXPECT_EQ(kept("http://c/cb?x=1&y=a%20b&code=c"), yes);
  EXPECT_EQ(kept("http://c/cb?code=c&y=a+b&x=1#_=_"), yes);
  EXPECT_EQ(kept("http://c/cb?x=1&y=a%20b#code=c"), yes);
  EXPECT_EQ(kept("http://c/cb?x=1&code=c"), no);
  EXPECT_EQ(kept("http://c/cb?x=1&y=a%20b?code=c"), no);
  EXPECT_EQ(kept("http://c/cb"), no);
}

// A connection that breaks in the middle of the login leaves nothing to judge.
TEST(Judge, FrontChannelThatBreaksSaysNothing) {
  for (const auto outcome :
       {net::Outcome::truncated, net::Outcome::malformed, net::Outcome::too_large, net::Outcome::timed_out}) {
    StepResult result;
    result.state = StepState::ran;
    result.arrival.landed = Landing::stuck;
    result.answer.outcome = result.arrival.outcome = outcome;
    EXPECT_EQ(
        Judge({&result, 1}).holds(expectation_of(R"({"denied":true})", R"("authorize":{})"), result, Verb::authorize),
        unknown);
  }
}

TEST(Judge, Differ) {
  StepResult results[2];
  answered(results[0], json(R"({"access_token":"a"})"));
  answered(results[1], json(R"({"access_token":"b"})"));
  const Judge judge(results);
  rules::That that;
  that.kind = rules::That::Kind::distinct;
  const auto field = [](int slot, Field f) {
    return rules::Template{rules::Piece{rules::Piece::Kind::field, "", slot, f}};
  };
  that.values = {field(0, Field::access_token), field(1, Field::access_token)};
  EXPECT_EQ(judge.differ(that), yes);
  that.kind = rules::That::Kind::same;
  EXPECT_EQ(judge.differ(that), no);
  that.values.push_back(field(1, Field::refresh_token));
  EXPECT_EQ(judge.differ(that), unknown);
}

TEST(Judge, FillsTemplates) {
  StepResult result;
  answered(result, json(R"({"access_token":"a\u0062","expires_in":60})", 201));
  const Judge judge({&result, 1});
  const auto filled = [&](rules::Template value) {
    std::string out;
    return judge.append(out, value) ? out : "(missing)";
  };
  using rules::Piece;
  EXPECT_EQ(filled({Piece{Piece::Kind::literal, "x-", -1, {}}, Piece{Piece::Kind::field, "", 0, Field::access_token}}),
            "x-ab");
  EXPECT_EQ(filled({Piece{Piece::Kind::field, "", 0, Field::expires_in}, Piece{Piece::Kind::literal, "s", -1, {}}}),
            "60s");
  EXPECT_EQ(filled({Piece{Piece::Kind::field, "", 0, Field::status}}), "201");
  EXPECT_EQ(filled({Piece{Piece::Kind::field, "", 0, Field::refresh_token}}), "(missing)");
  EXPECT_EQ(filled({Piece{Piece::Kind::fresh_random, "", -1, {}}}).size(), 43u);
  EXPECT_EQ(filled({Piece{Piece::Kind::fresh_word, "", -1, {}}}).size(), 8u);
}

TEST(StepResult, ForgetsTheLastRun) {
  StepResult result;
  answered(result, json(tokens));
  result.arrival.landed = Landing::redirect_uri;
  result.exchanges.push_back(1);
  result.clear();
  EXPECT_FALSE(result.has(Field::access_token));
  EXPECT_EQ(result.status(), 0);
  EXPECT_FALSE(result.answer.ok());
  EXPECT_EQ(result.arrival.landed, Landing::stuck);
  EXPECT_TRUE(result.exchanges.empty());
}

TEST(DescribeAnswer, ShowsNoSecretsAndNoControlCharacters) {
  StepResult result;
  answered(
      result,
      json(
          R"({"access_token":"s3cret-access","refresh_token":"s3cret-refresh","id_token":"s3cret-id","scope":"a\u001b[2J","token_type":"Bearer"})"));
  const auto said = describe_answer(result, Verb::token);
  EXPECT_EQ(said.find("s3cret"), std::string::npos) << said;
  EXPECT_EQ(said.find('\x1b'), std::string::npos) << said;
  EXPECT_THAT(said, HasSubstr("200 with access_token"));
  answered(result, json(R"({"error":"invalid_grant","error_description":"\u202eevil"})", 400));
  EXPECT_THAT(describe_answer(result, Verb::token), HasSubstr("400 invalid_grant (\\u{202e}evil)"));
}

}  // namespace
}  // namespace assay::engine

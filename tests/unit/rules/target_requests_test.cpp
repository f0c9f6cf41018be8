// Settings of a target file about the shape of requests: defaults, what strings may hold, and what is refused.
#include "rules/target_requests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/target.hpp"

namespace assay::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::optional<std::string> environment(const std::string& name) {
  if (name == "SECRET") return "s3\"cret${user.name}";
  return std::nullopt;
}

std::string with(std::string_view members, std::string_view client = R"("id":"w",)") {
  return R"({"issuer":"https://as.example","clients":{"web":{)" + std::string(client) +
         R"("redirect_uris":["http://c/cb"]}},)" + std::string(members) + "}";
}

Target load(std::string_view text) {
  auto target = load_target({"t.jsonc", std::string(text)}, environment);
  if (!target)
    for (const auto& problem : target.error()) ADD_FAILURE() << to_string(problem);
  return target ? std::move(*target) : Target{};
}

std::string problems_of(const std::string& text) {
  auto target = load_target({"t.jsonc", text}, environment);
  std::string out;
  if (!target)
    for (const auto& problem : target.error()) out += to_string(problem) + "\n";
  return out;
}

// Holes as {name}, so that a whole text can be compared.
std::string shown(const RequestText& text) {
  std::string out;
  for (const auto& piece : text) out += piece.name.empty() ? piece.text : "{" + piece.name + "}";
  return out;
}

TEST(TargetRequests, DefaultsAreTheRfcs) {
  const auto target = load(with(R"("scope":"a")"));
  EXPECT_EQ(target.token_request.format, RequestFormat::form);
  EXPECT_EQ(target.token_request.accept, "application/json");
  EXPECT_TRUE(target.authorization_request.by_browser());
  EXPECT_FALSE(target.registration);
}

TEST(TargetRequests, ShapesOfEndpoints) {
  const auto target = load(with(
      R"("token_request":{"format":"query","accept":""},"introspection_request":{"format":"json"},"revocation_request":{"accept":"*/*"})"));
  EXPECT_EQ(target.token_request.format, RequestFormat::query);
  EXPECT_EQ(target.token_request.accept, "");
  EXPECT_EQ(target.introspection_request.format, RequestFormat::json);
  EXPECT_EQ(target.revocation_request.format, RequestFormat::form);
  EXPECT_EQ(target.revocation_request.accept, "*/*");
}

TEST(TargetRequests, ABodyKeepsItsShapeAndItsHoles) {
  const auto target =
      load(with(R"("registration":{"url":"https://as/apps?by=${client.role}","headers":{"X-Key":"k ${env:SECRET}"},
    "body":{"name":"assay ${client.role}","uris":"${client.redirect_uris}","more":[1,true,null,{"a\"b":"c\"d"}],"secret":"${env:SECRET}"},
    "client_id":"/app_id"})",
                R"("auth":"post",)"));
  ASSERT_TRUE(target.registration);
  const auto& request = target.registration->request;
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(shown(request.url), "https://as/apps?by={client.role}");
  // What a variable holds is not read again.
  EXPECT_EQ(shown(request.headers.at(0).second), "k s3\"cret${user.name}");
  EXPECT_EQ(shown(*request.body),
            R"({"name":"assay {client.role}","uris":{client.redirect_uris},"more":[1,true,null,{"a\"b":"c\"d"}],)"
            R"("secret":"s3\"cret${user.name}"})");
  EXPECT_EQ(request.secrets.size(), 2u);
  EXPECT_EQ(target.registration->client_id, "/app_id");
  EXPECT_EQ(target.registration->client_secret, "/client_secret");
  EXPECT_EQ(target.clients.at("web").auth, ClientAuth::post);
  EXPECT_EQ(target.clients.at("web").id, "");
}

TEST(TargetRequests, AFormAsBody) {
  const auto target = load(with(
      R"("authorization_request":{"format":"json","bearer_token":{"url":"https://as/login","format":"form","body":{"user name":"${user.name}","p":"a&b"}}})"));
  const auto& bearer = target.authorization_request.bearer_token;
  ASSERT_TRUE(bearer && bearer->request);
  EXPECT_EQ(shown(*bearer->request->body), "user+name={user.name}&p=a%26b");
  EXPECT_EQ(bearer->pointer, "/access_token");
}

TEST(TargetRequests, ATokenMayBeGiven) {
  const auto target =
      load(with(R"("authorization_request":{"format":"query","bearer_token":"${env:SECRET}","code":"/code"})"));
  EXPECT_EQ(target.authorization_request.bearer_token->token.reveal(), "s3\"cret${user.name}");
  EXPECT_EQ(target.authorization_request.redirect_uri, "");
  EXPECT_EQ(target.authorization_request.code, "/code");
}

TEST(TargetRequests, AllProblemsAtOnce) {
  const auto problems = problems_of(with(
      R"("token_request":{"format":"jason"},"authorization_request":{"bearer_token":{"body":{}},"code":"code"},)"
      R"("registration":{"url":"ftp://x","body":{"a":"${client.rôle}","b":"${env:NOBODY}","c":"x ${client.scopes}"}})"));
  EXPECT_THAT(problems, HasSubstr("did you mean \"json\"?"));
  EXPECT_THAT(problems, HasSubstr("the member \"url\" is missing"));
  EXPECT_THAT(problems, HasSubstr("\"code\" is not a JSON pointer"));
  EXPECT_THAT(problems, HasSubstr("without a browser"));
  EXPECT_THAT(problems, HasSubstr("\"ftp://x\" is not an http or https URL"));
  EXPECT_THAT(problems, HasSubstr("the environment variable NOBODY is not set"));
  EXPECT_THAT(problems, HasSubstr("is a list: it stands alone"));
  EXPECT_THAT(problems, testing::Not(HasSubstr("s3")));
}

TEST(TargetRequests, WithoutARegistrationAClientHasAnId) {
  EXPECT_THAT(problems_of(with(R"("scope":"a")", "")), HasSubstr("the member \"id\" is missing"));
  EXPECT_EQ(problems_of(with(R"("registration":{})", "")), "");
}

}  // namespace
}  // namespace assay::rules

// Which product a server seems to be: by strong signs or two weak ones, and rather none than a wrong one.
#include "engine/product.hpp"

#include "base/embedded.hpp"
#include "rules/library.hpp"
#include "tests/support/engine_test.hpp"

namespace assay::engine {
namespace {

std::map<std::string, rules::Product> embedded_products() {
  std::map<std::string, rules::Product> out;
  base::Diagnostics problems;
  for (const auto& file : base::embedded_files())
    if (file.path.starts_with("scenarios/products/"))
      rules::load_product({std::string(file.path), std::string(file.content)}, out, problems);
  for (const auto& problem : problems) ADD_FAILURE() << base::to_string(problem);
  return out;
}

class ProductTest : public testing::Test {
 protected:
  std::string found() {
    const auto recognised = recognise(products, issuer, metadata, exchanges);
    because = recognised.because;
    return recognised.product ? recognised.product->id : "";
  }
  void metadata_with(const std::string& member, const std::string& word) {
    if (!metadata) metadata.emplace();
    metadata->advertised[member] = {word};
  }
  void answer(const std::string& text) {
    record::Exchange exchange;
    exchange.response = text;
    exchanges.push_back(exchange);
  }

  std::map<std::string, rules::Product> products = embedded_products();
  std::string issuer = "https://login.example", because;
  std::optional<oauth::Metadata> metadata;
  std::vector<record::Exchange> exchanges;
};

TEST_F(ProductTest, ByTheIssuer) {
  const std::pair<const char*, const char*> table[] = {{"https://tenant.eu.auth0.com/", "auth0"},
                                                       {"https://login.microsoftonline.com/x/v2.0", "entra-id"},
                                                       {"https://org.okta.com/oauth2/default", "okta"},
                                                       {"https://accounts.google.com", "google"},
                                                       {"https://login.example", ""}};
  for (const auto& [url, id] : table) {
    issuer = url;
    EXPECT_EQ(found(), id) << url;
  }
}

TEST_F(ProductTest, OneWeakSignIsNotEnough) {
  issuer = "https://am.example/am/oauth2/realms/root/realms/alpha";
  EXPECT_EQ(found(), "");
  metadata_with("token_endpoint", "https://login.example/realms/x/protocol/openid-connect/token");
  EXPECT_EQ(found(), "keycloak");
  EXPECT_THAT(because, HasSubstr("realms in the issuer URL"));
}

TEST_F(ProductTest, ByHeadersTitlesAndErrors) {
  answer("HTTP/1.1 200 OK\r\nset-cookie: GLEWLWYD2_SESSION_ID=abc; Path=/\r\n\r\n");
  EXPECT_EQ(found(), "glewlwyd");
  exchanges.clear();
  answer(
      "HTTP/1.1 400 Bad Request\r\n\r\n{\"error\":\"invalid_grant\",\"error_description\":\"Invalid \\\"code\\\" in "
      "request.\"}");
  EXPECT_EQ(found(), "authlib");
  exchanges.clear();
  answer("HTTP/1.1 400 Bad Request\r\n\r\n<html><title>\n oops! something went wrong</title>");
  EXPECT_EQ(found(), "");
  metadata_with("introspection_endpoint", "https://login.example/token/introspection");
  EXPECT_EQ(found(), "oidc-provider");
}

TEST_F(ProductTest, TwoThatAreAsLikelyAreNone) {
  answer("HTTP/1.1 200 OK\r\nx-okta-request-id: 1\r\nx-auth0-requestid: 2\r\n\r\n");
  EXPECT_EQ(found(), "");
}

TEST_F(ProductTest, OddAnswersAreNoSigns) {
  for (const char* text : {"", "HTTP/1.1", "\r\n\r\n", "HTTP/1.1 200 OK\r\n:\r\n\r\n<title", "\r\n\r\n<title></title>"})
    answer(text);
  EXPECT_EQ(found(), "");
}

TEST_F(ProductTest, WordsForWhatIsWrongOnly) {
  record::Run run;
  run.issuer = "https://tenant.eu.auth0.com/";
  run.preflight = {{"login", Verdict::blocked, "", ""}, {"keys", Verdict::pass, "", ""}};
  run.preflight[0].problem = "redirect-uri";
  add_product_words(products, metadata, run);
  EXPECT_EQ(run.product, "Auth0");
  EXPECT_THAT(run.preflight[0].product_hint, HasSubstr("Allowed Callback URLs"));
  EXPECT_EQ(run.preflight[1].product_hint, "");
}

TEST(Products, MistakesInTheirFilesAreNamed) {
  std::map<std::string, rules::Product> out;
  base::Diagnostics problems;
  rules::load_product({"products/x.jsonc", R"({"id":"y","name":"Y","signs":[{"in":"titel","says":"s"},
    {"in":"issuer","name":"n","like":"*","says":"s","weak":true}],"advice":{"grnat":"..."}})"},
                      out, problems);
  std::string all;
  for (const auto& problem : problems) all += base::to_string(problem) + "\n";
  for (const char* words :
       {"the id is not the file's name", "title", "only headers", "not enough", "did you mean \"grant\"?"})
    EXPECT_THAT(all, HasSubstr(words));
}

}  // namespace
}  // namespace assay::engine

// The provider under attack: what clients send is remembered within bounds, and good ones are served meanwhile. Floods on the
// wire are in unit/net/server_attack_test.cpp.
#include "tests/unit/mock/visitor.hpp"

namespace assay::mock {
namespace {

class Attack : public ProviderTest {
 protected:
  static ProviderOptions with_pages() {
    auto made = options();
    made.login = LoginMode::form;
    made.control = true;
    return made;
  }
  Attack() : ProviderTest(with_pages()) {}
  static constexpr std::size_t size = 50'000;
};

TEST_F(Attack, TheLogKeepsNoLongPaths) {
  for (int i = 0; i < 3; ++i) get("/userinfo?" + std::string(size, 'p'));
  send(std::string(size, 'M'), "/token");
  for (const auto& request : application.request_log.read(0))
    EXPECT_LT(request.method.size() + request.path.size(), 300u);
}

TEST_F(Attack, OtherMethodsAreRefusedEverywhere) {
  for (const char* path :
       {"/authorize", "/token", "/login", "/consent", "/introspect", "/revoke", "/userinfo", "/resource", "/register",
        "/par", "/jwks", "/.well-known/openid-configuration", "/_assay/clock"})
    for (const char* method : {"PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "OPTIONS", "get", "X"}) {
      const auto reply = send(method, path, {{"Authorization", "Bearer " + std::string(application.control_token())}});
      EXPECT_EQ(reply.status, 405) << method << ' ' << path;
      EXPECT_NE(reply.field("Allow"), "") << method << ' ' << path;
    }
  EXPECT_EQ(send("PUT", "/elsewhere").status, 404);
}

TEST_F(Attack, NonsenseIsRefused) {
  const std::string deep = std::string(30'000, '[') + std::string(30'000, ']');
  const std::string many = [] {
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += "a=&";
    return text;
  }();
  const Pairs json{{"Content-Type", "application/json"}}, form{{"Content-Type", "application/x-www-form-urlencoded"}};
  for (const auto& body :
       {deep, R"({"redirect_uris":)" + deep + "}", many, std::string(60'000, '\0'), std::string("\xff\xfe%%%=&=&")})
    for (const char* path :
         {"/token", "/introspect", "/revoke", "/register", "/par", "/login", "/consent", "/authorize", "/resource"})
      for (const auto& type : {json, form}) {
        const auto reply = send("POST", path, type, body);
        EXPECT_TRUE(reply.status >= 400 && reply.status < 500) << reply.status << ' ' << path;
        EXPECT_LT(reply.body.size(), 10'000u);
      }
  EXPECT_EQ(client_credentials().status, 200);
}

}  // namespace
}  // namespace assay::mock

// A client and a browser in one, for tests of the provider: builds requests, calls Application::handle, reads answers. No socket.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/encoding.hpp"
#include "base/json_walk.hpp"
#include "crypto/digest.hpp"
#include "mock-provider/application.hpp"

namespace assay::mock {

using Pairs = std::vector<std::pair<std::string, std::string>>;

inline std::string form_of(const Pairs& pairs) {
  std::string text;
  for (const auto& [name, value] : pairs) {
    if (!text.empty()) text += '&';
    text += base::form_encoded(name) + '=' + base::form_encoded(value);
  }
  return text;
}

// `pairs` with `name` set to `value`.
inline Pairs with(Pairs pairs, std::string_view name, std::string_view value) {
  for (auto& pair : pairs)
    if (pair.first == name) {
      pair.second = value;
      return pairs;
    }
  pairs.emplace_back(name, value);
  return pairs;
}

inline Pairs without(Pairs pairs, std::string_view name) {
  std::erase_if(pairs, [&](const auto& pair) { return pair.first == name; });
  return pairs;
}

inline Pairs plus(Pairs pairs, std::string_view name, std::string_view value) {
  pairs.emplace_back(name, value);
  return pairs;
}

struct Reply {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;

  std::string field(std::string_view name) const {
    for (const auto& [key, value] : fields)
      if (key == name) return value;
    return {};
  }
  std::string json(std::string_view member) const {
    return base::find_json(body, "/" + std::string(member)).unescaped();
  }
  bool has_json(std::string_view member) const {
    return base::find_json(body, "/" + std::string(member)).type != base::JsonType::absent;
  }
  // A parameter of the redirect.
  std::string sent(std::string_view name) const {
    const auto location = field("Location");
    const auto mark = location.find('?');
    if (mark == std::string::npos) return {};
    const auto parameters = base::parse_form(std::string_view(location).substr(mark + 1));
    const auto* value = base::find_parameter(parameters, name);
    return value ? *value : std::string();
  }
  bool redirects_to(std::string_view uri) const { return field("Location").starts_with(std::string(uri) + '?'); }
  // The value of a hidden field of a page.
  std::string hidden(std::string_view name) const {
    const std::string mark = "name=\"" + std::string(name) + "\" value=\"";
    const auto begin = body.find(mark);
    if (begin == std::string::npos) return {};
    return body.substr(begin + mark.size(), body.find('"', begin + mark.size()) - begin - mark.size());
  }
};

constexpr std::string_view test_verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";   // RFC 7636 appendix B
constexpr std::string_view test_challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";  // RFC 7636 appendix B
constexpr std::string_view callback = "http://127.0.0.1:4999/cb";
constexpr std::string_view other_callback = "http://127.0.0.1:4999/other";

struct Tokens {
  std::string access, refresh;
};

class ProviderTest : public testing::Test {
 protected:
  static ProviderOptions options() {
    ProviderOptions made;
    made.issuer = "http://127.0.0.1:4100";
    made.login = LoginMode::auto_;
    return made;
  }
  explicit ProviderTest(const ProviderOptions& chosen = options()) : application(chosen) {}

  void break_(std::initializer_list<std::string> names) {
    const std::vector<std::string> list(names);
    const auto set = DefectSet::of(list);
    if (!set) throw std::runtime_error(set.error().doing);
    application.defects.replace(*set);
  }

  Reply send(std::string_view method, std::string_view target, const Pairs& fields = {}, std::string_view body = {}) {
    net::ServerRequest request;
    request.method = method;
    request.target = target;
    request.path = target.substr(0, target.find('?'));
    if (request.path.size() < target.size()) request.query = target.substr(request.path.size() + 1);
    request.body = body;
    for (const auto& [name, value] : fields) request.fields.push_back({name, value});
    std::string cookie_field;
    for (const auto& [name, value] : cookies) cookie_field += (cookie_field.empty() ? "" : "; ") + name + '=' + value;
    if (!cookies.empty()) request.fields.push_back({"Cookie", cookie_field});
    net::ServerResponse response;
    application.handle(request, response);

    Reply reply{response.status, {}, response.body};
    std::string_view rest = response.fields;
    while (!rest.empty()) {
      const auto line = rest.substr(0, rest.find("\r\n"));
      rest.remove_prefix(line.size() + 2);
      const auto colon = line.find(": ");
      reply.fields.emplace_back(line.substr(0, colon), line.substr(colon + 2));
      if (reply.fields.back().first == "Set-Cookie") {
        const auto pair = reply.fields.back().second.substr(0, reply.fields.back().second.find(';'));
        cookies[pair.substr(0, pair.find('='))] = pair.substr(pair.find('=') + 1);
      }
    }
    return reply;
  }
  Reply get(const std::string& target, const Pairs& fields = {}) { return send("GET", target, fields); }
  Reply post(const std::string& target, const Pairs& form, Pairs fields = {}) {
    fields.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    return send("POST", target, fields, form_of(form));
  }

  static Pairs authorization(std::string_view client = "web", std::string_view scope = "openid read write") {
    return {{"response_type", "code"},
            {"client_id", std::string(client)},
            {"redirect_uri", std::string(callback)},
            {"scope", std::string(scope)},
            {"state", "a b&c"},
            {"code_challenge", std::string(test_challenge)},
            {"code_challenge_method", "S256"}};
  }
  Reply authorize(const Pairs& parameters = authorization()) { return get("/authorize?" + form_of(parameters)); }
  std::string code(const Pairs& parameters = authorization()) { return authorize(parameters).sent("code"); }

  static Pairs as(std::string_view client, Pairs form) {
    form.emplace_back("client_id", client);
    if (client != "spa") form.emplace_back("client_secret", std::string(client) + "-secret");
    return form;
  }
  static Pairs redemption(std::string_view code_text, std::string_view client = "web") {
    return as(client, {{"grant_type", "authorization_code"},
                       {"code", std::string(code_text)},
                       {"redirect_uri", std::string(callback)},
                       {"code_verifier", std::string(test_verifier)}});
  }
  Reply token(const Pairs& form, const Pairs& fields = {}) { return post("/token", form, fields); }
  Reply redeem(std::string_view code_text, std::string_view client = "web") {
    return token(redemption(code_text, client));
  }
  Tokens tokens(std::string_view client = "web", std::string_view scope = "openid read write") {
    const auto reply = redeem(code(authorization(client, scope)), client);
    return {reply.json("access_token"), reply.json("refresh_token")};
  }
  Reply refresh(std::string_view text, std::string_view client = "web", std::string_view scope = {}) {
    Pairs form{{"grant_type", "refresh_token"}, {"refresh_token", std::string(text)}};
    if (!scope.empty()) form.emplace_back("scope", scope);
    return token(as(client, form));
  }
  Reply client_credentials(std::string_view scope = "read", std::string_view client = "service") {
    return token(as(client, {{"grant_type", "client_credentials"}, {"scope", std::string(scope)}}));
  }
  Reply bearer(const std::string& path, std::string_view text) {
    return get(path, {{"Authorization", "Bearer " + std::string(text)}});
  }
  bool lives(std::string_view access_token) { return bearer("/resource", access_token).status == 200; }
  Reply introspect(std::string_view text, std::string_view client = "web") {
    return post("/introspect", as(client, {{"token", std::string(text)}}));
  }

  Application application;
  std::map<std::string, std::string> cookies;
};

inline void expect_refused(const Reply& reply, std::string_view error, int status = 400) {
  EXPECT_EQ(reply.status, status) << reply.body;
  EXPECT_EQ(reply.json("error"), error) << reply.body;
  EXPECT_FALSE(reply.has_json("access_token"));
  EXPECT_NE(reply.json("error_description"), "");
  EXPECT_EQ(reply.field("Content-Type"), "application/json");
  EXPECT_EQ(reply.field("Cache-Control"), "no-store");
  EXPECT_EQ(reply.field("Pragma"), "no-cache");
}

}  // namespace assay::mock

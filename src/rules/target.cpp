#include "rules/target.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/url.hpp"
#include "rules/compile_context.hpp"
#include "rules/endpoint_names.hpp"
#include "rules/env_file.hpp"
#include "rules/read_login.hpp"

namespace assay::rules {
namespace {

constexpr std::string_view kAuthMethods[] = {"basic", "post", "none"};
constexpr std::string_view kBasicForms[] = {"encoded", "raw"};
constexpr std::string_view kOracles[] = {"introspection", "userinfo", "resource"};
constexpr std::string_view kNumber = "{n}";  // in the name of a pool of users
constexpr long long kMostUsers = 10'000'000;

class TargetReader {
 public:
  TargetReader(const Node& root, const Environment& environment) : root_(root), environment_(environment) {}

  Target read() {
    if (!root_.is_object()) {
      root_.problem("a target is an object");
      return {};
    }
    root_.expect_members({"$schema",
                          "name",
                          "issuer",
                          "discovery",
                          "endpoints",
                          "hosts",
                          "clients",
                          "users",
                          "user_pool",
                          "login",
                          "scope",
                          "scope_narrow",
                          "scope_foreign",
                          "service_scope",
                          "resource_uri",
                          "resource_uri_other",
                          "authorize_params",
                          "grants",
                          "pkce",
                          "profile",
                          "preset",
                          "waivers",
                          "settings",
                          "oracle",
                          "tls",
                          "permission",
                          "env_file",
                          "token_request",
                          "introspection_request",
                          "revocation_request",
                          "authorization_request",
                          "registration"});
    text(root_, "name", target_.name);
    url(root_, "issuer", target_.issuer);
    if (const auto node = root_.member("discovery")) {
      if (node->is_boolean()) {
        if (node->json().get<bool>()) node->problem("write the URL of the metadata, or false");
        target_.discovery = "";
      } else {
        std::string value;
        url(root_, "discovery", value);
        target_.discovery = value;
      }
    }
    endpoints();
    hosts();
    clients();
    users();
    user_pool();
    login();
    text(root_, "scope", target_.scope);
    text(root_, "scope_narrow", target_.scope_narrow);
    text(root_, "scope_foreign", target_.scope_foreign);
    text(root_, "service_scope", target_.service_scope);
    text(root_, "resource_uri", target_.resource_uri);
    text(root_, "resource_uri_other", target_.resource_uri_other);
    if (const auto node = root_.member("authorize_params"))
      for (const auto& [name, value] : node->members())
        if (auto filled = filled_string(value)) target_.authorize_params.emplace_back(name, *filled);
    if (const auto node = root_.member("grants")) target_.grants = node->strings();
    if (const auto node = root_.member("pkce")) target_.pkce = node->boolean();
    text(root_, "profile", target_.profile);
    text(root_, "preset", target_.preset);
    text(root_, "waivers", target_.waivers);
    settings();
    if (const auto node = root_.member("oracle")) {
      target_.oracle.clear();
      for (const auto& element : node->elements())
        if (const auto word = element.word(kOracles, "oracle")) target_.oracle.emplace_back(kOracles[*word]);
    }
    if (const auto node = root_.member("tls")) {
      node->expect_members({"ca_file", "verify"});
      text(*node, "ca_file", target_.ca_file);
      if (const auto verify = node->member("verify")) target_.verify_certificate = verify->boolean().value_or(true);
    }
    permission();
    read_target_requests(root_, environment_, target_);
    if (target_.issuer.empty() && target_.endpoints.token.empty())
      root_.problem("neither \"issuer\" nor \"endpoints\" says where the server is",
                    "give the issuer's URL, or at least endpoints.token");
    return target_;
  }

 private:
  std::optional<std::string> filled_string(const Node& node) {
    return fill_environment(node, environment_, &fillings_);
  }

  void text(const Node& node, std::string_view name, std::string& out) {
    if (const auto member = node.member(name))
      if (auto value = filled_string(*member)) out = std::move(*value);
  }

  void url(const Node& node, std::string_view name, std::string& out) {
    const auto member = node.member(name);
    if (!member) return;
    const auto value = filled_string(*member);
    if (!value) return;
    if (!base::parse_url(*value))
      member->problem("\"" + *value + "\" is not an http or https URL", "write it whole, with https://");
    out = *value;
  }

  void endpoints() {
    const auto node = root_.member("endpoints");
    if (!node) return;
    std::vector<std::string> names;
    for (const auto& [name, member] : kEndpointNames) names.emplace_back(name);
    node->expect_members(names);
    for (const auto& [name, member] : kEndpointNames) url(*node, name, target_.endpoints.*member);
  }

  void hosts() {
    const auto node = root_.member("hosts");
    if (!node) return;
    for (const auto& element : node->elements()) {
      const auto value = filled_string(element);
      if (!value) continue;
      const bool v6 = std::ranges::count(*value, ':') > 1;
      const bool bare = value->find_first_of(v6 ? "/@?#*[] " : "/@?#*[] :") == std::string::npos;
      if (const auto url = base::parse_url("http://" + (v6 ? "[" + *value + "]" : *value)); bare && url)
        target_.hosts.push_back(url->host);
      else
        element.problem("\"" + *value + "\" is not a host",
                        "write the name alone, such as api.example.com; it stands for all ports");
    }
  }

  void clients() {
    const auto node = root_.required("clients");
    if (!node) return;
    std::vector<std::string> roles(std::begin(kTargetRoles), std::end(kTargetRoles));
    if (!node->expect_members(roles) && !node->is_object()) return;
    if (node->json().empty()) node->problem("no client is given", "give at least one of web, spa, second, service");
    for (const auto& [role, member] : node->members()) {
      if (!member.is_object()) {
        member.problem("a client is an object", "for example { \"id\": \"web\", \"secret\": \"${env:WEB_SECRET}\" }");
        continue;
      }
      member.expect_members({"id", "secret", "auth", "basic", "redirect_uris", "management"});
      TargetClient client;
      // Without an id, it is registered first; with what secret, is seen then.
      const bool registered = root_.has("registration") && !member.has("id");
      if (registered || member.required("id")) text(member, "id", client.id);
      if (registered && member.has("secret"))
        member.problem("the client \"" + role + "\" has a secret but no id", "add \"id\", or leave out the secret");
      std::string secret;
      text(member, "secret", secret);
      client.secret = base::Secret(secret);
      client.auth = member.has("secret") || registered ? ClientAuth::basic : ClientAuth::none;
      if (const auto auth = member.member("auth"))
        if (const auto word = auth->word(kAuthMethods, "client authentication method"))
          client.auth = static_cast<ClientAuth>(*word);
      if (client.auth != ClientAuth::none && !member.has("secret") && !registered)
        member.problem("the client \"" + role + "\" authenticates with a secret but has none",
                       "add \"secret\", or \"auth\": \"none\"");
      if (const auto basic = member.member("basic"))
        if (const auto word = basic->word(kBasicForms, "form of Basic credentials")) client.raw_basic = *word == 1;
      if (const auto uris = member.member("redirect_uris"))
        for (const auto& element : uris->elements())
          if (auto value = filled_string(element)) client.redirect_uris.push_back(*value);
      if (const auto management = member.member("management")) read_management(*management, client);
      if (role != "service" && client.redirect_uris.empty())
        member.problem("the client \"" + role + "\" has no redirect URI",
                       "add \"redirect_uris\": [\"http://127.0.0.1:4999/cb\"], as registered");
      target_.clients[role] = std::move(client);
    }
  }

  // Only needed to remove the client again: a run elsewhere need not have the token.
  void read_management(const Node& node, TargetClient& client) {
    if (!node.expect_members({"uri", "token"}) && !node.is_object()) return;
    url(node, "uri", client.registration_uri);
    const auto token = node.member("token");
    if (!token) return;
    if (const auto text = token->string(); text && text->starts_with("${env:") && text->find('}') == text->size() - 1 &&
                                           !environment_(text->substr(6, text->size() - 7)))
      return;
    if (const auto value = filled_string(*token)) client.registration_token = base::Secret(*value);
  }

  void users() {
    const auto node = root_.member("users");
    if (!node) return;
    for (const auto& element : node->elements()) {
      if (!element.expect_members({"name", "password"}) && !element.is_object()) continue;
      TargetUser user;
      std::string password;
      if (element.required("name")) text(element, "name", user.name);
      if (element.required("password")) text(element, "password", password);
      user.password = base::Secret(password);
      target_.users.push_back(std::move(user));
    }
  }

  void user_pool() {
    const auto node = root_.member("user_pool");
    if (!node) return;
    if (!node->expect_members({"name", "password", "first", "count"}) && !node->is_object()) return;
    TargetUserPool pool;
    if (const auto name = node->required("name")) {
      text(*node, "name", pool.name);
      const auto at = pool.name.find(kNumber);
      if (name->is_string() && (at == std::string::npos || pool.name.find(kNumber, at + 1) != std::string::npos))
        name->problem("the name of the users in a pool holds {n} once, where their number stands",
                      "write \"user-{n}\" for user-1, user-2, ...");
    }
    std::string password;
    if (node->required("password")) text(*node, "password", password);
    pool.password = base::Secret(password);
    const auto number = [&](const Node& member, long long least, unsigned& out) {
      const auto value = member.integer();
      if (!value) return;
      if (*value >= least && *value <= kMostUsers) out = static_cast<unsigned>(*value);
      else
        member.problem("a number from " + std::to_string(least) + " to " + std::to_string(kMostUsers) +
                       " is needed here");
    };
    if (const auto first = node->member("first")) number(*first, 0, pool.first);
    if (const auto count = node->required("count")) number(*count, 1, pool.count);
    target_.user_pool = std::move(pool);
  }

  void login() {
    const auto node = root_.member("login");
    if (!node) return;
    const auto before = fillings_.size();
    target_.login = read_login(*node, [this](const Node& text, const std::string& name) {
      return outside_value(text, name, environment_, &fillings_);
    });
    for (auto j = before; j < fillings_.size(); ++j) target_.login.secrets.push_back(fillings_[j]);
  }

  void settings() {
    const auto node = root_.member("settings");
    if (!node) return;
    node->expect_members({"refresh_grace", "refresh_idle_lifetime", "code_lifetime", "clock_skew", "timeout"});
    const auto duration = [&](std::string_view name, std::chrono::nanoseconds& out) {
      if (const auto member = node->member(name))
        if (const auto value = member->duration()) out = *value;
    };
    duration("refresh_grace", target_.refresh_grace);
    if (node->has("refresh_idle_lifetime")) duration("refresh_idle_lifetime", target_.refresh_idle_lifetime.emplace());
    duration("code_lifetime", target_.code_lifetime);
    duration("clock_skew", target_.clock_skew);
    duration("timeout", target_.timeout);
    if (target_.timeout < std::chrono::milliseconds(1)) node->problem("\"timeout\" must be longer than nothing");
  }

  void permission() {
    const auto node = root_.member("permission");
    if (!node) return;
    node->expect_members({"who", "until", "rate"});
    TargetPermission permission;
    if (node->required("who")) text(*node, "who", permission.who);
    if (const auto until = node->required("until")) {
      text(*node, "until", permission.until);
      const auto& date = permission.until;
      const bool good = date.size() == 10 && date[4] == '-' && date[7] == '-' &&
                        std::ranges::count_if(date, [](char c) { return c >= '0' && c <= '9'; }) == 8;
      if (!good) until->problem("\"" + date + "\" is not a date", "write it as 2027-01-31");
    }
    if (const auto rate = node->required("rate")) {
      if (rate->json().is_number() && rate->json().get<double>() > 0) permission.rate = rate->json().get<double>();
      else rate->problem("the rate is a number above zero, in requests per second");
    }
    target_.permission = std::move(permission);
  }

  Node root_;
  const Environment& environment_;
  std::vector<base::Secret> fillings_;  // what came from outside the file so far
  Target target_;
};

}  // namespace

TargetUser TargetUserPool::user(unsigned index) const {
  TargetUser out{name, password};
  out.name.replace(out.name.find(kNumber), kNumber.size(), std::to_string(first + index));
  return out;
}

std::expected<Target, base::Diagnostics> load_target(const SourceFile& file, const Environment& environment) {
  base::Diagnostics problems;
  Json tree;
  if (!base::parse_jsonc(file.path, file.content, tree, problems)) return std::unexpected(std::move(problems));
  Document document{file.path, base::scan_json_positions(file.path, file.content, problems), problems};
  const Node root(document, tree, "");
  const auto stored = read_env_file(root);
  const Environment both = [&](const std::string& name) -> std::optional<std::string> {
    if (auto value = environment(name)) return value;
    const auto found = stored.find(name);
    return found == stored.end() ? std::nullopt : std::optional(found->second);
  };
  Target target = TargetReader(root, both).read();
  target.file = file.path;
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return target;
}

}  // namespace assay::rules

#include "cli/init_wishes.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/file.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "rules/endpoint_names.hpp"

namespace assay::cli {
namespace {

constexpr std::string_view kRoles[] = {"web", "second", "spa", "spa2", "native", "odd", "service"};
constexpr std::string_view kWellKnown = "/.well-known/";
constexpr std::size_t kSecretLimit = 64 * 1024;  // bytes of a file

class Reader {
 public:
  explicit Reader(const InitOptions& options) : options_(options) {}

  std::expected<InitWishes, Stop> read() {
    if (!options_.issuer.empty()) {
      if (auto issuer = read_issuer(options_.issuer)) out_.issuer = std::move(*issuer);
      else problem(issuer.error());
    }
    out_.registration_token =
        secret("--registration-token", options_.registration_token_env, options_.registration_token_file);
    clients();
    users();
    for (const auto& text : options_.endpoints) endpoint(text);
    for (const auto& text : options_.authorize_params) {
      const auto equals = text.find('=');
      if (equals == std::string::npos || equals == 0) problem("--authorize-param " + text + ": write NAME=VALUE");
      else out_.authorize_params.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    if (problems_.empty()) return std::move(out_);
    return std::unexpected(Stop{kUsage, problems_ + "nothing was sent"});
  }

 private:
  void problem(const std::string& text) { problems_ += "assay init: " + text + "\n"; }

  WishedSecret secret(const std::string& option, const std::string& variable, const std::string& file) {
    WishedSecret out;
    if (!variable.empty() && !file.empty()) problem(option + "-env and " + option + "-file: give one of them");
    else if (!variable.empty()) {
      const char* value = std::getenv(variable.c_str());
      if (!value) problem(option + "-env: the environment variable " + base::printable(variable, 60) + " is not set");
      else out = {variable, base::Secret(value), true};
    } else if (!file.empty()) {
      auto content = base::read_file(file, kSecretLimit);
      if (!content) problem(option + "-file: cannot " + content.error().doing);
      else {
        while (content->ends_with('\n') || content->ends_with('\r')) content->pop_back();
        if (content->find('\n') != std::string::npos) problem(option + "-file: " + file + " holds more than one line");
        else out = {"", base::Secret(*content), true};
      }
    }
    return out;
  }

  // "spa=abc" -> ("spa", "abc"); "abc" -> ("web", "abc").
  static std::pair<std::string, std::string> with_role(const std::string& text) {
    const auto equals = text.find('=');
    const auto role = text.substr(0, equals);
    if (equals != std::string::npos && std::ranges::find(kRoles, role) != std::end(kRoles))
      return {role, text.substr(equals + 1)};
    return {"web", text};
  }

  void clients() {
    for (const auto& text : options_.client_ids) {
      const auto [role, id] = with_role(text);
      if (id.empty()) problem("--client-id " + text + ": the id is empty");
      else if (!out_.clients.emplace(role, WishedClient{id, {}, {}, {}}).second)
        problem("--client-id: the client \"" + role + "\" is given twice; write ROLE=ID for others");
    }
    const auto each = [&](const std::vector<std::string>& texts, const std::string& option, auto set) {
      for (const auto& text : texts) {
        const auto [role, value] = with_role(text);
        const auto found = out_.clients.find(role);
        if (found == out_.clients.end())
          problem(option + ": there is no client \"" + role + "\"; add --client-id " +
                  (role == "web" ? "" : role + "=") + "ID");
        else set(found->second, value);
      }
    };
    each(options_.client_secret_envs, "--client-secret-env",
         [&](WishedClient& client, const std::string& name) { client.secret = secret("--client-secret", name, ""); });
    each(options_.client_secret_files, "--client-secret-file", [&](WishedClient& client, const std::string& path) {
      if (client.secret.given) problem("--client-secret-env and --client-secret-file: give one of them per client");
      client.secret = secret("--client-secret", "", path);
    });
    each(options_.client_auths, "--client-auth", [&](WishedClient& client, const std::string& word) {
      if (word == "basic") client.auth = rules::ClientAuth::basic;
      else if (word == "post") client.auth = rules::ClientAuth::post;
      else if (word == "none") client.auth = rules::ClientAuth::none;
      else problem("--client-auth " + base::printable(word, 40) + ": write basic, post or none");
    });
    for (const auto& text : options_.redirect_uris) {
      const auto [role, uri] = with_role(text);
      if (!base::parse_url(uri) && !uri.contains(":/"))
        problem("--redirect-uri " + base::printable(uri, 80) +
                ": write it whole, as registered: http://127.0.0.1:4999/cb");
      else if (const auto found = out_.clients.find(role); found != out_.clients.end())
        found->second.redirect_uris.push_back(uri);
      else if (role == "web") out_.redirect_uris.push_back(uri);
      else problem("--redirect-uri: there is no client \"" + role + "\"; add --client-id " + role + "=ID");
    }
    for (const auto& [role, client] : out_.clients)
      if (client.auth && *client.auth != rules::ClientAuth::none && !client.secret.given)
        problem("--client-auth: the client \"" + role +
                "\" has no secret; add --client-secret-env or --client-secret-file");
  }

  void users() {
    const auto passwords = options_.password_envs.size() + options_.password_files.size();
    if (!options_.password_envs.empty() && !options_.password_files.empty())
      problem("--password-env and --password-file: give one of them for all users");
    if (passwords > 1 && passwords != options_.users.size())
      problem("give one password for all users, or one for each --user");
    if (passwords > 0 && options_.users.empty()) problem("a password without a user: add --user NAME");
    if (passwords == 0 && !options_.users.empty()) problem("--user: add --password-env or --password-file");
    if (!problems_.empty() && passwords != 1 && passwords != options_.users.size()) return;
    for (std::size_t i = 0; i < options_.users.size() && passwords > 0; ++i) {
      const auto nth = [&](const std::vector<std::string>& list) {
        return list.empty() ? "" : list[std::min(i, list.size() - 1)];
      };
      out_.users.push_back(
          {options_.users[i], secret("--password", nth(options_.password_envs), nth(options_.password_files))});
    }
  }

  void endpoint(const std::string& text) {
    const auto equals = std::min(text.find('='), text.size());
    const auto found = std::ranges::find(rules::kEndpointNames, std::string_view(text).substr(0, equals),
                                         [](const auto& one) { return one.first; });
    const auto url = equals < text.size() ? text.substr(equals + 1) : "";
    if (found == rules::kEndpointNames.end() || !base::parse_url(url))
      problem("--endpoint " + base::printable(text, 80) +
              ": write token=https://..., or authorization, introspection, "
              "revocation, userinfo, jwks, resource, registration, par");
    else out_.endpoints.*found->second = url;
  }

  const InitOptions& options_;
  InitWishes out_;
  std::string problems_;
};

}  // namespace

std::expected<std::string, std::string> read_issuer(const std::string& text) {
  const auto shown = base::printable(text, 120);
  const auto url = base::parse_url(text);
  if (!url || !text.contains("://")) {
    const bool host = !text.empty() && text.find_first_of(" \t/") != 0 && !text.contains("://") && text.contains('.');
    return std::unexpected("\"" + shown + "\" is not an http or https URL" +
                           (host ? "; do you mean https://" + shown + "?" : "; write it whole, with https://"));
  }
  // Not shown again: it may be a password.
  if (!url->userinfo.empty()) return std::unexpected("the issuer's URL holds a user name; write it without");
  std::string out = text.substr(0, text.find_first_of("?#"));
  if (const auto at = out.find(kWellKnown); at != std::string::npos) {
    // Before the issuer's path (RFC 8414) or behind it (OpenID Connect).
    const auto rest = out.find('/', at + kWellKnown.size());
    out = out.substr(0, at) + (rest == std::string::npos ? "" : out.substr(rest));
  }
  return out;
}

std::expected<InitWishes, Stop> read_wishes(const InitOptions& options) { return Reader(options).read(); }

std::optional<Stop> choose_files(const InitOptions& options, InitWishes& wishes) {
  namespace fs = std::filesystem;
  wishes.output = options.output;
  if (wishes.output.empty()) {
    const auto url = base::parse_url(wishes.issuer.empty() ? wishes.endpoints.token : wishes.issuer);
    std::string name = url ? url->authority() : "target";
    std::ranges::replace_if(name, [](char c) { return c == ':' || c == '[' || c == ']' || c == '/'; }, '-');
    wishes.output = name + ".jsonc";
  }
  wishes.env_file = fs::path(wishes.output).replace_extension(".env").string();
  std::error_code error;
  for (const auto& path : {wishes.output, wishes.env_file}) {
    if (fs::is_directory(path, error))
      return Stop{kUsage, "assay init: " + path + " is a folder; name a file with --output"};
    if (!options.force && fs::exists(path, error))
      return Stop{kUsage,
                  "assay init: " + path +
                      " is there already; --force overwrites it, --output FILE writes another; nothing was sent"};
  }
  const auto parent = fs::absolute(wishes.output, error).parent_path();
  if (!fs::is_directory(parent, error) || access(parent.c_str(), W_OK) != 0)
    return Stop{kUsage, "assay init: cannot write into the folder " + parent.string() + "; nothing was sent"};
  return std::nullopt;
}

}  // namespace assay::cli

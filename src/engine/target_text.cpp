#include "engine/target_text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "base/text.hpp"
#include "rules/endpoint_names.hpp"
#include "rules/env_file.hpp"

namespace assay::engine {
namespace {

using Json = nlohmann::ordered_json;

std::string in_json(std::string_view text) { return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string reference(const std::string& variable) { return in_json("${env:" + variable + "}"); }

class Writer {
 public:
  explicit Writer(const TargetDraft& draft) : draft_(draft), target_(draft.target) {}

  std::string write() {
    out_ =
        "// Made by assay init on " + draft_.made + ". scenarios/targets/example.jsonc says what else there may be.\n";
    for (const auto& remark : draft_.remarks) comment("", remark);
    out_ += "{\n";
    member("name", in_json(target_.name));
    if (!target_.issuer.empty()) {
      if (!target_.discovery || !target_.discovery->empty())
        comment("  ", "Where everything else is comes from the metadata below this address.");
      member("issuer", in_json(target_.issuer));
    }
    if (target_.discovery) member("discovery", target_.discovery->empty() ? "false" : in_json(*target_.discovery));
    endpoints();
    if (!target_.hosts.empty()) {
      comment("  ", "Where requests may go besides the hosts above: the metadata name them.");
      std::string text;
      for (const auto& host : target_.hosts) text += (text.empty() ? "" : ", ") + in_json(host);
      member("hosts", "[" + text + "]");
    }
    if (draft_.has_secrets()) {
      comment("  ",
              "Holds the secrets below. Keep it out of the repository; what the environment sets wins, so that a build "
              "server can do without it.");
      member("env_file", in_json(draft_.env_file));
    }
    clients();
    users();
    if (!target_.scope.empty()) {
      comment("  ", "What clients ask for, and a proper part of it that still leads to a refresh token.");
      member("scope", in_json(target_.scope));
      if (!target_.scope_narrow.empty()) member("scope_narrow", in_json(target_.scope_narrow));
    }
    if (!target_.service_scope.empty()) {
      comment("  ", target_.scope_foreign.empty()
                        ? "What the service client asks for."
                        : "What the service client asks for, and a scope that it must not get.");
      member("service_scope", in_json(target_.service_scope));
      if (!target_.scope_foreign.empty()) member("scope_foreign", in_json(target_.scope_foreign));
    }
    if (!target_.authorize_params.empty()) {
      comment("  ", "Added to every authorization request.");
      std::string text = "{ ";
      for (const auto& [name, value] : target_.authorize_params)
        text += (text.size() > 2 ? ", " : "") + in_json(name) + ": " + in_json(value);
      member("authorize_params", text + " }");
    }
    if (!target_.ca_file.empty()) member("tls", "{ \"ca_file\": " + in_json(target_.ca_file) + " }");
    comment("  ",
            "refresh_grace: for how long a replaced refresh token still works. code_lifetime: for how long a code can "
            "be redeemed; the RFC allows 10m.");
    out_ += "  \"settings\": { \"refresh_grace\": \"0s\", \"code_lifetime\": \"10m\", \"timeout\": \"10s\" }\n}\n";
    return std::move(out_);
  }

 private:
  void comment(std::string_view indent, std::string_view text) {
    std::string line;
    const auto flush = [&] {
      if (!line.empty()) out_ += std::string(indent) + "//" + line + "\n";
      line.clear();
    };
    for (const auto word : base::split(text, ' ')) {
      if (line.size() + word.size() > 116) flush();
      line += ' ';
      line += word;
    }
    flush();
  }

  void member(std::string_view name, std::string_view value) {
    out_ += "  \"" + std::string(name) + "\": " + std::string(value) + ",\n";
  }

  void endpoints() {
    std::string text;
    for (const auto& [name, of] : rules::kEndpointNames)
      if (const auto& url = target_.endpoints.*of; !url.empty())
        text += std::string(text.empty() ? "" : ",\n") + "    \"" + std::string(name) + "\": " + in_json(url);
    if (!text.empty()) member("endpoints", "{\n" + text + "\n  }");
  }

  const std::string* variable(const std::string& of) const {
    const auto found = draft_.variable.find(of);
    return found == draft_.variable.end() ? nullptr : &found->second;
  }

  void clients() {
    const bool registered = std::ranges::any_of(
        target_.clients, [](const auto& client) { return !client.second.registration_uri.empty(); });
    if (registered)
      comment("  ", "Registered by assay init. assay init --remove FILE removes those with a \"management\" again.");
    out_ += "  \"clients\": {\n";
    std::size_t left = target_.clients.size();
    for (const auto& [role, client] : target_.clients) {
      out_ += "    \"" + role + "\": {\n      \"id\": " + in_json(client.id);
      if (const auto* name = variable(role + ".secret")) out_ += ", \"secret\": " + reference(*name);
      static constexpr const char* kAuth[] = {"basic", "post", "none"};
      out_ += std::string(", \"auth\": \"") + kAuth[static_cast<std::size_t>(client.auth)] + "\"";
      if (client.raw_basic) out_ += ", \"basic\": \"raw\"";
      if (!client.redirect_uris.empty()) {
        std::string uris;
        for (const auto& uri : client.redirect_uris) uris += (uris.empty() ? "" : ", ") + in_json(uri);
        out_ += ",\n      \"redirect_uris\": [" + uris + "]";
      }
      if (!client.registration_uri.empty()) {
        out_ += ",\n      \"management\": { \"uri\": " + in_json(client.registration_uri);
        if (const auto* name = variable(role + ".registration")) out_ += ", \"token\": " + reference(*name);
        out_ += " }";
      }
      out_ += --left == 0 ? "\n    }\n" : "\n    },\n";
    }
    out_ += "  },\n";
  }

  void users() {
    if (target_.users.empty()) return;
    comment("  ", "Use test users: some rules make the server revoke what they have granted.");
    std::string text;
    for (std::size_t i = 0; i < target_.users.size(); ++i) {
      const auto* name = variable("user." + std::to_string(i));
      text += std::string(i == 0 ? "" : ",\n") + "    { \"name\": " + in_json(target_.users[i].name) +
              ", \"password\": " + (name ? reference(*name) : "\"\"") + " }";
    }
    member("users", "[\n" + text + "\n  ]");
    member("login", "{ \"driver\": " + in_json(rules::to_string(target_.login.driver)) + " }");
  }

  const TargetDraft& draft_;
  const rules::Target& target_;
  std::string out_;
};

}  // namespace

std::string target_text(const TargetDraft& draft) { return Writer(draft).write(); }

std::expected<void, base::Failure> write_secrets(const TargetDraft& draft, const std::string& path) {
  std::string text =
      "# Secrets of a target of assay, made by assay init on " + draft.made + ". Not for the repository.\n";
  const auto add = [&](const std::string& of, const base::Secret& secret) {
    const auto found = draft.variable.find(of);
    if (found != draft.variable.end() && draft.stored.contains(found->second))
      text += rules::env_line(found->second, secret.reveal());
  };
  for (const auto& [role, client] : draft.target.clients) {
    add(role + ".secret", client.secret);
    add(role + ".registration", client.registration_token);
  }
  for (std::size_t i = 0; i < draft.target.users.size(); ++i)
    add("user." + std::to_string(i), draft.target.users[i].password);
  return base::write_file(path, text, base::FileMode::only_mine);
}

}  // namespace assay::engine

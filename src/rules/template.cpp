// Reads the holes of a string and names the unknown ones.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "rules/compile_context.hpp"

namespace assay::rules {
namespace {

constexpr std::string_view kFieldNames[] = {
    "code",         "state",      "error",    "error_description", "iss",           "code_verifier", "code_challenge",
    "redirect_uri", "sent_state", "location", "access_token",      "refresh_token", "token_type",    "expires_in",
    "scope",        "id_token",   "active",   "client_id",         "sub",           "username",      "exp",
    "status"};
static_assert(std::size(kFieldNames) == kFieldCount);

const std::vector<std::string>& target_settings() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out = {"issuer",
                                    "scope",
                                    "scope_narrow",
                                    "scope_foreign",
                                    "service_scope",
                                    "redirect_uri",
                                    "redirect_uri_other",
                                    "redirect_uri_query",
                                    "redirect_uri_foreign",
                                    "resource_uri",
                                    "resource_uri_other",
                                    "metadata_url",
                                    "redirect.scheme",
                                    "redirect.authority",
                                    "redirect.host",
                                    "redirect.path",
                                    "code_lifetime",
                                    "refresh_grace",
                                    "clock_skew",
                                    "user.name",
                                    "user2.name",
                                    "endpoint.authorization",
                                    "endpoint.token",
                                    "endpoint.introspection",
                                    "endpoint.revocation",
                                    "endpoint.userinfo",
                                    "endpoint.resource",
                                    "endpoint.jwks",
                                    "endpoint.registration",
                                    "endpoint.par"};
    for (const auto role : kRoles) {
      out.push_back("client." + std::string(role) + ".id");
      out.push_back("client." + std::string(role) + ".redirect_uri");
    }
    return out;
  }();
  return names;
}

}  // namespace

std::string_view to_string(Field field) { return kFieldNames[static_cast<std::size_t>(field)]; }

std::vector<Field> fields_of(Verb verb) {
  using enum Field;
  switch (verb) {
    case Verb::authorize:
      return {code,           state,        error,      error_description, iss,   code_verifier,
              code_challenge, redirect_uri, sent_state, location,          scope, status};
    case Verb::token:
      return {access_token, refresh_token, token_type, expires_in, scope, id_token, error, error_description, status};
    case Verb::introspect: return {active, scope, client_id, sub, username, exp, error, status};
    case Verb::userinfo:
    case Verb::resource: return {sub, error, status};
    case Verb::revoke:
    case Verb::http:
    case Verb::discover:
    case Verb::jwks: return {error, status};
    case Verb::wait:
    case Verb::new_browser: return {};
  }
  return {};
}

Template literal(std::string text) {
  if (text.empty()) return {};
  return {Piece{Piece::Kind::literal, std::move(text), -1, Field{}}};
}

Template field_of(int slot, Field field) { return {Piece{Piece::Kind::field, "", slot, field}}; }

Template target_setting(std::string name) { return {Piece{Piece::Kind::target, std::move(name), -1, Field{}}}; }

Template CompileContext::parse_template(const Node& node, std::string_view text) const {
  Template out;
  while (!text.empty()) {
    const auto open = text.find("${");
    if (open != 0) {
      out.push_back(Piece{Piece::Kind::literal, std::string(text.substr(0, open)), -1, Field{}});
      if (open == std::string_view::npos) break;
    }
    const auto close = text.find('}', open);
    if (close == std::string_view::npos) {
      node.problem("\"${\" without \"}\"", "write ${step.field}, ${target.name} or ${fresh.random}");
      return out;
    }
    const std::string name(text.substr(open + 2, close - open - 2));
    text.remove_prefix(close + 1);
    const auto dot = name.find('.');
    const std::string head = name.substr(0, dot), tail = dot == std::string::npos ? "" : name.substr(dot + 1);
    if (head == "fresh") {
      if (tail == "random") out.push_back({Piece::Kind::fresh_random, "", -1, Field{}});
      else if (tail == "word") out.push_back({Piece::Kind::fresh_word, "", -1, Field{}});
      else node.problem("unknown variable ${" + name + "}", "known are ${fresh.random} and ${fresh.word}");
    } else if (head == "target") {
      const auto& known_settings = target_settings();
      if (std::ranges::find(known_settings, tail) == known_settings.end())
        node.problem("unknown variable ${" + name + "}", suggestion(tail, known_settings));
      out.push_back({Piece::Kind::target, tail, -1, Field{}});
    } else if (head == "case") {
      node.problem("unknown variable ${" + name + "}", "no case of this rule defines \"" + tail + "\"");
    } else if (const auto slot = slots.find(head); slot != slots.end()) {
      const auto fields = fields_of(known[static_cast<std::size_t>(slot->second)].verb);
      const auto found = std::ranges::find_if(fields, [&](Field f) { return to_string(f) == tail; });
      if (found == fields.end()) {
        std::vector<std::string> names;
        for (const Field f : fields) names.emplace_back(to_string(f));
        node.problem("unknown variable ${" + name + "}: \"" + head + "\" has no field \"" + tail + "\"",
                     suggestion(tail, names));
      } else {
        out.push_back({Piece::Kind::field, "", slot->second, *found});
      }
    } else {
      std::vector<std::string> names = {"target", "case", "fresh"};
      for (const auto& [step, unused] : slots) names.push_back(step);
      node.problem("unknown variable ${" + name + "}: no step before this one is called \"" + head + "\"",
                   suggestion(head, names));
    }
  }
  return out;
}

Template CompileContext::read_template(const Node& node) const {
  if (node.is_string()) return parse_template(node, node.json().get_ref<const std::string&>());
  if (node.is_integer() || node.is_boolean() || node.json().is_number()) return literal(node.json().dump());
  node.problem("a string is needed here");
  return {};
}

const Step* CompileContext::origin_of(const Template& value) const {
  if (value.size() != 1 || value[0].kind != Piece::Kind::field) return nullptr;
  return &known[static_cast<std::size_t>(value[0].slot)];
}

}  // namespace assay::rules

// Reads the holes of a string and names the unknown ones.
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/hex_digit.hpp"
#include "base/text.hpp"
#include "rules/compile_context.hpp"

namespace assay::rules {
namespace {

constexpr std::string_view kFieldNames[] = {"code",
                                            "state",
                                            "error",
                                            "error_description",
                                            "iss",
                                            "code_verifier",
                                            "code_challenge",
                                            "redirect_uri",
                                            "sent_state",
                                            "location",
                                            "access_token",
                                            "refresh_token",
                                            "token_type",
                                            "expires_in",
                                            "scope",
                                            "id_token",
                                            "active",
                                            "client_id",
                                            "sub",
                                            "username",
                                            "exp",
                                            "iat",
                                            "nonce",
                                            "request_uri",
                                            "client_secret",
                                            "dpop_jkt",
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
                                    "redirect_uri_remote",
                                    "redirect_uri_native",
                                    "redirect_uri_localhost",
                                    "redirect_uri_case",
                                    "redirect_uri_encoded",
                                    "redirect_uri_capitals",
                                    "redirect_remote.scheme",
                                    "redirect_remote.host",
                                    "redirect_remote.rest",
                                    "redirect_native.host",
                                    "redirect_native.rest",
                                    "redirect_localhost.rest",
                                    "resource_uri",
                                    "resource_uri_other",
                                    "metadata_url",
                                    "endpoints_in_the_clear",
                                    "well_known_oauth",
                                    "well_known_openid",
                                    "well_known_openid_inserted",
                                    "redirect.scheme",
                                    "redirect.scheme_other",
                                    "redirect.authority",
                                    "redirect.host",
                                    "redirect.path",
                                    "code_lifetime",
                                    "refresh_grace",
                                    "refresh_idle_lifetime",
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
      out.push_back("client." + std::string(role) + ".auth_method");
      out.push_back("client." + std::string(role) + ".redirect_uri");
    }
    return out;
  }();
  return names;
}

// 0: not a number from 1 to `limit`.
int number_in(std::string_view text, int limit) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value > 0 && value <= limit ? value : 0;
}

std::string bytes_of(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    const int high = base::hex_digit(hex[i]), low = base::hex_digit(hex[i + 1]);
    if (high < 0 || low < 0) return "";
    out += static_cast<char>(high * 16 + low);
  }
  return hex.size() % 2 == 0 ? out : "";
}

void read_filter(const Node& node, const std::string& name, std::string_view filter, Piece& piece) {
  static constexpr std::string_view words[] = {"tampered", "swapped_case", "upper", "s256"};
  if (filter.starts_with("claim:") && filter.size() > 6) {
    piece.filter = Filter::claim;
    piece.claim = filter.substr(6);
    return;
  }
  const auto found = std::ranges::find(words, filter);
  if (found == std::end(words))
    node.problem("unknown filter in ${" + name + "}", "known are " + any_of(words) + " and claim:NAME");
  else piece.filter = static_cast<Filter>(found - std::begin(words) + 1);
}

}  // namespace

std::string_view to_string(Field field) { return kFieldNames[static_cast<std::size_t>(field)]; }

std::vector<Field> fields_of(Verb verb) {
  using enum Field;
  switch (verb) {
    case Verb::authorize:
      return {code,     state, error, error_description, iss,   code_verifier, code_challenge, redirect_uri, sent_state,
              location, scope, nonce, request_uri,       status};
    case Verb::token:
      return {access_token, refresh_token, token_type,        expires_in, scope,
              id_token,     error,         error_description, dpop_jkt,   status};
    case Verb::introspect: return {active, scope, client_id, sub, username, exp, iat, error, status};
    case Verb::userinfo:
    case Verb::resource: return {sub, error, status};
    case Verb::registration: return {client_id, client_secret, error, error_description, status};
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
    const auto bar = std::min(name.find('|'), name.size());
    const std::string head = name.substr(0, dot),
                      tail = dot == std::string::npos || dot > bar ? "" : name.substr(dot + 1, bar - dot - 1);
    if (head == "fresh") {
      if (tail == "random") out.push_back({Piece::Kind::fresh_random, "", -1, Field{}});
      else if (tail == "word") out.push_back({Piece::Kind::fresh_word, "", -1, Field{}});
      else if (const auto count = tail.starts_with("chars.") ? number_in(std::string_view(tail).substr(6), 4096) : 0;
               count > 0)
        out.push_back({Piece::Kind::fresh_chars, "", count, Field{}});
      else
        node.problem("unknown variable ${" + name + "}",
                     "known are ${fresh.random}, ${fresh.word} and ${fresh.chars.N} with N from 1 to 4096");
    } else if (head == "fill") {
      const auto count = number_in(tail, 100'000);
      if (count == 0) node.problem("${" + name + "} needs a number from 1 to 100000", "for example ${fill.65536}");
      out.push_back({Piece::Kind::literal, std::string(static_cast<std::size_t>(count), 'a'), -1, Field{}});
    } else if (head == "bytes") {
      const auto bytes = bytes_of(tail);
      if (bytes.empty())
        node.problem("${" + name + "} needs bytes in hexadecimal", "for example ${bytes.00} or ${bytes.c3fc}");
      out.push_back({Piece::Kind::literal, bytes, -1, Field{}});
    } else if (head == "target") {
      const auto& known_settings = target_settings();
      if (std::ranges::find(known_settings, tail) == known_settings.end())
        node.problem("unknown variable ${" + name + "}", suggestion(tail, known_settings));
      out.push_back({Piece::Kind::target, tail, -1, Field{}});
    } else if (head == "case") {
      node.problem("unknown variable ${" + name + "}", "no case of this rule defines \"" + tail + "\"");
    } else if (const auto slot = slots.find(head);
               slot != slots.end() && known[static_cast<std::size_t>(slot->second)].race) {
      node.problem("\"" + std::string(head) + "\" is a race: it has many answers and no fields",
                   "use \"count\" or \"every\" in a check");
    } else if (slot != slots.end()) {
      const auto fields = fields_of(known[static_cast<std::size_t>(slot->second)].verb);
      const auto found = std::ranges::find_if(fields, [&](Field f) { return to_string(f) == tail; });
      if (found == fields.end()) {
        std::vector<std::string> names;
        for (const Field f : fields) names.emplace_back(to_string(f));
        node.problem("unknown variable ${" + name + "}: \"" + head + "\" has no field \"" + tail + "\"",
                     suggestion(tail, names));
      } else {
        out.push_back({Piece::Kind::field, "", slot->second, *found});
        if (bar < name.size()) read_filter(node, name, std::string_view(name).substr(bar + 1), out.back());
        continue;
      }
    } else {
      std::vector<std::string> names = {"target", "case", "fresh", "fill", "bytes"};
      for (const auto& [step, unused] : slots) names.push_back(step);
      node.problem("unknown variable ${" + name + "}: no step before this one is called \"" + head + "\"",
                   suggestion(head, names));
    }
    if (bar < name.size()) node.problem("only the field of a step can be filtered, not ${" + name + "}");
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

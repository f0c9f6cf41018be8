// Texts of a login section that have holes: ${user.name}, ${page.query.NAME}, ${NAME} for what was taken from an answer.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/encoding.hpp"
#include "rules/read_login.hpp"
#include "rules/request_template.hpp"

namespace assay::rules {
namespace {

using Kind = LoginPiece::Kind;
using Encoding = LoginPiece::Encoding;

struct LoginName {
  std::string_view name;  // one that ends with "." has the rest of the name after it
  Kind kind;
};
constexpr LoginName kLoginNames[] = {{"user.name", Kind::user_name},
                                     {"user.password", Kind::user_password},
                                     {"authorization_url", Kind::authorization_url},
                                     {"redirect_uri", Kind::redirect_uri},
                                     {"request", Kind::request},
                                     {"request.", Kind::parameter},
                                     {"page.url", Kind::page_url},
                                     {"page.path", Kind::page_path},
                                     {"page.query", Kind::page_query},
                                     {"page.query.", Kind::page_parameter},
                                     {"page.field.", Kind::page_field},
                                     {"cookie.", Kind::cookie}};

std::optional<LoginPiece> login_piece(std::string_view name) {
  for (const auto& known : kLoginNames) {
    if (!known.name.ends_with('.') && name == known.name) return LoginPiece{known.kind, {}, {}};
    if (known.name.ends_with('.') && name.starts_with(known.name) && name.size() > known.name.size())
      return LoginPiece{known.kind, {}, std::string(name.substr(known.name.size()))};
  }
  return std::nullopt;
}

void add_login_literal(LoginText& out, std::string_view text) {
  if (text.empty()) return;
  if (out.empty() || out.back().kind != Kind::literal) out.push_back({Kind::literal, Encoding::plain, ""});
  out.back().name += text;
}

std::string encoded_literal(std::string_view text, Encoding encoding) {
  std::string out;
  switch (encoding) {
    case Encoding::json:
      out = Json(std::string(text)).dump(-1, ' ', false, Json::error_handler_t::replace);
      return out.substr(1, out.size() - 2);
    case Encoding::form: base::append_form_encoded(out, text); return out;
    case Encoding::plain:
    case Encoding::url: return std::string(text);  // the file's author writes URLs as they are to be sent
  }
  return out;
}

void append_login_text(LoginText& out, LoginText more) {
  for (auto& piece : more)
    if (piece.kind == Kind::literal) add_login_literal(out, piece.name);
    else out.push_back(std::move(piece));
}

bool is_whole_request(const LoginText& text) { return text.size() == 1 && text[0].kind == Kind::request; }

void append_login_json(LoginText& out, const Node& node, const LoginFilling& filling,
                       std::span<const std::string> taken) {
  if (node.is_object()) {
    std::string_view before = "{";
    for (const auto& [name, member] : node.members()) {
      add_login_literal(out, before);
      add_login_literal(out, Json(name).dump() + ":");
      append_login_json(out, member, filling, taken);
      before = ",";
    }
    add_login_literal(out, before == "{" ? "{}" : "}");
  } else if (node.is_array()) {
    std::string_view before = "[";
    for (const auto& element : node.elements()) {
      add_login_literal(out, before);
      append_login_json(out, element, filling, taken);
      before = ",";
    }
    add_login_literal(out, before == "[" ? "[]" : "]");
  } else if (node.is_string()) {
    auto text = read_login_text(node, *node.string(), Encoding::json, filling, taken);
    if (is_whole_request(text)) return append_login_text(out, std::move(text));
    add_login_literal(out, "\"");
    append_login_text(out, std::move(text));
    add_login_literal(out, "\"");
  } else {
    add_login_literal(out, node.json().dump());
  }
}

}  // namespace

LoginText read_login_text(const Node& node, std::string_view text, Encoding encoding, const LoginFilling& filling,
                          std::span<const std::string> taken) {
  LoginText out;
  while (!text.empty()) {
    const auto open = text.find("${");
    add_login_literal(out, encoded_literal(text.substr(0, open), encoding));
    if (open == std::string_view::npos) break;
    const auto close = text.find('}', open);
    if (close == std::string_view::npos) {
      node.problem("\"${\" without \"}\"", "write ${user.name}");
      break;
    }
    const std::string name(text.substr(open + 2, close - open - 2));
    text.remove_prefix(close + 1);
    if (is_outside_name(name)) {
      if (const auto value = filling(node, name)) add_login_literal(out, encoded_literal(*value, encoding));
      continue;
    }
    auto piece = login_piece(name);
    if (!piece && std::ranges::find(taken, name) != taken.end()) piece = LoginPiece{Kind::taken, {}, name};
    if (!piece) {
      std::vector<std::string> known(taken.begin(), taken.end());
      for (const auto& one : kLoginNames)
        known.push_back(std::string(one.name) + (one.name.ends_with('.') ? "NAME" : ""));
      node.problem("unknown name \"" + name + "\" in ${" + name + "}", suggestion(name, known));
      continue;
    }
    piece->encoding = encoding;
    out.push_back(std::move(*piece));
  }
  const bool holds_request = std::ranges::any_of(out, [](const auto& piece) { return piece.kind == Kind::request; });
  if (holds_request && (out.size() > 1 || encoding == Encoding::plain || encoding == Encoding::url))
    node.problem("${request} is all parameters at once: it stands alone, as \"json\" or \"form\"",
                 "one of them is ${request.client_id}");
  return out;
}

LoginText read_login_json(const Node& node, const LoginFilling& filling, std::span<const std::string> taken) {
  LoginText out;
  append_login_json(out, node, filling, taken);
  return out;
}

LoginText read_login_form(const Node& node, const LoginFilling& filling, std::span<const std::string> taken) {
  if (node.is_string()) {
    auto out = read_login_text(node, *node.string(), Encoding::form, filling, taken);
    if (!is_whole_request(out)) node.problem("a form is an object of names and values, or \"${request}\"");
    return out;
  }
  LoginText out;
  for (const auto& [name, member] : node.members()) {
    std::string begin = out.empty() ? "" : "&";
    base::append_form_encoded(begin, name);
    add_login_literal(out, begin + "=");
    if (const auto text = member.string())
      append_login_text(out, read_login_text(member, *text, Encoding::form, filling, taken));
  }
  return out;
}

}  // namespace assay::rules

#include "engine/request_body.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace assay::engine {

bool is_literal(const rules::Template& value) {
  return std::ranges::all_of(value, [](const auto& piece) { return piece.kind == rules::Piece::Kind::literal; });
}

std::string literal_text(const rules::Template& value) {
  std::string out;
  for (const auto& piece : value) out += piece.text;
  return out;
}

void append_value(std::string& out, std::string_view value, bool json) {
  if (json) base::append_json_escaped(out, value);
  else base::append_form_encoded(out, value);
}

bool BodyPlan::varies() const {
  return std::ranges::any_of(pieces, [](const BodyPiece& piece) { return !piece.value.empty(); });
}

std::string BodyPlan::fixed_text() const {
  std::string out;
  for (const auto& piece : pieces) out += piece.text;
  return out;
}

BodyPlan plan_body(std::span<const rules::Parameter> parameters, rules::RequestFormat format) {
  BodyPlan out;
  out.json = format == rules::RequestFormat::json;
  std::string text = out.json ? "{" : "";
  bool first = true;
  for (const auto& parameter : parameters) {
    if (!first) text += out.json ? ',' : '&';
    first = false;
    if (out.json) text += '"';
    append_value(text, parameter.name, out.json);
    text += out.json ? "\":\"" : "=";
    if (is_literal(parameter.value)) {
      append_value(text, literal_text(parameter.value), out.json);
    } else {
      out.pieces.push_back({std::move(text), parameter.value, parameter.name});
      text.clear();
    }
    if (out.json) text += '"';
  }
  if (out.json) text += '}';
  if (!text.empty()) out.pieces.push_back({std::move(text), {}});
  return out;
}

}  // namespace assay::engine

// The answer of a token endpoint as Accept asks for it: what GitHub does, form-encoded unless the client names another kind.
#include <nlohmann/json.hpp>

#include "base/encoding.hpp"
#include "mock-provider/answers.hpp"
#include "mock-provider/pages/pages.hpp"

namespace assay::mock {
namespace {

constexpr std::string_view json_type = "Content-Type: application/json\r\n";

void retype(Call& call, std::string_view type) {
  auto& fields = call.response.fields;
  if (const auto at = fields.find(json_type); at != std::string::npos)
    fields.replace(at, json_type.size(), "Content-Type: " + std::string(type) + "\r\n");
}

}  // namespace

void shape_by_accept(Call& call) {
  const auto accept = call.request.header("Accept").value_or("");
  if (accept.contains("json") || !call.response.fields.contains(json_type)) return;
  const auto members = nlohmann::ordered_json::parse(call.response.body, nullptr, false);
  if (!members.is_object()) return;
  const bool as_xml = accept.contains("xml");
  std::string out = as_xml ? "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OAuth>\n" : "";
  for (const auto& [name, value] : members.items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (as_xml) {
      out += "  <" + name + '>';
      append_html(out, text);
      out += "</" + name + ">\n";
    } else {
      out += (out.empty() ? "" : "&") + name + '=';
      base::append_form_encoded(out, text);
    }
  }
  if (as_xml) out += "</OAuth>\n";
  call.response.body = std::move(out);
  retype(call, as_xml ? "application/xml; charset=utf-8" : "application/x-www-form-urlencoded; charset=utf-8");
}

}  // namespace assay::mock

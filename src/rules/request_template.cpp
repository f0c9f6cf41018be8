// Strings are taken apart before anything is put into them: what an environment variable holds is never read as a hole.
#include "rules/request_template.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/encoding.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "base/url.hpp"

namespace assay::rules {
namespace {

using As = RequestPiece::As;

constexpr std::size_t kMostOfAFile = 64 * 1024;  // bytes that ${file:...} may stand for

class RequestReader {
 public:
  RequestReader(const Environment& environment, const RequestNames& names) : environment_(environment), names_(names) {}

  RequestTemplate read(const Node& node) {
    if (const auto method = node.member("method")) {
      out_.method = method->string().value_or("POST");
      if (out_.method.empty() || out_.method.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos)
        method->problem("\"" + out_.method + "\" is not an HTTP method", "write it in capital letters: POST");
    }
    if (const auto url = node.member("url")) read_url(*url);
    if (const auto headers = node.member("headers"))
      for (const auto& [name, value] : headers->members()) out_.headers.emplace_back(name, text_of(value, As::plain));
    if (const auto format = node.member("format")) {
      static constexpr std::string_view words[] = {"json", "form"};
      if (const auto word = format->word(words, "format of a body"))
        out_.format = *word == 1 ? RequestFormat::form : RequestFormat::json;
    }
    if (const auto body = node.member("body")) {
      current_.clear();
      if (!body->is_object()) body->problem("a body is an object", "for example { \"name\": \"${user.name}\" }");
      else if (out_.format == RequestFormat::form) append_form(*body);
      else append_json(*body);
      out_.body = take();
    }
    return std::move(out_);
  }

 private:
  void read_url(const Node& node) {
    out_.url = text_of(node, As::percent);
    std::string example;
    for (const auto& piece : out_.url) example += piece.name.empty() ? piece.text : "x";
    if (!out_.url.empty() && !base::parse_url(example))
      node.problem("\"" + example + "\" is not an http or https URL", "write it whole, with https://");
  }

  RequestText text_of(const Node& node, As as) {
    current_.clear();
    append_string(node, as);
    return take();
  }

  RequestText take() { return std::exchange(current_, {}); }

  void append_raw(std::string_view text) {
    if (!current_.empty() && current_.back().name.empty()) current_.back().text += text;
    else current_.push_back({std::string(text)});
  }

  void append_literal(std::string_view text, As as) {
    std::string out;
    if (as == As::json) base::append_json_escaped(out, text);
    else if (as == As::form) base::append_form_encoded(out, text);
    else out = text;  // a URL is written as it is sent
    if (!out.empty()) append_raw(out);
  }

  bool knows(std::span<const std::string_view> names, std::string_view name) const {
    return std::ranges::find(names, name) != names.end();
  }

  std::string hint(std::string_view name) const {
    std::vector<std::string> known(names_.values.begin(), names_.values.end());
    known.insert(known.end(), names_.lists.begin(), names_.lists.end());
    known.emplace_back("env:NAME");
    return suggestion(name, known);
  }

  // `alone`: the whole string is this one hole.
  void append_hole(const Node& node, const std::string& name, As as, bool alone) {
    if (is_outside_name(name)) {
      if (const auto value = outside_value(node, name, environment_, &out_.secrets)) append_literal(*value, as);
    } else if (knows(names_.values, name)) {
      current_.push_back({"", name, as});
    } else if (knows(names_.lists, name)) {
      if (!alone || as != As::json)
        node.problem("\"${" + name + "}\" is a list: it stands alone, in a JSON body",
                     "write \"redirect_uris\": \"${client.redirect_uris}\"");
      current_.push_back({"", name, As::json_list});
    } else {
      node.problem("nothing is called \"${" + name + "}\" here", hint(name));
    }
  }

  void append_string(const Node& node, As as) {
    const auto value = node.string();
    if (!value) return;
    for (std::size_t at = 0; at < value->size();) {
      const auto open = value->find("${", at);
      append_literal(std::string_view(*value).substr(at, open - at), as);
      if (open == std::string::npos) return;
      const auto close = value->find('}', open);
      if (close == std::string::npos) return node.problem("\"${\" without \"}\"", "write ${env:NAME}");
      append_hole(node, value->substr(open + 2, close - open - 2), as, open == 0 && close + 1 == value->size());
      at = close + 1;
    }
  }

  void append_json(const Node& node) {
    const auto& json = node.json();
    if (json.is_object()) {
      append_raw("{");
      bool first = true;
      for (const auto& [name, value] : node.members()) {
        append_raw(std::string(first ? "" : ",") + Json(name).dump() + ":");
        append_json(value);
        first = false;
      }
      append_raw("}");
    } else if (json.is_array()) {
      append_raw("[");
      bool first = true;
      for (const auto& value : node.elements()) {
        if (!first) append_raw(",");
        append_json(value);
        first = false;
      }
      append_raw("]");
    } else if (json.is_string()) {
      const auto& text = json.get_ref<const std::string&>();
      const bool list = text.starts_with("${") && text.ends_with("}") &&
                        knows(names_.lists, std::string_view(text).substr(2, text.size() - 3));
      if (!list) append_raw("\"");
      append_string(node, As::json);
      if (!list) append_raw("\"");
    } else {
      append_raw(json.dump());
    }
  }

  void append_form(const Node& node) {
    bool first = true;
    for (const auto& [name, value] : node.members()) {
      append_raw((first ? "" : "&") + base::form_encoded(name) + "=");
      append_string(value, As::form);
      first = false;
    }
  }

  const Environment& environment_;
  RequestNames names_;
  RequestTemplate out_;
  RequestText current_;
};

}  // namespace

RequestTemplate read_request_template(const Node& node, const Environment& environment, const RequestNames& names) {
  return RequestReader(environment, names).read(node);
}

bool is_outside_name(std::string_view name) { return name.starts_with("env:") || name.starts_with("file:"); }

std::optional<std::string> outside_value(const Node& node, const std::string& name, const Environment& environment,
                                         std::vector<base::Secret>* secrets) {
  std::optional<std::string> out;
  if (name.starts_with("env:")) {
    const auto variable = name.substr(4);
    out = environment(variable);
    if (!out)
      node.problem("the environment variable " + variable + " is not set",
                   "export " + variable + "=... before the run");
  } else {
    std::string path = name.substr(5);
    const auto& target = node.document().file;
    if (const auto slash = target.rfind('/'); !path.starts_with('/') && slash != std::string::npos)
      path.insert(0, target, 0, slash + 1);
    if (const auto content = base::read_file(path, kMostOfAFile)) out = std::string(base::trim(*content));
    else node.problem(content.error().doing, "${file:PATH} stands for what the file holds");
  }
  if (out && secrets) secrets->emplace_back(*out);
  return out;
}

std::optional<std::string> fill_environment(const Node& node, const Environment& environment,
                                            std::vector<base::Secret>* secrets) {
  auto value = node.string();
  if (!value) return std::nullopt;
  for (std::size_t at = 0; (at = value->find("${", at)) != std::string::npos;) {
    const auto rest = std::string_view(*value).substr(at + 2);
    if (!is_outside_name(rest)) {
      at += 2;
      continue;
    }
    const auto close = value->find('}', at);
    if (close == std::string::npos) {
      const auto begin = "${" + std::string(rest.substr(0, rest.find(':') + 1));
      node.problem("\"" + begin + "\" without \"}\"", "write " + begin + "NAME}");
      return std::nullopt;
    }
    const auto filling = outside_value(node, value->substr(at + 2, close - at - 2), environment, secrets);
    if (!filling) return std::nullopt;
    value->replace(at, close - at + 1, *filling);
    at += filling->size();
  }
  return value;
}

}  // namespace assay::rules

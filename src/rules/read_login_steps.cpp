// Reads "login.steps": what a page's script would send, and where to go then.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/url.hpp"
#include "rules/read_login.hpp"

namespace assay::rules {
namespace {

using Encoding = LoginPiece::Encoding;

constexpr std::string_view kTakeSources[] = {"json", "header", "query", "cookie", "field"};
constexpr std::string_view kTakenElsewhere[] = {"user", "page", "request",           "cookie",
                                                "env",  "file", "authorization_url", "redirect_uri"};

bool can_be_taken(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && is_letter(name[0]) && std::ranges::find(kTakenElsewhere, name) == std::end(kTakenElsewhere) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

// "send": one request or a list of them.
std::vector<Node> calls_of(const Node& step) {
  const auto send = step.member("send");
  if (!send) return {};
  if (send->is_object()) return {*send};
  return send->elements();
}

class StepsReader {
 public:
  explicit StepsReader(const LoginFilling& filling) : filling_(filling) {}

  std::vector<LoginStep> read(const Node& node) {
    const auto steps = node.elements();
    if (node.is_array() && steps.empty()) node.problem("no step is given", "the driver would have nothing to do");
    // What a later step takes may be used by an earlier one: a page can come twice.
    for (const auto& step : steps) {
      if (!step.is_object()) continue;
      note_names(step);
      if (const auto send = step.member("send"); send && (send->is_object() || send->is_array()))
        for (const auto& call : calls_of(step))
          if (call.is_object()) note_names(call);
    }
    std::vector<LoginStep> out;
    for (const auto& step : steps) out.push_back(read_step(step));
    return out;
  }

 private:
  void note_names(const Node& node) {
    const auto take = node.member("take");
    if (!take || !take->is_object()) return;
    for (const auto& [name, source] : take->json().items()) names_.push_back(name);
  }

  LoginStep read_step(const Node& node) {
    LoginStep out;
    if (!node.expect_members({"page", "once", "refused", "take", "send", "go"}) && !node.is_object()) return out;
    if (const auto page = node.member("page"))
      if (const auto text = page->string()) {
        out.page = *text;
        if (!text->starts_with('/') && !text->starts_with("http") && !text->starts_with('*'))
          page->problem("\"page\" is the path of a page", "write \"/login\", or \"/login*\" for all that begin so");
      }
    const auto flag = [&](std::string_view name, bool& into) {
      if (const auto member = node.member(name)) into = member->boolean().value_or(false);
    };
    flag("once", out.once);
    flag("refused", out.refused);
    if (out.once && !out.page.empty())
      node.problem("\"once\" is for steps before the authorization request", "leave \"page\" out, or \"once\"");
    if (out.refused && (out.page.empty() || node.has("send") || node.has("go")))
      node.problem("\"refused\" says that a page is the end: it has a \"page\", and no \"send\" or \"go\"");
    if (!out.refused && !node.has("send") && !node.has("go"))
      node.problem("this step does nothing", "add \"send\": a request or a list of them, or \"go\": a URL");
    out.take = read_take(node);
    for (const auto& call : calls_of(node)) out.calls.push_back(read_call(call));
    if (const auto go = node.member("go"))
      if (const auto text = go->string()) out.go = this->text(*go, *text, Encoding::url);
    return out;
  }

  LoginCall read_call(const Node& node) {
    LoginCall out;
    if (!node.expect_members({"method", "url", "headers", "json", "form", "body", "status", "take"}) &&
        !node.is_object())
      return out;
    const int bodies = node.has("json") + node.has("form") + node.has("body");
    if (bodies > 1) node.problem("a request has one body: \"json\", \"form\" or \"body\"");
    out.method = bodies > 0 ? "POST" : "GET";
    if (const auto method = node.member("method"))
      if (const auto text = method->string()) {
        out.method = *text;
        if (text->empty() || !std::ranges::all_of(*text, [](char c) { return c >= 'A' && c <= 'Z'; }))
          method->problem("\"" + *text + "\" is not a method", "write it in capitals: POST, PUT, GET");
      }
    if (const auto url = node.required("url"))
      if (const auto text = url->string()) out.url = this->text(*url, *text, Encoding::url);
    if (const auto headers = node.member("headers"))
      for (const auto& [name, value] : headers->members()) {
        if (name.empty() || name.find_first_of(" :\r\n\t") != std::string::npos)
          value.problem("\"" + name + "\" is not the name of a header field", "", true);
        if (const auto text = value.string()) out.headers.emplace_back(name, this->text(value, *text, Encoding::plain));
      }
    if (const auto json = node.member("json")) {
      out.content_type = "application/json";
      out.body = read_login_json(*json, filling_, names_);
    } else if (const auto form = node.member("form")) {
      out.content_type = "application/x-www-form-urlencoded";
      out.body = read_login_form(*form, filling_, names_);
    } else if (const auto body = node.member("body")) {
      out.content_type = "text/plain";
      if (const auto text = body->string()) out.body = this->text(*body, *text, Encoding::plain);
    }
    const auto holds_password = [](const LoginText& text) {
      return std::ranges::find(text, LoginPiece::Kind::user_password, &LoginPiece::kind) != text.end();
    };
    out.sends_password = holds_password(out.body) || holds_password(out.url);
    for (const auto& [name, text] : out.headers) out.sends_password |= holds_password(text);
    if (const auto status = node.member("status")) {
      const auto add = [&](const Node& one) {
        const auto value = one.integer();
        if (!value) return;
        if (*value < 200 || *value > 599) one.problem(std::to_string(*value) + " is not a status of an answer");
        out.status.push_back(static_cast<int>(*value));
      };
      if (status->is_array())
        for (const auto& one : status->elements()) add(one);
      else add(*status);
    }
    out.take = read_take(node);
    return out;
  }

  std::vector<LoginTake> read_take(const Node& node) {
    std::vector<LoginTake> out;
    const auto take = node.member("take");
    if (!take) return out;
    for (const auto& [name, member] : take->members()) {
      if (!can_be_taken(name))
        member.problem("\"" + name + "\" cannot be the name of a value", "use letters, digits and _: csrf, next_url",
                       true);
      LoginTake one{name, {}};
      if (member.is_array())
        for (const auto& source : member.elements()) read_source(source, one);
      else read_source(member, one);
      out.push_back(std::move(one));
    }
    return out;
  }

  void read_source(const Node& node, LoginTake& out) {
    if (!node.is_object() || node.json().size() != 1) {
      node.problem("a value is taken from one place", "write { \"json\": \"/url\" }, or header, query, cookie, field");
      return;
    }
    const auto [place, member] = node.members().front();
    const auto found = std::ranges::find(kTakeSources, place);
    if (found == std::end(kTakeSources)) {
      const std::vector<std::string> known(std::begin(kTakeSources), std::end(kTakeSources));
      member.problem("nothing can be taken from \"" + place + "\"", suggestion(place, known), true);
      return;
    }
    const auto text = member.string();
    if (!text) return;
    LoginSource source{static_cast<LoginSource::Where>(found - std::begin(kTakeSources)), *text};
    if (source.where == LoginSource::Where::json && !text->empty() && !text->starts_with('/'))
      member.problem("\"" + *text + "\" is not a JSON pointer", "write it with a slash: \"/" + *text + "\"");
    if (source.where != LoginSource::Where::json && text->empty()) member.problem("a name is needed here");
    out.sources.push_back(std::move(source));
  }

  LoginText text(const Node& node, std::string_view text, Encoding encoding) {
    return read_login_text(node, text, encoding, filling_, names_);
  }

  const LoginFilling& filling_;
  std::vector<std::string> names_;  // that steps take
};

}  // namespace

std::vector<LoginStep> read_login_steps(const Node& node, const LoginFilling& filling) {
  return StepsReader(filling).read(node);
}

}  // namespace assay::rules

#include "rules/read_login.hpp"

#include "base/url.hpp"
#include "rules/read_login_programs.hpp"
#include "rules/request_template.hpp"

namespace assay::rules {
namespace {

constexpr std::string_view kDrivers[] = {"form", "steps", "cookie", "command", "browser", "manual"};
constexpr std::string_view kRepeats[] = {"every-time", "once"};

class LoginReader {
 public:
  LoginReader(const Node& root, const LoginFilling& filling) : root_(root), filling_(filling) {}

  TargetLogin read() {
    if (!root_.expect_members({"driver", "repeat", "timeout", "origins", "user_field", "password_field", "allow",
                               "steps", "cookies", "selectors", "webdriver", "chromedriver", "command", "open"}) &&
        !root_.is_object())
      return {};
    if (const auto driver = root_.member("driver"))
      if (const auto word = driver->word(kDrivers, "login driver")) out_.driver = static_cast<LoginDriver>(*word);
    if (const auto repeat = root_.member("repeat"))
      if (const auto word = repeat->word(kRepeats, "way to repeat a login")) out_.once = *word == 1;
    if (const auto timeout = root_.member("timeout"))
      if (const auto value = timeout->duration()) {
        out_.timeout = *value;
        if (*value <= std::chrono::nanoseconds{}) timeout->problem("a login needs some time");
      }
    if (const auto origins = root_.member("origins"))
      for (const auto& one : origins->elements())
        if (auto value = origin(one)) out_.origins.push_back(std::move(*value));
    text(root_, "user_field", out_.user_field);
    text(root_, "password_field", out_.password_field);
    if (const auto allow = root_.member("allow")) out_.allow = allow->strings();
    steps();
    cookies();
    read_login_programs(root_, [this](const Node& one) { return filled(one); }, out_);
    return std::move(out_);
  }

 private:
  void steps() {
    const auto node = root_.member("steps");
    const bool wanted = out_.driver == LoginDriver::steps;
    if (!node) {
      if (wanted)
        root_.problem(
            "the login driver \"steps\" needs \"steps\"",
            R"(for example [{ "page": "/login", "send": { "url": "/api/login", "json": { "user": "${user.name}" } } }])");
      return;
    }
    if (!wanted) node->problem("\"steps\" are for the login driver \"steps\"", "write \"driver\": \"steps\"", true);
    out_.steps = read_login_steps(*node, filling_);
  }

  void cookies() {
    const auto node = root_.member("cookies");
    if (!node) {
      if (out_.driver == LoginDriver::cookie)
        root_.problem("the login driver \"cookie\" needs \"cookies\"",
                      R"(for example [{ "name": "session", "value": "${env:SESSION}" }])");
      return;
    }
    if (out_.driver > LoginDriver::cookie)
      node->problem("\"cookies\" are for the login drivers form, steps and cookie", "", true);
    const auto elements = node->elements();
    if (node->is_array() && elements.empty()) node->problem("no cookie is given");
    for (const auto& element : elements) {
      if (!element.expect_members({"name", "value", "path", "origin"}) && !element.is_object()) continue;
      LoginCookie cookie;
      std::string value;
      if (element.required("name")) text(element, "name", cookie.name);
      if (element.required("value")) text(element, "value", value);
      text(element, "path", cookie.path);
      if (const auto member = element.member("origin")) cookie.origin = origin(*member).value_or("");
      // RFC 6265 section 4.1.1. What the value is does not belong into a message.
      if (cookie.name.find_first_of("=;, \t\r\n") != std::string::npos)
        element.problem("\"" + cookie.name + "\" cannot be the name of a cookie");
      if (value.find_first_of(";\r\n") != std::string::npos)
        element.problem("the value of the cookie \"" + cookie.name + "\" holds what no cookie can hold",
                        "take the value alone, without its name and its attributes");
      if (!cookie.path.starts_with('/') || cookie.path.find_first_of(";\r\n") != std::string::npos)
        element.problem("the path of a cookie begins with a slash");
      cookie.value = base::Secret(value);
      out_.cookies.push_back(std::move(cookie));
    }
  }

  // A string without holes, except for what comes from outside the file.
  std::optional<std::string> filled(const Node& node) {
    const auto text = node.string();
    if (!text) return std::nullopt;
    std::string out;
    std::string_view rest = *text;
    for (auto open = rest.find("${"); open != std::string_view::npos; open = rest.find("${")) {
      const auto close = rest.find('}', open);
      out += rest.substr(0, open);
      if (close == std::string_view::npos) {
        node.problem("\"${\" without \"}\"", "write ${env:NAME}");
        return std::nullopt;
      }
      const std::string name(rest.substr(open + 2, close - open - 2));
      if (is_outside_name(name)) {
        const auto value = filling_(node, name);
        if (!value) return std::nullopt;
        out += *value;
      } else {
        out += rest.substr(open, close + 1 - open);
      }
      rest.remove_prefix(close + 1);
    }
    return out.append(rest);
  }

  void text(const Node& node, std::string_view name, std::string& into) {
    if (const auto member = node.member(name))
      if (auto value = filled(*member)) into = std::move(*value);
  }

  std::optional<std::string> origin(const Node& node) {
    const auto value = filled(node);
    if (!value) return std::nullopt;
    if (const auto url = base::parse_url(*value)) return url->origin();
    node.problem("\"" + *value + "\" is not an http or https URL",
                 "name the host with its scheme: \"https://login.example.com\"");
    return std::nullopt;
  }

  Node root_;
  const LoginFilling& filling_;
  TargetLogin out_;
};

}  // namespace

std::string_view to_string(LoginDriver driver) { return kDrivers[static_cast<std::size_t>(driver)]; }

TargetLogin read_login(const Node& node, const LoginFilling& filling) { return LoginReader(node, filling).read(); }

}  // namespace assay::rules

#include "rules/read_login_programs.hpp"

#include "base/url.hpp"

namespace assay::rules {
namespace {

// A person needs longer than a program.
constexpr auto kPersonsTimeout = std::chrono::minutes(3);

struct OfDriver {
  std::string_view member;
  LoginDriver driver;
};
constexpr OfDriver kOfDriver[] = {{"selectors", LoginDriver::browser},
                                  {"webdriver", LoginDriver::browser},
                                  {"chromedriver", LoginDriver::browser},
                                  {"command", LoginDriver::command},
                                  {"open", LoginDriver::manual}};

}  // namespace

void read_login_programs(const Node& node, const std::function<std::optional<std::string>(const Node&)>& filled,
                         TargetLogin& out) {
  const auto text = [&](const Node& parent, std::string_view name, std::string& into) {
    if (const auto member = parent.member(name))
      if (auto value = filled(*member)) into = std::move(*value);
  };
  for (const auto& one : kOfDriver)
    if (const auto member = node.member(one.member); member && out.driver != one.driver)
      member->problem("\"" + std::string(one.member) + "\" is for the login driver \"" +
                          std::string(to_string(one.driver)) + "\", and this is \"" +
                          std::string(to_string(out.driver)) + "\"",
                      "remove it, or set \"driver\"");
  if (const auto selectors = node.member("selectors");
      selectors && selectors->expect_members({"user", "password", "submit", "consent"})) {
    text(*selectors, "user", out.selectors.user);
    text(*selectors, "password", out.selectors.password);
    text(*selectors, "submit", out.selectors.submit);
    text(*selectors, "consent", out.selectors.consent);
  }
  if (const auto webdriver = node.member("webdriver")) {
    text(node, "webdriver", out.webdriver);
    if (!out.webdriver.empty() && !base::parse_url(out.webdriver))
      webdriver->problem("\"" + out.webdriver + "\" is not an http or https URL",
                         "write where it listens: \"http://127.0.0.1:9515\"");
    if (node.has("chromedriver"))
      webdriver->problem("a WebDriver that runs already is not started",
                         "keep one of \"webdriver\" and \"chromedriver\"");
  }
  text(node, "chromedriver", out.chromedriver);
  if (const auto command = node.member("command")) {
    if (command->is_string())
      command->problem("a command is a list: the program, then its arguments; no shell reads it",
                       R"(write ["./login.sh", "--fast"])");
    else
      for (const auto& element : command->elements())
        if (auto value = filled(element)) out.command.push_back(std::move(*value));
    if (out.command.empty() && command->is_array()) command->problem("no program is named", R"(write ["./login.sh"])");
  } else if (out.driver == LoginDriver::command) {
    node.problem("the login driver \"command\" needs a command", R"(add "command": ["./login.sh"])");
  }
  if (const auto open = node.member("open")) out.open = open->boolean().value_or(false);
  if (out.driver == LoginDriver::manual && !node.has("timeout")) out.timeout = kPersonsTimeout;
}

}  // namespace assay::rules

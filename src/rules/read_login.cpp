#include "rules/read_login.hpp"

#include "base/url.hpp"

namespace assay::rules {
namespace {

constexpr std::string_view kDrivers[] = {"form", "steps", "cookie", "command", "browser", "manual"};
constexpr std::string_view kRepeats[] = {"every-time", "once"};

// Not there yet.
bool is_missing(LoginDriver driver) { return driver != LoginDriver::form; }

}  // namespace

std::string_view to_string(LoginDriver driver) { return kDrivers[static_cast<std::size_t>(driver)]; }

TargetLogin read_login(const Node& node, const std::function<std::optional<std::string>(const Node&)>& filled) {
  TargetLogin out;
  if (!node.expect_members({"driver", "repeat", "timeout", "origins", "user_field", "password_field", "allow"}) &&
      !node.is_object())
    return out;
  const auto text = [&](std::string_view name, std::string& into) {
    if (const auto member = node.member(name))
      if (auto value = filled(*member)) into = std::move(*value);
  };
  if (const auto driver = node.member("driver"))
    if (const auto word = driver->word(kDrivers, "login driver")) {
      out.driver = static_cast<LoginDriver>(*word);
      if (is_missing(out.driver))
        driver->problem("the login driver \"" + std::string(kDrivers[*word]) + "\" is not there yet",
                        "\"form\" fills in HTML forms");
    }
  if (const auto repeat = node.member("repeat"))
    if (const auto word = repeat->word(kRepeats, "way to repeat a login")) out.once = *word == 1;
  if (const auto timeout = node.member("timeout"))
    if (const auto value = timeout->duration()) {
      out.timeout = *value;
      if (*value <= std::chrono::nanoseconds{}) timeout->problem("a login needs some time");
    }
  if (const auto origins = node.member("origins")) {
    for (const auto& origin : origins->elements()) {
      auto value = filled(origin);
      if (!value) continue;
      if (const auto url = base::parse_url(*value)) out.origins.push_back(url->origin());
      else
        origin.problem("\"" + *value + "\" is not an http or https URL",
                       "name the host with its scheme: \"https://login.example.com\"");
    }
  }
  text("user_field", out.user_field);
  text("password_field", out.password_field);
  if (const auto allow = node.member("allow")) out.allow = allow->strings();
  return out;
}

}  // namespace assay::rules

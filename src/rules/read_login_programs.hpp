// The parts of a target's "login" that drivers want which log in by something else: a browser, a program, a person.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "rules/login.hpp"
#include "rules/reader.hpp"

namespace assay::rules {

// Members selectors, webdriver, chromedriver, command and open of `node`, into `out`, whose driver is known.
void read_login_programs(const Node& node, const std::function<std::optional<std::string>(const Node&)>& filled,
                         TargetLogin& out);

}  // namespace assay::rules

// Reads the "login" section of a target file. Internal to src/rules.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "rules/login.hpp"
#include "rules/reader.hpp"

namespace assay::rules {

// What stands in place of ${NAME}, with NAME "env:..." or "file:...": from outside the file. nullopt after a complaint at the node.
using LoginFilling = std::function<std::optional<std::string>(const Node&, const std::string& name)>;

TargetLogin read_login(const Node& node, const LoginFilling& filling);

// read_login_text.cpp: texts with holes. Complains at the node about names that are not known; `taken` are those that steps take.
LoginText read_login_text(const Node& node, std::string_view text, LoginPiece::Encoding encoding,
                          const LoginFilling& filling, std::span<const std::string> taken);
// A JSON value as the text that it is sent as, with holes in its strings.
LoginText read_login_json(const Node& node, const LoginFilling& filling, std::span<const std::string> taken);
// An object of strings as a form.
LoginText read_login_form(const Node& node, const LoginFilling& filling, std::span<const std::string> taken);

// read_login_steps.cpp
std::vector<LoginStep> read_login_steps(const Node& node, const LoginFilling& filling);

}  // namespace assay::rules

// A target file in the making, as text with comments, and the file beside it that holds its secrets.
#pragma once
#include <expected>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/failure.hpp"
#include "rules/target.hpp"

namespace assay::engine {

struct TargetDraft {
  rules::Target target;                         // as it is tried
  std::map<std::string, std::string> variable;  // "web.secret", "web.registration", "user.0" -> environment variable
  std::set<std::string> stored;                 // of those, variables that the file of secrets holds
  std::string env_file;                         // its name, beside the target file
  std::string made;                             // "2026-11-22"
  std::vector<std::string> remarks;             // why something is missing, a line each

  bool has_secrets() const { return !stored.empty(); }
};

std::string target_text(const TargetDraft& draft);
// Writes the secrets to `path`, readable by nobody but the user.
std::expected<void, base::Failure> write_secrets(const TargetDraft& draft, const std::string& path);

}  // namespace assay::engine

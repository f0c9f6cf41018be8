// What the command line of `assay init` wishes, read and checked; nothing is sent here.
#pragma once
#include <expected>
#include <map>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "cli/setup.hpp"

namespace assay::cli {

// A secret, and where the target file will find it.
struct WishedSecret {
  std::string variable;  // that the environment sets; empty: the file of secrets keeps it under a name of its own
  base::Secret value;
  bool given = false;
};

struct WishedClient {
  std::string id;
  WishedSecret secret;
  std::optional<rules::ClientAuth> auth;
  std::vector<std::string> redirect_uris;
};

struct WishedUser {
  std::string name;
  WishedSecret password;
};

struct InitWishes {
  std::string issuer;
  std::string output, env_file;  // paths; empty as long as nothing names the server
  std::map<std::string, WishedClient> clients;
  std::vector<std::string> redirect_uris;  // of web, or of clients that register
  std::vector<WishedUser> users;
  WishedSecret registration_token;
  rules::TargetEndpoints endpoints;
  std::vector<std::pair<std::string, std::string>> authorize_params;
};

// All problems at once.
std::expected<InitWishes, Stop> read_wishes(const InitOptions& options);

// "login.example.com" or a whole address of metadata -> the issuer; or what is wrong with it.
std::expected<std::string, std::string> read_issuer(const std::string& text);

// Where the target file goes, and whether it may.
std::optional<Stop> choose_files(const InitOptions& options, InitWishes& wishes);

}  // namespace assay::cli

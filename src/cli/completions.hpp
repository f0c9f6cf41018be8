// Completions for shells and the man page, made of the command line's own definition so that they cannot drift from it.
#pragma once
#include <string>
#include <vector>

namespace assay::cli {

struct Word {
  std::string name, letter, text, value;  // "--profile", "-q" or "", what it does, "NAME" or "" for a flag
};

struct Command {
  std::string name, text, footer;
  std::vector<Word> options, arguments;
  std::vector<std::string> parts;  // commands of its own
};

// `about`: what the program is; `shell`: bash, zsh, fish or man.
std::string completions(const std::string& about, const std::vector<Command>& commands, const std::string& shell);

}  // namespace assay::cli

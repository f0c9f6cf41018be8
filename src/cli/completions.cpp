#include "cli/completions.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "version.hpp"

namespace assay::cli {
namespace {

std::string replaced(std::string_view text, std::initializer_list<std::pair<char, std::string_view>> table) {
  std::string out;
  for (const char c : text) {
    const auto* found = std::ranges::find(table, c, [](const auto& one) { return one.first; });
    if (found == table.end()) out += c;
    else out += found->second;
  }
  return out;
}

std::string bash(const std::vector<Command>& all) {
  std::string names, cases;
  for (const auto& one : all) {
    names += (names.empty() ? "" : " ") + one.name;
    std::string words;
    for (const auto& part : one.parts) words += part + " ";
    for (const auto& word : one.options) words += word.name + " ";
    cases += "    " + one.name + ") words='" + words + "' ;;\n";
  }
  return "# Completion of assay for bash: source this file, or put it into bash-completion's folder as \"assay\".\n"
         "_assay() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} words=''\n"
         "  COMPREPLY=()\n"
         "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
         "    mapfile -t COMPREPLY < <(compgen -W '" +
         names +
         " --help --version' -- \"$current\")\n"
         "    return\n"
         "  fi\n"
         "  case ${COMP_WORDS[1]} in\n" +
         cases +
         "  esac\n"
         "  case $current in\n"
         "    -*) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\") ;;\n"
         "    *) mapfile -t COMPREPLY < <(compgen -f -- \"$current\") ;;\n"
         "  esac\n"
         "}\n"
         "complete -o filenames -F _assay assay\n";
}

std::string zsh(const std::vector<Command>& all) {
  const auto quoted = [](std::string_view text) {
    return replaced(text, {{'\'', "'\\''"}, {'[', "("}, {']', ")"}, {':', "\\:"}});
  };
  std::string names, cases;
  for (const auto& one : all) {
    names += "    '" + one.name + ":" + quoted(one.text) + "'\n";
    cases += "    " + one.name + ")\n      _arguments";
    for (const auto& word : one.options)
      cases += " \\\n        '*" + word.name + "[" + quoted(word.text) + "]" +
               (word.value.empty() ? "" : ":" + quoted(word.value) + ":_files") + "'";
    cases += " \\\n        '*:file:_files' ;;\n";
  }
  return "#compdef assay\n# Completion of assay for zsh: put it into a folder of $fpath as \"_assay\".\n_assay() {\n"
         "  local -a commands\n  commands=(\n" +
         names +
         "  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
         "  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $command in\n" +
         cases + "  esac\n}\n_assay \"$@\"\n";
}

std::string fish(const std::vector<Command>& all) {
  const auto quoted = [](std::string_view text) { return "'" + replaced(text, {{'\'', "\\'"}, {'\\', "\\\\"}}) + "'"; };
  std::string out = "# Completion of assay for fish: put it into ~/.config/fish/completions as \"assay.fish\".\n";
  for (const auto& one : all) {
    out += "complete -c assay -f -n __fish_use_subcommand -a " + one.name + " -d " + quoted(one.text) + "\n";
    for (const auto& word : one.options)
      out += "complete -c assay -n '__fish_seen_subcommand_from " + one.name + "' -l " + word.name.substr(2) +
             (word.letter.empty() ? "" : " -s " + word.letter.substr(1)) + (word.value.empty() ? "" : " -r") + " -d " +
             quoted(word.text) + "\n";
  }
  return out;
}

// Text in roff: nothing in it may be a request or an escape.
std::string roff(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    if (line.starts_with('.') || line.starts_with('\'')) out += "\\&";
    out += replaced(line, {{'\\', "\\e"}, {'-', "\\-"}}) + "\n";
    at = end + 1;
  }
  return out;
}

std::string man(const std::string& about, const std::vector<Command>& all) {
  std::string out = ".TH ASSAY 1 \"\" \"assay " ASSAY_VERSION
                    "\"\n.SH NAME\nassay \\- conformance and load testing for OAuth 2 servers\n"
                    ".SH SYNOPSIS\n.B assay\n.I COMMAND\n[options]\n.SH DESCRIPTION\n" +
                    roff(about) + ".SH COMMANDS\n";
  for (const auto& one : all) {
    out += ".SS " + roff("assay " + one.name) + roff(one.text);
    for (const auto& word : one.arguments) out += ".TP\n.I " + roff(word.name) + roff(word.text);
    for (const auto& word : one.options)
      out += ".TP\n" +
             (word.value.empty() ? ".B " + roff((word.letter.empty() ? "" : word.letter + ", ") + word.name)
                                 : ".BI \"" + roff(word.name + " ").substr(0, roff(word.name + " ").size() - 1) +
                                       "\" " + roff(word.value)) +
             roff(word.text);
    if (!one.footer.empty()) out += ".PP\n.nf\n" + roff(one.footer) + ".fi\n";
  }
  return out;
}

}  // namespace

std::string completions(const std::string& about, const std::vector<Command>& all, const std::string& shell) {
  if (shell == "bash") return bash(all);
  if (shell == "zsh") return zsh(all);
  return shell == "fish" ? fish(all) : man(about, all);
}

}  // namespace assay::cli

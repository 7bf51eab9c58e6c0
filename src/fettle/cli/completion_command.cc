#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "fettle/cli/commands.h"
#include "fettle/cli/help_format.h"

namespace fettle::cli {
namespace {

struct Word {
  std::string text;  // a command, or a flag with its dashes
  std::string help;
};
/// What can come behind a command.
struct Node {
  std::string path;  // "fettle config check"
  std::vector<Word> commands, flags;
};

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

void collect(const CLI::App& app, const std::string& path, std::vector<Node>& out) {
  Node node{path, {}, {}};
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    node.commands.push_back({command->get_name(), first_line(command->get_description())});
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames())
      node.flags.push_back({"--" + name, first_line(option->get_description())});
    for (const std::string& name : option->get_snames())
      node.flags.push_back({"-" + name, first_line(option->get_description())});
  }
  out.push_back(node);
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    collect(*command, path + " " + command->get_name(), out);
}

std::string joined(const std::vector<Word>& words) {
  std::string out;
  for (const Word& word : words) out += (out.empty() ? "" : " ") + word.text;
  return out;
}

/// Within single quotes, for all three shells.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// The arms of a `case`, the same in bash and zsh: from the words so far to the command that they are.
std::string path_arms(const std::vector<Node>& nodes) {
  std::string out;
  for (const Node& node : nodes)
    if (node.path != "fettle") out += (out.empty() ? "" : " | ") + fmt::format("\"{}\"", node.path);
  return out;
}

std::string word_arms(const std::vector<Node>& nodes) {
  std::string out;
  for (const Node& node : nodes) {
    out += fmt::format("    \"{}\") commands=\"{}\" flags=\"{}\" ;;\n", node.path, joined(node.commands),
                       joined(node.flags));
  }
  return out;
}

std::string bash_script(const std::vector<Node>& nodes) {
  return fmt::format(R"(# Completion of fettle for bash: source it, or put it into
# /usr/share/bash-completion/completions/fettle
_fettle() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" command=fettle commands= flags= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$command ${{COMP_WORDS[i]}}" in
    {}) command="$command ${{COMP_WORDS[i]}}" ;;
    esac
  done
  case "$command" in
{}  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  elif [[ -n $commands ]]; then
    COMPREPLY=($(compgen -W "$commands" -- "$current"))
  else
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}}
complete -o filenames -F _fettle fettle
)",
                     path_arms(nodes), word_arms(nodes));
}

std::string zsh_script(const std::vector<Node>& nodes) {
  return fmt::format(R"(#compdef fettle
# Completion of fettle for zsh: source it after compinit, or put it as _fettle into a folder of $fpath.
_fettle() {{
  local command=fettle commands= flags= word
  for word in ${{words[2,CURRENT-1]}}; do
    case "$command $word" in
    {}) command="$command $word" ;;
    esac
  done
  case "$command" in
{}  esac
  if [[ ${{words[CURRENT]}} == -* ]]; then
    compadd -- ${{=flags}}
  elif [[ -n $commands ]]; then
    compadd -- ${{=commands}}
  else
    _files
  fi
}}
if [[ $funcstack[1] == _fettle ]]; then _fettle "$@"; else compdef _fettle fettle; fi
)",
                     path_arms(nodes), word_arms(nodes));
}

std::string fish_script(const std::vector<Node>& nodes) {
  std::string out =
      R"(# Completion of fettle for fish: source it, or put it into ~/.config/fish/completions/fettle.fish
function __fettle_command
  set -l command fettle
  for word in (commandline -opc)[2..-1]
    switch "$command $word"
)";
  for (const Node& node : nodes)
    if (node.path != "fettle")
      out += fmt::format("      case {}\n        set command \"$command $word\"\n", quoted(node.path));
  out += "    end\n  end\n  echo $command\nend\n";
  for (const Node& node : nodes) {
    const std::string condition = fmt::format("-n 'test (__fettle_command) = \"{}\"'", node.path);
    for (const Word& word : node.commands)
      out += fmt::format("complete -c fettle {} -f -a {} -d {}\n", condition, word.text, quoted(word.help));
    for (const Word& word : node.flags) {
      const bool is_long = word.text.starts_with("--");
      out += fmt::format("complete -c fettle {} {} {} -d {}\n", condition, is_long ? "-l" : "-s",
                         word.text.substr(is_long ? 2 : 1), quoted(word.help));
    }
  }
  return out;
}

}  // namespace

void add_completion_command(CLI::App& app, CommandContext& context) {
  CLI::App* completion =
      app.add_subcommand("completion", "Print what a shell needs to complete commands and flags");
  completion->require_subcommand(1);
  const auto add = [&](const char* shell, std::string (*make)(const std::vector<Node>&)) {
    completion->add_subcommand(shell, fmt::format("For {}", shell))->callback([&app, &context, make] {
      context.chosen = [&app, &context, make] {
        std::vector<Node> nodes;
        collect(app, "fettle", nodes);
        context.surroundings.out(make(nodes));
        return ExitCode::ok;
      };
    });
  };
  add("bash", bash_script);
  add("zsh", zsh_script);
  add("fish", fish_script);
  add_examples(*completion,
               "source <(fettle completion bash)\n"
               "fettle completion fish > ~/.config/fish/completions/fettle.fish");
}

}  // namespace fettle::cli

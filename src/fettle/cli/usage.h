// What is said about a command line that asks for help or cannot be understood: which word it is, what was
// probably meant, where help is. For command_line.cc only.
#pragma once
#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace fettle::cli {

/// The help of the command that was chosen last; `app` is the root of the parser.
std::string help_of_chosen(const CLI::App& app);

/// For standard error, whole lines. `app` has thrown `error`.
std::string explain_wrong_use(const CLI::App& app, const CLI::ParseError& error);

}  // namespace fettle::cli

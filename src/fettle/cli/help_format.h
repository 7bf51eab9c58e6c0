// How --help looks, for every command alike: what it is for, its flags with their defaults in words,
// examples, exit codes. For the command files only.
#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace CLI {
class App;
class FormatterBase;
}  // namespace CLI

namespace fettle::cli {

/// `behind`: what stands at the end of the line of usage; "-- COMMAND..."
std::shared_ptr<CLI::FormatterBase> help_format(std::string behind = {});

/// Lines to try, one command each, without indentation; shown above the exit codes.
void add_examples(CLI::App& command, std::string_view lines);

}  // namespace fettle::cli

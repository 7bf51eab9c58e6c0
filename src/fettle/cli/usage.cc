#include "fettle/cli/usage.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "fettle/base/text.h"
#include "fettle/cli/config_table.h"

namespace fettle::cli {
namespace {

/// The command that was being read, and the words that lead to it: "fettle config".
struct Place {
  const CLI::App* command;
  std::string outer;  // "fettle"
  [[nodiscard]] std::string words() const { return outer + (outer.empty() ? "" : " ") + command->get_name(); }
};

Place find_place(const CLI::App& app) {
  Place place{&app, ""};
  while (!place.command->get_subcommands().empty()) {
    place.outer = place.words();
    place.command = place.command->get_subcommands().front();
  }
  return place;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<std::string> command_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* inner : command.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(inner->get_name());
  return names;
}

std::string with_nearest(const std::string& sentence, std::string_view name,
                         const std::vector<std::string>& names) {
  const std::vector<std::string_view> views(names.begin(), names.end());
  const auto nearest = nearest_name(name, views);
  return nearest ? fmt::format("{}; is '{}' meant?", sentence, *nearest) : sentence;
}

/// The first word that nobody wanted.
std::string explain_word(const std::string& word, const Place& place) {
  if (word.starts_with('-')) {
    const std::string name = word.substr(0, word.find('='));
    const auto names = option_names(*place.command);
    if (std::ranges::find(names, name) != names.end())
      return fmt::format("{} belongs behind '{}'", name, place.words());
    return with_nearest(fmt::format("there is no option '{}'", name), name, names);
  }
  const auto names = command_names(*place.command);
  if (names.empty()) return fmt::format("'{}' was not expected", word);
  return with_nearest(fmt::format("there is no command '{}'", word), word, names);
}

}  // namespace

std::string help_of_chosen(const CLI::App& app) {
  const Place place = find_place(app);
  return place.command->help(place.outer);
}

std::string explain_wrong_use(const CLI::App& app, const CLI::ParseError& error) {
  const Place place = find_place(app);
  const std::vector<std::string> unwanted = app.remaining(true);
  const bool lacks_command =
      unwanted.empty() && error.get_name() == "RequiredError" && !command_names(*place.command).empty();
  if (lacks_command) return place.command->help(place.outer);
  std::string sentence = error.what();
  if (!unwanted.empty())
    sentence = explain_word(unwanted.front(), place);
  else if (error.get_name() == "ArgumentMismatch")
    sentence = fmt::format("{} needs a value", sentence.substr(0, sentence.find(':')));
  return fmt::format("fettle: {}\nRun '{} --help' for what is allowed.\n", escape_control(sentence),
                     place.words());
}

}  // namespace fettle::cli

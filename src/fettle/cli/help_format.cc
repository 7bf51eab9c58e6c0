#include "fettle/cli/help_format.h"

#include <CLI/CLI.hpp>

#include "fettle/base/text.h"

namespace fettle::cli {
namespace {

constexpr std::size_t kNameColumn = 28;
constexpr std::size_t kTextColumn = 72;  // together 100, as wide as a terminal can be expected to be

/// Breaks between words; a word that is longer stays whole.
std::string wrap(std::string_view text) {
  std::string out;
  std::size_t line = 0;
  for (const std::string_view word : split(text, ' ')) {
    if (line > 0 && line + 1 + word.size() > kTextColumn) {
      out += '\n';
      line = 0;
    } else if (line > 0) {
      out += ' ';
      ++line;
    }
    out += word;
    line += word.size();
  }
  return out;
}

class HelpFormat final : public CLI::Formatter {
 public:
  explicit HelpFormat(std::string behind) : behind_(std::move(behind)) {
    column_width(kNameColumn);
    label("SUBCOMMAND", "COMMAND");
    label("Positionals", "Arguments");
  }

  std::string make_usage(const CLI::App* command, std::string name) const override {
    std::string line = Formatter::make_usage(command, std::move(name));
    if (!behind_.empty()) line.insert(line.find_last_not_of('\n') + 1, " " + behind_);
    return line;
  }

  /// The name of the value alone: what it may hold is said in words.
  std::string make_option_opts(const CLI::Option* option) const override {
    const bool has_value = option->get_type_size() != 0 && !option->get_positional();
    return has_value ? " " + option->get_type_name() : "";
  }

  std::string make_description(const CLI::App* command) const override {
    return command->get_description() + "\n\n";
  }

  std::string make_option_desc(const CLI::Option* option) const override {
    const std::string fallback = option->get_default_str();
    return wrap(option->get_description() + (fallback.empty() ? "" : " (default: " + fallback + ")"));
  }

 private:
  const std::string behind_;
};

}  // namespace

std::shared_ptr<CLI::FormatterBase> help_format(std::string behind) {
  return std::make_shared<HelpFormat>(std::move(behind));
}

void add_examples(CLI::App& command, std::string_view lines) {
  std::string footer = "Examples:\n";
  for (const std::string_view line : split(lines, '\n')) {
    if (!line.empty()) footer += "  " + std::string(line) + "\n";
  }
  command.footer(footer + "\n" + command.get_footer());
}

}  // namespace fettle::cli

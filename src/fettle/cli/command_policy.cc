#include "fettle/cli/command_policy.h"

#include <fmt/format.h>

#include <algorithm>

namespace fettle::cli {
namespace {

constexpr std::string_view kPrefix = "commands.";
constexpr std::size_t kMostCommands = 256;
constexpr std::size_t kMostTexts = 128;    // arguments or variables of one command
constexpr std::size_t kMostBytes = 4'096;  // of each
constexpr std::size_t kMostName = 64;

using Texts = std::vector<std::string>;

bool is_name(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= kMostName && is_letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || c == '-' || c == '_'; });
}

bool is_text(std::string_view text) {
  return text.size() <= kMostBytes && !text.contains('\0');
}

bool is_path(std::string_view text) {
  return text.starts_with('/') && is_text(text);
}

std::string take_argv(const FileSetting& setting, CommandOptions& command) {
  const auto* texts = setting.value ? std::get_if<Texts>(&*setting.value) : nullptr;
  if (texts == nullptr || texts->empty() || texts->size() > kMostTexts ||
      !std::ranges::all_of(*texts, is_text))
    return fmt::format("must be a list of 1 to {} texts: the program and its arguments", kMostTexts);
  if (!is_path(texts->front())) return "must begin with the whole path of a program";
  command.arguments = *texts;
  return {};
}

bool is_variable(std::string_view text) {
  const std::size_t equals = text.find('=');
  return is_text(text) && equals != 0 && equals != std::string_view::npos;
}

std::string take_environment(const FileSetting& setting, CommandOptions& command) {
  const auto* texts = setting.value ? std::get_if<Texts>(&*setting.value) : nullptr;
  if (texts == nullptr || texts->size() > kMostTexts || !std::ranges::all_of(*texts, is_variable))
    return fmt::format("must be a list of at most {} texts of the form \"NAME=value\"", kMostTexts);
  command.environment = *texts;
  return {};
}

std::string take_directory(const FileSetting& setting, CommandOptions& command) {
  const auto* text = setting.value ? std::get_if<std::string>(&*setting.value) : nullptr;
  if (text == nullptr || !is_path(*text)) return "must be the whole path of a folder";
  command.folder = *text;
  return {};
}

std::string take_user(const FileSetting& setting, CommandOptions& command) {
  const auto* text = setting.value ? std::get_if<std::string>(&*setting.value) : nullptr;
  if (text == nullptr || text->empty() || text->size() > kMostName || !is_text(*text))
    return "must be the name of a user of this host";
  command.user = *text;
  return {};
}

std::string take_deadline(const FileSetting& setting, CommandOptions& command) {
  const auto* number = setting.value ? std::get_if<std::int64_t>(&*setting.value) : nullptr;
  if (number == nullptr || *number < 1 || *number > kMostDeadlineSeconds)
    return fmt::format("must be an integer from 1 to {}", kMostDeadlineSeconds);
  command.deadline = Seconds(*number);
  return {};
}

struct CommandKey {
  std::string_view name;
  std::string (*take)(const FileSetting&, CommandOptions&);
};
constexpr CommandKey kKeys[] = {{"argv", take_argv},
                                {"environment", take_environment},
                                {"directory", take_directory},
                                {"user", take_user},
                                {"deadline_s", take_deadline}};

}  // namespace

std::optional<std::string> take_command_setting(const FileSetting& setting,
                                                std::map<std::string, CommandOptions>& commands) {
  std::string_view name = setting.name;
  const std::size_t dot = name.rfind('.');
  if (!name.starts_with(kPrefix) || dot < kPrefix.size()) return std::nullopt;
  const std::string_view key = name.substr(dot + 1);
  const std::string command(name.substr(kPrefix.size(), dot - kPrefix.size()));
  const auto found = std::ranges::find(kKeys, key, &CommandKey::name);
  if (found == std::end(kKeys)) return std::nullopt;
  if (!is_name(command))
    return fmt::format(
        "the name of a command has 1 to {} of a to z, 0 to 9, - and _, and begins with a letter "
        "or a digit",
        kMostName);
  if (!commands.contains(command) && commands.size() >= kMostCommands)
    return fmt::format("a policy has at most {} commands", kMostCommands);
  return found->take(setting, commands[command]);
}

}  // namespace fettle::cli

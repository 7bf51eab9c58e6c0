// The tables [commands.NAME] of a policy file: programs that the server may have run on this host. Pure.
#pragma once
#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "fettle/cli/config_file.h"
#include "fettle/cli/options.h"

namespace fettle::cli {

inline constexpr std::array<std::string_view, 5> kCommandKeys{
    "commands.NAME.argv", "commands.NAME.environment", "commands.NAME.directory", "commands.NAME.user",
    "commands.NAME.deadline_s"};
inline constexpr std::int64_t kMostDeadlineSeconds = 7 * 24 * 60 * 60;

/// Takes a setting below `commands`: what is wrong with it, empty when it was taken. Nothing when it is no
/// key of a command.
std::optional<std::string> take_command_setting(const FileSetting& setting,
                                                std::map<std::string, CommandOptions>& commands);

}  // namespace fettle::cli

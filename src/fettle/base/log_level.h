// How much a log line matters, and the words that programs use for it.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace fettle {

enum class LogLevel : std::uint8_t { trace, debug, info, warn, error, off };

std::string_view log_level_name(LogLevel level);
/// Any spelling that programs use: "warning", "ERR", "Fatal", "notice". Without case. "off" is none.
std::optional<LogLevel> parse_log_level(std::string_view word);

}  // namespace fettle

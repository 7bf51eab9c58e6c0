#include "fettle/base/log_level.h"

#include <algorithm>
#include <array>

#include "fettle/base/text.h"

namespace fettle {
namespace {

struct Word {
  std::string_view word;
  LogLevel level;
};

// The names of syslog, of the loggers of Go, Java, Python, Rust and node, and their short forms.
constexpr auto kWords = std::to_array<Word>({
    {"trace", LogLevel::trace},      {"trc", LogLevel::trace},          {"verbose", LogLevel::trace},
    {"finest", LogLevel::trace},     {"debug", LogLevel::debug},        {"dbg", LogLevel::debug},
    {"fine", LogLevel::debug},       {"info", LogLevel::info},          {"inf", LogLevel::info},
    {"information", LogLevel::info}, {"informational", LogLevel::info}, {"notice", LogLevel::info},
    {"log", LogLevel::info},         {"warn", LogLevel::warn},          {"warning", LogLevel::warn},
    {"wrn", LogLevel::warn},         {"error", LogLevel::error},        {"err", LogLevel::error},
    {"severe", LogLevel::error},     {"fatal", LogLevel::error},        {"ftl", LogLevel::error},
    {"critical", LogLevel::error},   {"crit", LogLevel::error},         {"alert", LogLevel::error},
    {"emerg", LogLevel::error},      {"emergency", LogLevel::error},    {"panic", LogLevel::error},
});
constexpr std::size_t kLongestWord = 13;

}  // namespace

std::string_view log_level_name(LogLevel level) {
  switch (level) {
    case LogLevel::trace:
      return "trace";
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
      return "error";
    case LogLevel::off:
      return "off";
  }
  return "unknown";
}

std::optional<LogLevel> parse_log_level(std::string_view word) {
  if (word.empty() || word.size() > kLongestWord) return std::nullopt;
  const std::string lower = to_lower_ascii(word);
  const auto found = std::ranges::find(kWords, lower, &Word::word);
  if (found == kWords.end()) return std::nullopt;
  return found->level;
}

}  // namespace fettle

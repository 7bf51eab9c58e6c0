#include "fettle/base/log_text.h"

#include <algorithm>
#include <array>

#include "fettle/base/json_value.h"
#include "fettle/base/text.h"
#include "fettle/base/time.h"

namespace fettle {
namespace {

const JsonNode* first_member(const JsonNode& object, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    for (const JsonNode& item : object.items) {
      if (item.name == name) return &item;
    }
  }
  return nullptr;
}

/// Source: pino and bunyan write 10 to 60 in tens, from trace to fatal.
std::optional<LogLevel> level_of_number(std::int64_t number) {
  if (number < 10 || number > 60) return std::nullopt;
  constexpr std::array kByTens{LogLevel::trace, LogLevel::debug, LogLevel::info,
                               LogLevel::warn,  LogLevel::error, LogLevel::error};
  return kByTens[static_cast<std::size_t>(number / 10 - 1)];
}

std::optional<LogLevel> level_of(const JsonNode* node) {
  if (node == nullptr) return std::nullopt;
  if (node->kind == JsonNode::Kind::string) return parse_log_level(trim(node->text));
  if (node->kind == JsonNode::Kind::integer) return level_of_number(node->integer);
  return std::nullopt;
}

std::optional<LogText> parse_object(std::string_view line) {
  if (!line.starts_with('{') || !line.ends_with('}')) return std::nullopt;
  const auto json = parse_json(line);
  if (!json || json->kind != JsonNode::Kind::object) return std::nullopt;
  LogText out{level_of(first_member(*json, {"level", "severity"})), std::string(line)};
  const JsonNode* message = first_member(*json, {"msg", "message"});
  if (message != nullptr && message->kind == JsonNode::Kind::string) out.message = message->text;
  return out;
}

bool has_lower_ascii(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return c >= 'a' && c <= 'z'; });
}

std::string_view first_word(std::string_view text) {
  return text.substr(0, text.find_first_of(" \t"));
}

/// The time that many lines begin with: RFC 3339, or date and time apart with a comma or a point.
std::string_view without_time(std::string_view text) {
  const std::string_view first = first_word(text);
  if (parse_time(first)) return trim(text.substr(first.size()));
  const auto is_made_of = [](std::string_view word, std::string_view marks) {
    return !word.empty() && word.find_first_not_of(marks) == std::string_view::npos;
  };
  constexpr std::size_t kDate = 10;  // 2026-11-27, 2026/11/27
  if (first.size() != kDate || !is_made_of(first, "0123456789-/")) return text;
  const std::string_view rest = trim(text.substr(first.size()));
  const std::string_view second = first_word(rest);
  if (!is_made_of(second, "0123456789:.,")) return text;
  return trim(rest.substr(second.size()));
}

/// "<0>" to "<7>". Source: sd-daemon(3).
std::optional<LogText> parse_priority(std::string_view line) {
  if (line.size() < 3 || line[0] != '<' || line[2] != '>' || line[1] < '0' || line[1] > '7') {
    return std::nullopt;
  }
  constexpr std::array kByPriority{LogLevel::error, LogLevel::error, LogLevel::error, LogLevel::error,
                                   LogLevel::warn,  LogLevel::info,  LogLevel::info,  LogLevel::debug};
  return LogText{kByPriority[static_cast<std::size_t>(line[1] - '0')], std::string(trim(line.substr(3)))};
}

/// "ERROR text", "[ERROR] text", "error: text". A word alone, in lower case and without a mark, is prose
/// ("info about the disk").
std::optional<LogText> parse_prefix(std::string_view line) {
  const std::string_view word = first_word(line);
  std::string_view name = word;
  bool is_marked = false;
  if (name.ends_with(':')) name.remove_suffix(1), is_marked = true;
  for (const std::string_view pair : {"[]", "()", "<>"}) {
    if (name.size() > 2 && name.front() == pair[0] && name.back() == pair[1]) {
      name = name.substr(1, name.size() - 2);
      is_marked = true;
      break;
    }
  }
  const auto level = parse_log_level(name);
  if (!level || (!is_marked && has_lower_ascii(name))) return std::nullopt;
  std::string_view message = trim(line.substr(word.size()));
  if (message.starts_with("- ") || message.starts_with("| ")) message = trim(message.substr(2));
  return LogText{level, std::string(message)};
}

}  // namespace

LogText parse_log_text(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (auto object = parse_object(trim(line))) return *object;
  if (auto priority = parse_priority(line)) return *priority;
  if (auto prefixed = parse_prefix(without_time(trim(line)))) return *prefixed;
  return {std::nullopt, std::string(line)};
}

}  // namespace fettle

#include "fettle/logs/log_line_json.h"

#include "fettle/base/json_codec.h"
#include "fettle/base/text.h"

namespace fettle::logs {
namespace {

LineLevel line_level(LogLevel level) {
  switch (level) {
    case LogLevel::trace:
      return LineLevel::trace;
    case LogLevel::debug:
      return LineLevel::debug;
    case LogLevel::info:
      return LineLevel::info;
    case LogLevel::warn:
      return LineLevel::warn;
    case LogLevel::error:
    case LogLevel::off:
      return LineLevel::error;
  }
  return LineLevel::error;
}

/// JSON is UTF-8; what a peer sent may not be.
std::string text_of(const std::string& bytes) {
  return is_valid_utf8(bytes) ? bytes : escape_control(bytes);
}

}  // namespace

LogLineDto log_line_dto(const io::LogRecord& record) {
  const io::LogEntry& entry = *record.entry;
  LogLineDto out;
  out.id = static_cast<std::int64_t>(record.id);
  out.at = entry.at;
  out.last_at = record.last_at;
  out.level = line_level(entry.level);
  out.component = text_of(entry.component);
  out.message = text_of(entry.message);
  for (const auto& [key, value] : entry.fields) out.fields[text_of(key)] = text_of(value);
  out.count = static_cast<std::int64_t>(record.count);
  return out;
}

std::string log_line_json(const io::LogRecord& record) {
  std::string out;
  append_json(out, log_line_dto(record));
  return out;
}

}  // namespace fettle::logs

FETTLE_JSON(fettle::logs::LogLineDto)

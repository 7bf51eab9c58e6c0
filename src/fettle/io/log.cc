#include "fettle/io/log.h"

#include "fettle/base/check.h"
#include "fettle/io/log_sink.h"

namespace fettle::io {

Log::Log(std::shared_ptr<LogSink> sink, std::string component)
    : sink_(std::move(sink)), component_(std::move(component)) {
  FETTLE_CHECK(sink_ != nullptr);
}

Log Log::with(std::string component) const {
  return {sink_, std::move(component)};
}

void Log::debug(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::debug, message, fields);
}
void Log::info(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::info, message, fields);
}
void Log::warn(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::warn, message, fields);
}
void Log::error(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::error, message, fields);
}

bool Log::is_enabled(LogLevel level) const {
  return level >= sink_->level() && level != LogLevel::off;
}

void Log::write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) const {
  if (!is_enabled(level)) return;
  sink_->write(LogLine{level, component_, message, {fields.begin(), fields.size()}});
}

}  // namespace fettle::io

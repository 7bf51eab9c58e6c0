// Structured log: one line an entry, `ts level component message key=value ...` or one JSON object. Control
// characters are escaped, long fields cut; a Secret does not convert to a field. Thread safe.
#pragma once
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "fettle/base/id.h"
#include "fettle/base/log_level.h"
#include "fettle/base/result.h"

namespace fettle::io {

using fettle::LogLevel;
enum class LogFormat : std::uint8_t { text, json };

/// The value of a field as text; implicit on purpose, so that call sites stay short.
class LogValue {
 public:
  LogValue(std::string_view text) : text_(text) {}
  LogValue(const char* text) : text_(text) {}
  LogValue(const std::string& text) : text_(text) {}
  LogValue(std::integral auto number) : text_(std::to_string(number)), is_number_(true) {}
  LogValue(double number) : text_(std::to_string(number)), is_number_(true) {}
  template <class Tag>
  LogValue(const Id<Tag>& id) : text_(id.text()) {}
  LogValue(const Error& error) : text_(error.reason + ": " + error.detail) {}

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] bool is_number() const { return is_number_; }

 private:
  std::string text_;
  bool is_number_ = false;
};

struct LogField {
  std::string_view key;
  LogValue value;
};

class LogSink;  // where lines go; log_sink.h has stderr and, for tests, memory

class Log {
 public:
  Log(std::shared_ptr<LogSink> sink, std::string component);
  /// The same sink under another component name.
  [[nodiscard]] Log with(std::string component) const;

  void debug(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  void info(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  void warn(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  void error(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  [[nodiscard]] bool is_enabled(LogLevel level) const;

 private:
  void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) const;
  std::shared_ptr<LogSink> sink_;  // shared by all components of a process
  std::string component_;
};

}  // namespace fettle::io

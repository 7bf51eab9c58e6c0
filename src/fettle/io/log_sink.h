// Where log lines go: stderr in the product (the journal of the system reads it), memory in tests. Thread
// safe.
#pragma once
#include <atomic>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "fettle/base/time.h"
#include "fettle/io/log.h"

namespace fettle::io {

struct LogLine {
  LogLevel level;
  std::string_view component;
  std::string_view message;
  std::span<const LogField> fields;
};

/// One line with its newline. Control characters are escaped, values cut at kLongestField bytes.
std::string format_log_line(const LogLine& line, WallTime time, LogFormat format);
constexpr std::size_t kLongestField = 16 * 1024;
using fettle::log_level_name;

class LogSink {
 public:
  explicit LogSink(LogLevel level) : level_(level) {}
  virtual ~LogSink() = default;
  LogSink(const LogSink&) = delete;
  LogSink& operator=(const LogSink&) = delete;
  virtual void write(const LogLine& line) = 0;

  [[nodiscard]] LogLevel level() const { return level_.load(std::memory_order_relaxed); }
  void set_level(LogLevel level) { level_.store(level, std::memory_order_relaxed); }

 private:
  std::atomic<LogLevel> level_;
};

/// One write(2) a line; a line that stderr does not take is dropped.
class StderrSink final : public LogSink {
 public:
  explicit StderrSink(LogFormat format, LogLevel level = LogLevel::info) : LogSink(level), format_(format) {}
  void write(const LogLine& line) override;

 private:
  const LogFormat format_;
  std::mutex mutex_;
};

/// Keeps the newest `capacity` entries.
class MemorySink final : public LogSink {
 public:
  struct Entry {
    LogLevel level;
    std::string component;
    std::string message;
    std::vector<std::pair<std::string, std::string>> fields;
  };
  explicit MemorySink(LogLevel level = LogLevel::debug, std::size_t capacity = 4096)
      : LogSink(level), capacity_(capacity) {}
  void write(const LogLine& line) override;
  [[nodiscard]] std::vector<Entry> entries() const;
  /// How many of the kept entries have this message.
  [[nodiscard]] std::size_t count(std::string_view message) const;

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
};

}  // namespace fettle::io

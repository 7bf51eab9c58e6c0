// The newest lines of the process's own log, in memory (T23, M11): bounded in lines and bytes, what repeats
// within 30 s is one line with a count. Thread safe; its lock is never held while a caller's code runs.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "fettle/base/time.h"
#include "fettle/io/log_sink.h"

namespace fettle::io {

struct LogEntry {
  WallTime at;  // of the first of them
  LogLevel level = LogLevel::info;
  std::string component, message;
  std::vector<std::pair<std::string, std::string>> fields;
};

/// An entry and its place. Ids grow, also over restarts (they begin at the microseconds of the start).
struct LogRecord {
  std::uint64_t id = 0;
  std::uint64_t count = 1;
  WallTime last_at;                       // of the newest repeat
  std::shared_ptr<const LogEntry> entry;  // shared with readers on other threads; never changed
};

struct LogRingLimits {
  std::size_t lines = 10'000;
  std::size_t bytes = 8U << 20U;
  Seconds repeat_window{30};
  std::size_t changes = 2'000;  // that may wait for take_changes; beyond, the oldest are skipped
};

class LogRing {
 public:
  LogRing(WallTime start, LogRingLimits limits = {});

  void add(const LogLine& line, WallTime at);
  /// Oldest first.
  [[nodiscard]] std::vector<LogRecord> snapshot() const;

  struct Changes {
    std::vector<LogRecord> records;  // new and repeated ones since the last call, each once, in order of id
    std::uint64_t skipped = 0;       // that were too many to wait
  };
  /// For one consumer.
  Changes take_changes();
  /// Called on the thread that wrote the line, when there are changes where there were none. An empty one
  /// ends that; after the call returns the old one does not run any more.
  void on_change(std::function<void()> listener);

 private:
  void touch(std::uint64_t id);
  void drop_oldest();

  const LogRingLimits limits_;
  mutable std::mutex mutex_;
  std::mutex listener_mutex_;  // apart, since the listener may log
  std::function<void()> listener_;
  std::deque<LogRecord> records_;
  std::uint64_t next_id_;
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, std::uint64_t> recent_;  // text of an entry to its id
  std::deque<std::pair<WallTime, std::string>> recent_order_;
  std::deque<std::uint64_t> touched_;  // ids, each once
  std::uint64_t skipped_ = 0;
};

/// Writes to another sink and keeps in a ring.
class RingSink final : public LogSink {
 public:
  /// The level is the one of `next`.
  RingSink(std::shared_ptr<LogSink> next, std::shared_ptr<LogRing> ring);
  void write(const LogLine& line) override;

 private:
  const std::shared_ptr<LogSink> next_;  // shared, as sinks are
  const std::shared_ptr<LogRing> ring_;  // shared with who reads it
};

}  // namespace fettle::io

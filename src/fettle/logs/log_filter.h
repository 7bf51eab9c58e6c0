// Which lines of the log someone asked for. Pure; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fettle/io/log_ring.h"

namespace fettle::logs {

struct LogFilter {
  LogLevel least = LogLevel::trace;
  std::string text;                     // in component, message or fields, without case; empty: any
  std::optional<WallTime> since;        // lines that were written (again) at this time or later
  std::optional<std::uint64_t> after;   // ids above
  std::optional<std::uint64_t> before;  // ids below
};

constexpr std::size_t kLongestText = 200;  // of a filter

bool is_wanted(const io::LogRecord& record, const LogFilter& filter);

struct LogSelection {
  std::vector<io::LogRecord> records;  // oldest first
  bool has_older = false;              // further ones would fit the filter
};
/// The newest `most` of `records` (oldest first) that are wanted.
LogSelection select_newest(const std::vector<io::LogRecord>& records, const LogFilter& filter,
                           std::size_t most);

}  // namespace fettle::logs

// What a run has to say, on its way to the store: numbered, bounded, taken in pieces. Loop thread.
#pragma once
#include <cstdint>
#include <vector>

#include "fettle/runs/run.h"

namespace fettle::runs {

struct NumberedLine {
  std::int64_t sequence = 0;  // from 1, without gaps
  LogLine line;
  friend bool operator==(const NumberedLine&, const NumberedLine&) = default;
};

inline constexpr std::int64_t kMostLogBytes = 8 * 1024 * 1024;  // of one run, texts and fields
inline constexpr std::size_t kMostLineFields = 16;

class RunLog {
 public:
  RunLog() = default;
  /// Goes on with what is stored.
  RunLog(std::int64_t last, std::int64_t bytes, std::int64_t dropped)
      : last_(last), bytes_(bytes), dropped_(dropped) {}

  /// A line that is too long is cut. What no longer fits the log is counted and dropped.
  void add(LogLine line);
  /// One that is always kept: the last words of a run. At most a few.
  void add_last(LogLine line);
  [[nodiscard]] std::int64_t dropped() const { return dropped_; }
  [[nodiscard]] bool has_waiting() const { return !waiting_.empty(); }
  /// What waits to be stored; once.
  std::vector<NumberedLine> take();
  /// It could not be stored: before what has come since.
  void put_back(std::vector<NumberedLine> lines);

 private:
  std::vector<NumberedLine> waiting_;
  std::int64_t last_ = 0, bytes_ = 0, dropped_ = 0;
};

/// What a line takes of the bound.
std::int64_t bytes_of(const LogLine& line);

}  // namespace fettle::runs

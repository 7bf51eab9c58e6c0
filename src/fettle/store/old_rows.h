// Rows that have outlived their time: what the module of a table says of them, and how they go. Whoever
// cleans up counts them on a reader and removes them in batches that hold the writer for a moment only.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fettle/base/time.h"
#include "fettle/io/clock.h"
#include "fettle/store/session.h"

namespace fettle::store {

/// Constants of the program, or what is made of its settings once. In all of them ?1 is the limit, in
/// milliseconds since 1970, unless something else is said.
struct OldRows {
  std::string table;     // for people
  std::string count;     // how many rows there are, old or not; no parameter
  std::string eligible;  // how many are older
  /// Removes at most ?2 of them, the oldest first; what depends on them goes in the same statement (ON DELETE
  /// CASCADE), or by `dependants` before it, with the same two parameters.
  std::string remove;
  std::string dependants = {};
  std::string oldest;  // the time of the oldest row that there is; no parameter
  /// One row if there is one that is older than ?1, a time as RFC 3339 writes it. Put in other words than
  /// `eligible`: where the two do not agree, one of them counts in the wrong unit.
  std::string older;
};

/// Of a table with a key that is unique and a time, a column or an expression, in milliseconds.
OldRows old_rows_by_time(const std::string& table, const std::string& key, const std::string& time);

struct OldRowCount {
  std::int64_t seen = 0, eligible = 0;
  std::optional<std::int64_t> oldest_ms;
  bool has_older = false;  // says `older`
};
OldRowCount count_old_rows(Session& session, const OldRows& rows, WallTime limit);
std::optional<std::int64_t> oldest_ms(Session& session, const OldRows& rows);

/// M14: at most so many rows, and so long on the writer; whichever comes first.
inline constexpr std::int64_t kMostRowsABatch = 500;
inline constexpr Nanos kLongestBatch = Millis(10);

struct RemovedRows {
  std::int64_t rows = 0;
  std::int64_t bytes = 0;  // of the file's pages that became free
  bool is_end = false;     // there is nothing more to remove
};
/// Inside a write. Looks at the clock after each few rows.
RemovedRows remove_old_rows(Session& session, const io::Clock& clock, const OldRows& rows, WallTime limit);

/// The same where a reader has found what goes by a key: `remove` has ?1, the key as text, and ?2, how many
/// rows at most. `keys` loses those that have no more rows.
RemovedRows remove_by_keys(Session& session, const io::Clock& clock, const std::string& remove,
                           std::vector<std::string>& keys);

/// What `remove` has at most in one go.
inline constexpr std::int64_t kRowsAStep = 25;

/// Bytes of the pages of the file that hold nothing; in a write, as it sees them.
std::int64_t free_bytes(Session& session);

}  // namespace fettle::store

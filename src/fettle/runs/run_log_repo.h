// The rows of runs' logs: pieces as they come, blocks once a run has ended. Inside a read or a write.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fettle/runs/run_log.h"
#include "fettle/store/old_rows.h"
#include "fettle/store/session.h"

namespace fettle::runs::run_log_repo {

/// What is there already (a repeated write) is left as it is.
void append(store::Session& session, const RunId& id, const std::vector<NumberedLine>& lines);

struct Extent {
  std::int64_t last = 0, bytes = 0;
};
Extent extent(store::Session& session, const RunId& id);

struct Question {
  std::optional<std::int64_t> after;  // those that come behind it, oldest first; none: the newest
  std::size_t limit = 100;
  LogLevel least = LogLevel::debug;
  std::string text;  // in it or its fields, whatever its case (ASCII)
};
struct Answer {
  std::vector<NumberedLine> lines;  // in their order
  std::int64_t next = 0;            // `after` of what follows
  bool has_more = false;            // is stored already
};
Answer read(store::Session& session, const RunId& id, const Question& question);
/// The whole log as people read it.
std::string read_plain(store::Session& session, const RunId& id);

/// For upkeep: pieces of logs of runs that ended before a time (?1 of `old_logs`), and ids of such runs.
store::OldRows old_logs();
std::vector<std::string> runs_with_old_logs(store::Session& session, WallTime limit, std::int64_t most);

/// A log that has not been packed yet, of a run that has ended.
std::optional<RunId> next_unpacked(store::Session& session);
struct Block {
  std::int64_t first = 0, last = 0, bytes = 0;
  store::Blob body;
};
/// The blocks that take the place of the pieces. In a read: this computes.
std::vector<Block> pack(store::Session& session, const RunId& id);
void replace(store::Session& session, const RunId& id, const std::vector<Block>& blocks);

}  // namespace fettle::runs::run_log_repo

// The rows of runs' logs: pieces as they come, blocks once a run has ended. Inside a read or a write.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fettle/io/clock.h"
#include "fettle/runs/run_log.h"
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

/// For upkeep: logs of runs that ended before a time. They are looked through in the order of their runs'
/// ids, as many as fit into a moment and at least one.
struct LogsPart {
  std::vector<std::string> old;                           // ids of runs
  std::int64_t seen = 0, eligible = 0;                    // pieces
  std::optional<std::int64_t> oldest_ms, oldest_left_ms;  // ends of runs
  std::string last;                                       // `after` of the next part
  bool is_end = false;
};
LogsPart look_for_old(store::Session& session, const io::Clock& clock, const std::string& after,
                      WallTime limit);
/// Has an id of a run, and how many pieces at most.
std::string_view remove_sql();
/// The same found in other words: whether there is one.
bool has_older(store::Session& session, WallTime limit);

/// A run that has ended and whose log has not been packed yet, behind a place in the list of runs.
struct Unpacked {
  std::int64_t sequence = 0;
  RunId run;
};
std::optional<Unpacked> next_unpacked(store::Session& session, std::int64_t after);

/// Some pieces of a log made one block, which takes their place.
struct Block {
  std::int64_t first = 0, last = 0, bytes = 0;
  std::int64_t last_piece = 0;  // the `first` of the last one
  store::Blob body;
};
/// Of the pieces behind a line that are not packed; none: they all are. In a read: this computes.
std::optional<Block> pack_next(store::Session& session, const RunId& id, std::int64_t after);
/// At most kPiecesABlock rows go (M14).
void replace(store::Session& session, const RunId& id, const Block& block);
void set_packed(store::Session& session, const RunId& id);

inline constexpr int kPiecesABlock = 500;

}  // namespace fettle::runs::run_log_repo

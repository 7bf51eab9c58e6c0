// The journal's side that blocks: writes groups, begins and drops segments. Everything here runs on the
// journal's work queue (or before it exists), one call at a time; it knows no loop and no clock.
#pragma once
#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "fettle/base/time.h"
#include "fettle/io/files.h"
#include "fettle/io/log.h"
#include "fettle/metrics/journal.h"
#include "fettle/metrics/journal_format.h"
#include "fettle/metrics/segment_reader.h"

namespace fettle::metrics {

struct JournalGroup {
  std::vector<Sample> samples;
  std::vector<HostNumber> forgotten;        // before these samples
  std::optional<std::uint64_t> keep_after;  // segments behind this one are not to be dropped
  MonoTime mono_now;
  std::int64_t wall_now_ms = 0;
};

struct JournalOutcome {
  enum class State : std::uint8_t { committed, refused, failed };
  State state = State::committed;
  Error error;                      // of refused and failed
  std::uint64_t written_bytes = 0;  // by this group
  std::uint64_t bytes = 0;          // of all segments now
  std::uint64_t segments = 0;
  std::uint64_t open_segment = 0;  // the one that is written, or the next
};

class JournalWriter {
 public:
  JournalWriter(io::Files& files, io::Log log, JournalSettings settings);

  struct Restored {
    Positions highest;
    std::uint64_t samples = 0, bytes = 0, segments = 0, cut_bytes = 0, next_segment = 0;
  };
  /// Before restore(): what there is of other hosts is passed over.
  void restore_only(KnownHosts known) { known_ = std::move(known); }
  void begin_after(std::uint64_t segment) { next_number_ = std::max(next_number_, segment + 1); }
  struct RestoredPiece {
    std::vector<Sample> samples;
    std::optional<Restored> end;  // with the last piece
  };
  /// The next samples of what an earlier life wrote, oldest first, about `most_values` numbers of them. At
  /// the end the newest segment is cut at its last whole record. Called again and again before the first
  /// write().
  Result<RestoredPiece> restore(std::size_t most_values, MonoTime mono_now, std::int64_t wall_now_ms);

  /// Committed: on disk. Refused: the disk is full and nothing of the group is there. Failed: nothing may be
  /// trusted any more, and every later call fails too.
  JournalOutcome write(const JournalGroup& group);

 private:
  struct Segment {
    std::uint64_t number = 0, bytes = 0;
    MonoTime newest;  // when its last record was written, as well as is known
  };
  Result<> find_segments();
  Result<SegmentReader::State> restore_some(RestoredPiece& piece, std::size_t most_values);
  Result<> close_restored(MonoTime mono_now, std::int64_t wall_now_ms);
  [[nodiscard]] bool is_known(HostNumber host) const { return !known_ || known_->contains(host); }
  Result<> repair_newest(std::uint64_t number, const SegmentContent& content);
  [[nodiscard]] bool needs_new_segment(MonoTime now) const;
  Result<> begin_segment(const JournalGroup& group);
  Result<> write_group(const JournalGroup& group);
  /// Makes the open segment as it was before the group.
  Result<> take_back();
  void drop_old(const JournalGroup& group);
  [[nodiscard]] std::string path_of(std::uint64_t number) const;
  JournalOutcome outcome(JournalOutcome::State state, Error error) const;

  io::Files& files_;
  io::Log log_;
  JournalSettings settings_;
  Positions highest_;
  std::deque<Segment> closed_;  // oldest first
  std::uint64_t next_number_ = 1;
  bool has_failed_ = false;

  std::optional<std::deque<std::uint64_t>> to_restore_;  // numbers of segments, the first is being read
  std::unique_ptr<SegmentReader> reading_;
  Restored restored_;
  KnownHosts known_;
  std::size_t ageless_ = 0;  // of the newest in closed_

  std::unique_ptr<io::File> file_;  // the open segment; closed_ does not hold it
  Segment open_;
  MonoTime opened_;
  bool holds_late_ = false;  // samples that nobody sees before they are sealed
  bool is_closing_ = false;  // a group was taken back: what the encoder knows is not what the file says
  SegmentEncoder encoder_;
  std::vector<std::uint8_t> buffer_;
  std::uint64_t written_bytes_ = 0;  // by the newest group
};

}  // namespace fettle::metrics

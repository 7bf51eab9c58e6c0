// One file of the outbox and what is known of it without reading it again. Its first frames name every series
// set that its heartbeats use, so each segment can be read, thinned and removed by itself. Worker thread.
#pragma once
#include <map>
#include <set>

#include "fettle/agent/outbox/frame.h"
#include "fettle/agent/outbox/outbox.h"
#include "fettle/agent/outbox/outbox_state.h"
#include "fettle/io/files.h"

namespace fettle::agent {

struct Segment {
  /// The records of one start of the agent.
  struct Run {
    wire::Position first, last;
    std::uint64_t records = 0;
  };
  std::uint64_t number = 0;
  std::uint64_t bytes = 0;  // that are good; what lies behind them is cut or ignored
  std::vector<Run> runs;    // in order
  bool is_thinned = false;

  void add(wire::Position position);
  void renumber(const Renumbering& renumbering);
  [[nodiscard]] bool is_empty() const { return runs.empty(); }
  /// Of the newest record; {0, 0} when there is none.
  [[nodiscard]] wire::Position last() const { return runs.empty() ? wire::Position{} : runs.back().last; }
  /// Records beyond `acknowledged`; exact unless the segment is thinned, and then at most too high.
  [[nodiscard]] std::uint64_t waiting(wire::Position acknowledged) const;
};

std::string segment_path(const std::string& folder, std::uint64_t number);
/// The number of a segment's file name.
std::optional<std::uint64_t> parse_segment_name(std::string_view name);

/// Reads good frames one after the other, in windows of bounded size.
class SegmentReader {
 public:
  /// Reads up to `bytes`, from `offset` on, which is the start of a frame. Positions come renumbered;
  /// `renumberings` outlive the reader.
  SegmentReader(io::File& file, std::uint64_t bytes, std::uint64_t offset,
                const std::vector<Renumbering>& renumberings);
  /// The next good frame, valid until the next call. nullopt at the end, or where the content is broken or
  /// cut (at_end() is false then); `io` when the disk fails.
  Result<std::optional<Frame>> next();
  /// Behind the frame that was given last.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  [[nodiscard]] bool at_end() const { return offset_ >= bytes_; }

 private:
  io::File& file_;
  const std::vector<Renumbering>& renumberings_;
  const std::uint64_t bytes_;
  std::uint64_t offset_;
  std::vector<std::uint8_t> window_;
  std::string_view rest_;  // of the window
};

struct SegmentScan {
  Segment segment;
  std::set<std::uint64_t> sets;
  bool is_whole = false;  // nothing had to be cut
};
/// What an earlier start left in this file; positions that do not rise are passed over.
Result<SegmentScan> scan_segment(io::Files& files, const std::string& folder, std::uint64_t number,
                                 const std::vector<Renumbering>& renumberings = {});

}  // namespace fettle::agent
